/** Who installs Redis and the end-to-end tools, on every kind of machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  builtBuilderPath,
  builtBuilders,
  builtToolPath,
  builtTools,
  clientToolPath,
  clientTools,
  conformanceToolPath,
  planBuiltBuilders,
  planBuiltTools,
  planClientTools,
  planConformanceTools,
  planPeers,
  planRedis,
  planWorkflowTools,
  workflowToolPath,
  workflowTools,
} from '../../scripts/tool-plan.mjs';

const bookworm = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n';
const trixie = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n';
const mint = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n';

interface Machine {
  readonly platform?: string;
  readonly isRoot?: boolean;
  readonly isTty?: boolean;
  readonly osRelease?: string;
  readonly redisUrl?: string;
  readonly commands?: readonly string[];
}

function host({ commands = [], ...machine }: Machine) {
  return {
    platform: 'linux',
    isRoot: false,
    isTty: false,
    osRelease: '',
    redisUrl: undefined,
    ...machine,
    has: (command: string) => commands.includes(command),
  };
}

/** A running Redis would do. */
const running = { ownServer: false };

describe('Redis', () => {
  it('is the one REDIS_URL names, said without its password', () => {
    expect(planRedis(host({ redisUrl: 'redis://me:secret@127.0.0.1:6379/2' }), running)).toEqual({
      kind: 'ready',
      say: 'Redis: redis://***@127.0.0.1:6379/2 (from REDIS_URL)',
    });
  });

  it('is a server on PATH for tests, whatever REDIS_URL names', () => {
    const named = { redisUrl: 'redis://127.0.0.1:6379' };
    expect(planRedis(host({ ...named, commands: ['redis-server'] }), { ownServer: true })).toEqual({ kind: 'ready' });
    expect(planRedis(host({ ...named, osRelease: bookworm }), { ownServer: true })).toMatchObject({ kind: 'stop' });
  });

  it('is the one on PATH, without a word', () => {
    expect(planRedis(host({ commands: ['redis-server'] }), running)).toEqual({ kind: 'ready' });
  });

  it('is installed by apt-get for root on Debian and what is like it, and that is said', () => {
    for (const osRelease of [bookworm, mint]) {
      const plan = planRedis(host({ osRelease, isRoot: true, commands: ['apt-get'] }), running);
      expect(plan).toMatchObject({
        kind: 'install',
        say: expect.stringContaining('redis-server'),
        commands: [
          ['apt-get', 'update', '-qq'],
          ['apt-get', 'install', '--yes', '--no-install-recommends', 'redis-server', '-qq'],
        ],
      });
    }
  });

  it('is one command to run on Debian for anybody else', () => {
    expect(planRedis(host({ osRelease: bookworm, commands: ['apt-get'] }), running)).toMatchObject({
      kind: 'stop',
      say: expect.stringMatching(/Run: sudo apt-get update && sudo apt-get install .* redis-server$/),
    });
  });

  it('is asked for on a Mac with a terminal, and one command to run without', () => {
    const mac = { platform: 'darwin', commands: ['brew'] };
    expect(planRedis(host({ ...mac, isTty: true }), running)).toMatchObject({
      kind: 'ask',
      commands: [['brew', 'install', 'redis']],
    });
    expect(planRedis(host(mac), running)).toMatchObject({
      kind: 'stop',
      say: expect.stringMatching(/Run: brew install redis$/),
    });
  });

  it('is one command to run where the package manager is known, with sudo only for who needs it', () => {
    expect(planRedis(host({ osRelease: 'ID=alpine\n', isRoot: true }), running)).toMatchObject({
      say: expect.stringMatching(/Run: apk add redis$/),
    });
    expect(planRedis(host({ osRelease: 'ID="rocky"\nID_LIKE="rhel centos fedora"\n' }), running)).toMatchObject({
      say: expect.stringMatching(/Run: sudo dnf install redis$/),
    });
  });

  it('is left to the reader on an unknown system', () => {
    expect(planRedis(host({ platform: 'win32' }), running)).toMatchObject({
      kind: 'stop',
      say: expect.stringContaining('REDIS_URL'),
    });
  });
});

/** Everything that a fresh Debian has not. */
const brought = [
  ...['docker-registry', 'dockerd', '/usr/bin/docker', 'skopeo', 'podman', 'buildah', 'crun', 'runc'],
  ...['fuse-overlayfs', 'time', '/bin/busybox'],
];

/** What it has, but a container image that was made small may not. */
const essential = ['script', 'stty', 'cat', 'env', 'umount', 'pgrep', 'unshare', 'nsenter'];

const all = [...brought, ...essential];

describe('the end-to-end tools', () => {
  it('are installed by apt-get for root on Debian, only those that are missing', () => {
    const commands = ['apt-get', ...all.filter((name) => !['docker-registry', 'buildah'].includes(name))];
    expect(planPeers(host({ osRelease: bookworm, isRoot: true, commands }))).toMatchObject({
      kind: 'install',
      reason: 'the end-to-end suite needs docker-registry, buildah',
      commands: [
        ['apt-get', 'update', '-qq'],
        ['apt-get', 'install', '--yes', '--no-install-recommends', 'docker-registry', 'buildah', '-qq'],
      ],
    });
  });

  it('are one command to run for anybody else', () => {
    expect(planPeers(host({ osRelease: bookworm, commands: ['apt-get', ...essential] }))).toMatchObject({
      kind: 'stop',
      say: expect.stringMatching(/ docker.io docker-registry skopeo podman .*busybox-static$/),
    });
  });

  it('need nothing where they are there', () => {
    expect(planPeers(host({ commands: all }))).toEqual({ kind: 'ready' });
  });

  it('are named one by one where they cannot be installed', () => {
    const commands = all.filter((name) => !['script', 'unshare', 'nsenter'].includes(name));
    expect(planPeers(host({ osRelease: 'ID=alpine\n', commands }))).toMatchObject({
      kind: 'stop',
      say: expect.stringContaining('needs script (bsdutils), unshare and nsenter (util-linux): '),
    });
  });

  it("have docker's client in a package of its own from Debian 13 on", () => {
    const commands = ['apt-get', ...all.filter((name) => !name.includes('docker'))];
    const packagesOn = (osRelease: string) => {
      const plan = planPeers(host({ osRelease, isRoot: true, commands }));
      return plan.kind === 'install' ? plan.commands[1]?.filter((word) => word.startsWith('docker')) : plan;
    };
    expect(packagesOn(bookworm)).toEqual(['docker.io', 'docker-registry']);
    expect(packagesOn(trixie)).toEqual(['docker.io', 'docker-cli', 'docker-registry']);
    expect(packagesOn('ID=debian\n')).toEqual(['docker.io', 'docker-cli', 'docker-registry']);
    expect(packagesOn('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n')).toEqual(['docker.io', 'docker-registry']);
  });

  it('are all that the suite starts: without any of them it does not begin', () => {
    const started = programsStartedIn('e2e', 'faults');
    expect(started).toEqual(expect.arrayContaining(['script', 'unshare', 'nsenter', 'pgrep', 'skopeo', 'podman']));
    const kept = started.filter(
      (name) => planPeers(host({ commands: all.filter((each) => each !== name) })).kind === 'ready',
    );
    expect(kept).toEqual(elsewhere);
  });
});

describe('the tools that are built from source', () => {
  const built = builtToolPath('/clone/').map((directory, index) => `${directory}/${builtTools[index]?.name}`);

  it('are built in the pinned version by the Go on PATH, or the one beside it, only those that are missing', () => {
    const [crane = '', ...others] = built;
    for (const go of ['go', '/usr/local/go/bin/go']) {
      expect(planBuiltTools(host({ commands: [go, ...others] }), '/clone/')).toMatchObject({
        kind: 'install',
        say: expect.stringContaining('crane'),
        commands: [
          [
            ...['env', `GOBIN=${crane.replace(/\/crane$/, '')}`, go, 'install'],
            expect.stringMatching(/\/cmd\/crane@v\d+\.\d+\.\d+$/),
          ],
        ],
      });
    }
  });

  it('are said to be missing where there is no Go, which stops nothing else', () => {
    expect(planBuiltTools(host({}), '/clone')).toMatchObject({
      kind: 'ready',
      say: expect.stringMatching(/crane v.*regctl v.*oras v.*registry v.*Go .*\/usr\/local\/go/),
    });
  });

  it('need nothing where they are there', () => {
    expect(planBuiltTools(host({ commands: built }), '/clone')).toEqual({ kind: 'ready' });
  });

  it('are built anew when their version changes: it is in the path', () => {
    for (const [index, { name, version }] of builtTools.entries()) {
      expect(built[index]).toBe(`/clone/node_modules/.cache/registry-action/${name}-${version}/${name}`);
    }
  });
});

describe('the builders that are built from source', () => {
  const built = builtBuilderPath('/clone').map((directory, index) => `${directory}/${builtBuilders[index]?.name}`);

  it('are built in the pinned version, within their module where go install does not take their name', () => {
    const plan = planBuiltBuilders(host({ commands: ['go'] }), '/clone');
    expect(plan).toMatchObject({ kind: 'install', say: expect.stringMatching(/buildx v.*, buildkitd v/) });
    const commands = plan.kind === 'install' ? plan.commands : [];
    const [buildx, download, buildkitd] = commands;
    expect(commands).toHaveLength(3);
    expect(buildx?.at(-1)).toMatch(/\/cmd\/buildx@v\d+\.\d+\.\d+$/);
    expect(download).toEqual(['go', 'mod', 'download', expect.stringMatching(/^github\.com\/moby\/buildkit@v/)]);
    expect(buildkitd?.slice(-3)).toEqual([
      download?.at(-1),
      expect.stringMatching(/^\/clone\/.*\/buildkitd-v/),
      './cmd/buildkitd',
    ]);
  });

  it('stop the suite where there is no Go: it must not be the first to miss them', () => {
    expect(planBuiltBuilders(host({}), '/clone')).toMatchObject({
      kind: 'stop',
      say: expect.stringMatching(/^the end-to-end suite needs buildx .*Go /),
    });
  });

  it('need nothing where they are there', () => {
    expect(planBuiltBuilders(host({ commands: built }), '/clone')).toEqual({ kind: 'ready' });
  });
});

describe('the clients that are built from source', () => {
  const built = clientToolPath('/clone').map((directory, index) => `${directory}/${clientTools[index]?.name}`);

  it('are built in the pinned version, the same that the benchmark compares with', () => {
    expect(planClientTools(host({ commands: ['go'] }), '/clone')).toMatchObject({
      kind: 'install',
      say: expect.stringMatching(/crane v.*, regctl v.*, oras v/),
    });
    expect(builtTools).toEqual(expect.arrayContaining([...clientTools]));
  });

  it('stop the suite where there is no Go, and need nothing where they are there', () => {
    expect(planClientTools(host({}), '/clone')).toMatchObject({ kind: 'stop' });
    expect(planClientTools(host({ commands: built }), '/clone')).toEqual({ kind: 'ready' });
  });
});

describe('the programs for workflows that are built from source', () => {
  const built = workflowToolPath('/clone').map((directory, index) => `${directory}/${workflowTools[index]?.name}`);

  it('are built in the pinned version, only those that are missing', () => {
    const [act = ''] = built;
    expect(planWorkflowTools(host({ commands: ['go'] }), '/clone')).toMatchObject({
      kind: 'install',
      say: expect.stringMatching(/act v.*, actionlint v/),
    });
    expect(planWorkflowTools(host({ commands: ['go', act] }), '/clone')).toMatchObject({
      commands: [expect.arrayContaining([expect.stringMatching(/\/actionlint@v\d+\.\d+\.\d+$/)])],
    });
  });

  it('stop the suite where there is no Go, and need nothing where they are there', () => {
    expect(planWorkflowTools(host({}), '/clone')).toMatchObject({ kind: 'stop' });
    expect(planWorkflowTools(host({ commands: built }), '/clone')).toEqual({ kind: 'ready' });
  });
});

describe('the test of registries that is built from source', () => {
  const built = conformanceToolPath('/clone').map((directory) => `${directory}/conformance`);

  it('is built of one exact commit', () => {
    expect(planConformanceTools(host({ commands: ['go'] }), '/clone')).toMatchObject({
      kind: 'install',
      commands: [expect.arrayContaining([expect.stringMatching(/\/conformance@v0\.0\.0-\d{14}-[0-9a-f]{12}$/)])],
    });
  });

  it('stops the suite where there is no Go, and needs nothing where it is there', () => {
    expect(planConformanceTools(host({}), '/clone')).toMatchObject({ kind: 'stop' });
    expect(planConformanceTools(host({ commands: built }), '/clone')).toEqual({ kind: 'ready' });
  });
});

/** What the suite starts and is not listed: Redis has a plan of its own, dockerd needs containerd, and no Debian is without which. */
const elsewhere = ['which'];

/** Every program that is started by its name in the folders of the suite, sorted. */
function programsStartedIn(...folders: readonly string[]): readonly string[] {
  const call = /\b(?:spawn|spawnSync|execFile|execFileSync|run|attempt|runProgram|runToEnd)\(\s*'([a-z./-]+)'/g;
  const first = /\[(?:\.\.\.enter, )?'(script|nsenter|dockerd)'/g;
  const names = folders.flatMap((folder) => {
    const directory = join(import.meta.dirname, '..', folder);
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const text = files.map((name) => readFileSync(join(directory, name), 'utf8')).join('\n');
    return [...text.matchAll(call), ...text.matchAll(first)].map(([, name = '']) => name);
  });
  return [...new Set(names)].sort();
}

/** Who installs Redis and the end-to-end tools, on every kind of machine. */
import { describe, expect, it } from 'vitest';
import { planPeers, planRedis } from '../../scripts/tool-plan.mjs';

const bookworm = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
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

describe('the end-to-end tools', () => {
  it('are installed by apt-get for root on Debian, only those that are missing', () => {
    const commands = ['apt-get', 'skopeo', 'podman', 'crun', 'fuse-overlayfs', 'dockerd', 'busybox'];
    expect(planPeers(host({ osRelease: bookworm, isRoot: true, commands }))).toMatchObject({
      kind: 'install',
      commands: [
        ['apt-get', 'update', '-qq'],
        ['apt-get', 'install', '--yes', '--no-install-recommends', 'docker-registry', 'buildah', '-qq'],
      ],
    });
  });

  it('are one command to run for anybody else', () => {
    expect(planPeers(host({ osRelease: bookworm, commands: ['apt-get'] }))).toMatchObject({
      kind: 'stop',
      say: expect.stringMatching(/ docker-registry docker.io skopeo podman .*busybox-static$/),
    });
  });

  it('need nothing where they are there', () => {
    const commands = ['docker-registry', 'dockerd', 'skopeo', 'podman', 'buildah', 'crun', 'fuse-overlayfs', 'busybox'];
    expect(planPeers(host({ commands }))).toEqual({ kind: 'ready' });
  });
});

/** The program as a process: exit code, streams, signals, terminal. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HttpBench, openHttpBench } from '../service/http/http-bench.ts';
import { type FakeService, openFakeService } from './fake-service.ts';
import { busyMatrix } from './sample-views.ts';

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** How long a process may take on a busy machine, in milliseconds. */
const patienceMs = 50_000;

let directory = '';
let service: FakeService | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-main-'));
});

afterEach(async () => {
  await service?.close();
  service = undefined;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  output(): string;
  ended(): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TMPDIR: directory, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const end = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output: () => stdout + stderr, ended: async () => ({ exitCode: await end, stdout, stderr }) };
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(25);
  }
}

describe('the program', () => {
  it('writes data to stdout and exits 0, without colour in a pipe', async () => {
    service = await openFakeService({ status: busyMatrix });
    const { exitCode, stdout, stderr } = await start(['status', '--url', service.url]).ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(await readFile(new URL('golden/matrix-80.txt', import.meta.url), 'utf8'));
  });

  it('writes errors to stderr and exits with their code', async () => {
    const { exitCode, stdout, stderr } = await start(['status', '--url', 'http://127.0.0.1:1']).ended();
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' });
    expect(stderr).toMatch(/^error SERVICE_UNREACHABLE: /);
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await start(['--version']).ended()).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  });

  it('takes no harm from a reader that has seen enough', async () => {
    const started = start(['config', 'schema']);
    started.child.stdout?.destroy();
    expect(await started.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('stops waiting on Ctrl-C, says that the promotion goes on, and exits 130', async () => {
    service = await openFakeService({ course: [{ state: 'waiting' }] });
    const started = start(['promote', 'web', 'production', '--yes', '--url', service.url]);
    await until(() => started.output().includes('waiting web'), 'the promotion to wait');
    started.child.kill('SIGINT');
    const { exitCode, stderr } = await started.ended();
    expect(exitCode).toBe(130);
    expect(stderr).toContain('the promotion goes on: 01J0PROMOTION');
  });
});

describe('the program on a terminal', () => {
  const answers = [
    { answer: 'y\r', exitCode: 0, says: 'promoted: ' },
    { answer: 'n\r', exitCode: 13, says: 'nothing was changed' },
    { answer: '\x03', exitCode: 130, says: 'interrupted' },
    { answer: '\x04', exitCode: 13, says: 'nothing was changed' },
  ];
  for (const { answer, exitCode, says } of answers) {
    it(`asks, and after ${JSON.stringify(answer)} exits ${exitCode}`, async () => {
      service = await openFakeService();
      const words = [process.execPath, program, 'promote', 'web', 'production', '--url', service.url];
      const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], {
        cwd: directory,
        env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1' },
      });
      let output = '';
      let isAnswered = false;
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (isAnswered || !output.includes('[y/N]')) return;
        isAnswered = true;
        child.stdin.write(answer);
      });
      const ended = await new Promise((resolve) => child.on('close', resolve));
      expect(output).toContain(says);
      expect(ended).toBe(exitCode);
    });
  }
});

describe('a password', () => {
  const password = 'correct horse battery';
  let bench: HttpBench | undefined;

  afterEach(async () => {
    await bench?.close();
    bench = undefined;
  });

  async function openUsers() {
    bench = await openHttpBench();
    const url = await bench.http.listen(0);
    const words = ['users', 'add', 'ada', '--role', 'pusher', '--url', url];
    return { access: bench.access, words, env: { REGISTRY_ACTION_TOKEN: bench.tokens.admin } };
  }

  it('is asked for on a terminal, and nobody sees what is typed', async () => {
    const { access, words, env } = await openUsers();
    const child = spawn('script', ['-qec', [process.execPath, program, ...words].join(' '), '/dev/null'], {
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1', ...env },
    });
    const asked = ['password of ada: ', 'once more: '];
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (asked[0] === undefined || !output.includes(asked[0])) return;
      asked.shift();
      child.stdin.write(`${password}\r`);
    });
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringContaining('added: ada, pusher') });
    expect(output).not.toContain('horse');
    expect(await access.authenticate('ada', password)).toBeDefined();
  });

  it('is read from standard input', async () => {
    const { access, words, env } = await openUsers();
    const started = start([...words, '--password-stdin'], env);
    started.child.stdin?.end(`${password}\n`);
    expect(await started.ended()).toMatchObject({ exitCode: 0, stdout: 'added: ada, pusher\n' });
    expect(await access.authenticate('ada', password)).toBeDefined();
  });

  it('that is waited for does not hold up Ctrl-C', async () => {
    const { words, env } = await openUsers();
    const started = start([...words, '--password-stdin'], env);
    await until(() => bench?.log.some((line) => line.includes('/api/v1/users')) ?? false, 'the service to be asked');
    started.child.kill('SIGINT');
    expect(await started.ended()).toMatchObject({ exitCode: 130, stderr: 'interrupted\n' });
  });
});

describe('serve', () => {
  it('serves without configuration, leaves its address while it does, and ends on SIGTERM with 0', async () => {
    const data = join(directory, 'data');
    const words = ['serve', '--data', data, '--api-port', '0', '--registry-port', '0'];
    const started = start(words);
    const left = join(data, 'serve.json');
    await until(async () => (await stat(left).catch(() => undefined)) !== undefined, `serve: ${started.output()}`);
    const found = await start(['status', '--data', data]).ended();
    expect(found).toMatchObject({ exitCode: 0 });
    expect(found.stderr).toContain('no apps yet in dev, staging, production');
    started.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await started.ended();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('--password-stdin <');
    expect(await readdir(data)).not.toContain('serve.json');
  }, 120_000);
});

describe('demo', () => {
  const remains = async () => (await readdir(directory)).filter((name) => name.startsWith('registry-action-demo-'));

  it('takes two releases to production and goes back to the first, without any container tool', async () => {
    const { exitCode, stdout, stderr } = await start(['demo', '--builder', 'none']).ended();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const last = stdout.slice(stdout.lastIndexOf('app  dev'));
    expect(last).toMatch(/web +1\.1\.0 +\S+ +1\.1\.0 +\S+ +1\.0\.0 /);
    expect(stdout).toContain('production is back on 1.0.0');
    expect(await remains()).toEqual([]);
  }, 120_000);

  it('leaves no process and no file behind on Ctrl-C, and exits 130', async () => {
    const started = start(['demo', '--builder', 'none', '--json']);
    await until(() => started.output().includes('[3/'), 'the third step');
    started.child.kill('SIGINT');
    const { exitCode, stdout } = await started.ended();
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(await remains()).toEqual([]);
    expect(processesBelow(directory)).toEqual([]);
  }, 120_000);

  it('leaves nothing behind when it fails, and says why', async () => {
    // Where no redis-server is to be found, the service cannot start.
    const { exitCode, stderr } = await start(['demo', '--builder', 'none'], { PATH: directory }).ended();
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/^error [A-Z_]+: .+\nway out: /m);
    expect(await remains()).toEqual([]);
  }, 120_000);
});

/** Command lines of the processes that have something to do with the directory. */
function processesBelow(path: string): readonly string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes(path));
}

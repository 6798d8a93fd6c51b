/** The flags of `release` are the inputs of the Action: the same names, the same grammar, and no secret among them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settingsWithoutFlag, variablesOnly } from '../../cli/release/setting-flags.ts';
import { settingVariable } from '../../release/settings/setting-variable.ts';
import { settings } from '../../release/settings/settings.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { commandLinesIn } from './command-lines-in.ts';
import { parseRelease, releaseVerb } from './parse-release.ts';
import { openReleaseSite, type ReleaseSite } from './release-site.ts';
import { runWords } from './test-shell.ts';

const commands = ['release', 'merge', 'tag'] as const;

describe('the table of settings', () => {
  it.each(commands)('gives each input of %s a flag of its name, and no flag besides', async (command) => {
    const verb = await releaseVerb(command);
    const shown = verb
      .createHelp()
      .visibleOptions(verb)
      .map((option) => option.flags.split(' ')[0]?.replace('[no-]', '') ?? '');
    const inputs = settings
      .filter((setting) => setting.commands.includes(command))
      .map(({ name }) => name)
      .filter((name) => !(name in settingsWithoutFlag) && !variablesOnly.includes(name));
    const isSecret = (name: string) => settings.find((setting) => setting.name === name)?.isSecret === true;
    const expected = inputs.map((name) => (isSecret(name) ? `--${name}-file` : `--${name}`));
    const own = ['--password-stdin', '--token-file', '--data', '--output-file', '--output-format', '-y,', '-q,'];
    expect(shown.filter((flag) => !own.includes(flag) && flag !== '--json' && flag !== '-h,')).toEqual(expected);
  });

  it('has each setting that is no flag, and nothing else, in the list of those with their reasons', () => {
    const names = settings.map(({ name }) => name);
    expect([...Object.keys(settingsWithoutFlag), ...variablesOnly].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('gives the text of a flag to the reader of settings as an input does', async () => {
    const words = ['--images', 'a.example/x, b.example/y', '--images', 'c.example/z', '--version', '1.2.3'];
    const more = ['--build-args', 'A=1', '--build-args', 'B=2', '--entrypoint', '["sh", "-c"]', '--cmd', '--port 80'];
    const { texts } = await parseRelease([...words, ...more]);
    expect(Object.fromEntries(texts)).toEqual({
      images: 'a.example/x, b.example/y\nc.example/z',
      version: '1.2.3',
      'build-args': 'A=1\nB=2',
      entrypoint: '["sh", "-c"]',
      cmd: '--port 80',
    });
  });

  it.each([
    ['--push', 'push', 'true'],
    ['--no-push', 'push', 'false'],
    ['--load', 'load', 'true'],
    ['--no-load', 'load', 'false'],
    ['--no-cache', 'no-cache', 'true'],
    ['--cache', 'no-cache', 'false'],
    ['--no-wait', 'wait', 'false'],
  ])('reads %s as %s: %s', async (flag, name, value) => {
    expect(Object.fromEntries((await parseRelease([flag])).texts)).toEqual({ [name]: value });
  });
});

describe('a flag', () => {
  it('before the verb that it is meant for is refused, for it would not be heeded', async () => {
    const ran = await runWords(['release', '--dry-run', 'tag', '--images', 'a.example/x', '--json']);
    expect([ran.exitCode, JSON.parse(ran.stdout).error.code]).toEqual([2, 'REQUEST_INVALID']);
  });

  it('that is mistyped is named without what stands behind it', async () => {
    const ran = await runWords(['release', '--pasword=hunter2-hunter2']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain("'--pasword'");
    expect(ran.stderr).not.toContain('hunter2');
  });
});

describe('a secret', () => {
  const secretNames = settings
    .filter((setting) => setting.isSecret && setting.commands.includes('release'))
    .map(({ name }) => name)
    .filter((name) => !(name in settingsWithoutFlag));

  it.each(secretNames.flatMap((name) => [[`--${name}`, 'hunter2-hunter2'], [`--${name}=hunter2-hunter2`]]))(
    'on the command line is refused with the way out: %s',
    async (...words) => {
      const ran = await runWords(['release', '--images', 'a.example/x', ...words.filter((word) => word !== undefined)]);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toContain('way out: put it into REGISTRY_ACTION_');
      expect(ran.stderr).not.toContain('hunter2');
    },
  );

  it('is no word of any example', async () => {
    const { stdout } = await runWords(['release', '--help']);
    expect(stdout).not.toMatch(/--(password|secrets|registry-auth)[= ](?!-)/);
  });
});

describe('with a registry', () => {
  let registry: RegistryUnderTest;
  let site: ReleaseSite;

  beforeAll(async () => {
    registry = await openRegistryUnderTest();
  });
  afterAll(() => registry.close());
  beforeEach(async () => {
    site = await openReleaseSite(registry);
  });
  afterEach(() => site.close());

  /** Without what the user's docker knows. */
  const anonymous = { DOCKER_CONFIG: '/nowhere' };

  it.each([
    ['--password-stdin', [], {}, true],
    ['--password-file -', [], {}, true],
    ['the variable', [], { REGISTRY_ACTION_PASSWORD: 'TOKEN' }, false],
    ['--registry-auth-file -', [], {}, true],
  ])('a password comes by %s', async (way, _words, env, isInput) => {
    const token = registry.tokens.pusher;
    const isAuth = way.startsWith('--registry-auth');
    const words = [...(way.startsWith('--') ? way.split(' ') : []), ...(isAuth ? [] : ['--username', 'ci'])];
    const host = site.image.split('/')[0] ?? '';
    const input = isAuth ? `${host}: { username: ci, password: "${token}" }\n` : `${token}\n`;
    const given = Object.fromEntries(Object.keys(env).map((name) => [name, token]));
    const ran = await site.release('1.0.0', words, { env: { ...anonymous, ...given }, ...(isInput ? { input } : {}) });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain(token);
  });

  it('standard input is read for one secret only', async () => {
    const ran = await site.release('1.0.0', ['--password-stdin', '--registry-auth-file', '-'], { input: 'x' });
    expect([ran.exitCode, ran.stderr.includes('--password-file -, --registry-auth-file -')]).toEqual([2, false]);
    expect(ran.stderr).toContain('standard input can be read once');
  });

  it('a variable stands for a setting that no flag says, and is told', async () => {
    const env = { REGISTRY_ACTION_EXTRA_TAGS: 'blue, green', REGISTRY_ACTION_SHA_TAG: 'none' };
    const ran = await site.release('1.0.0', ['--sha-tag', 'full'], { env });
    expect(ran.stderr).toContain('from the environment: REGISTRY_ACTION_EXTRA_TAGS\n');
    expect([await site.digestOf('blue'), await site.digestOf('green')]).toEqual([
      await site.digestOf('1.0.0'),
      await site.digestOf('1.0.0'),
    ]);
    expect(ran.stdout).toContain(':sha-0123456789abcdef0123456789abcdef01234567@');
  });

  it('a variable of a setting that the verb does not have is left alone', async () => {
    const env = { REGISTRY_ACTION_PLATFORMS: 'linux/arm64' };
    const words = [
      'release',
      'tag',
      '--images',
      site.image,
      '--version',
      '1.0.0',
      '--digest',
      `sha256:${'1'.repeat(64)}`,
    ];
    const ran = await site.run(words, { env });
    expect(ran.stderr).not.toContain('platforms');
  });

  it('a variable that is almost one of these is warned of, with the one that was meant', async () => {
    const ran = await site.release('1.0.0', [], { env: { REGISTRY_ACTION_EXTRA_TAG: 'blue' } });
    expect(ran.stderr).toContain('warning: REGISTRY_ACTION_EXTRA_TAG is no setting; did you mean');
    expect(ran.stderr).toContain(settingVariable('extra-tags'));
  });

  it('the token of a GitLab job opens the registry of the project, without any flag', async () => {
    const [host = ''] = site.image.split('/');
    const gitlab = { GITLAB_CI: 'true', CI_REGISTRY: host, CI_JOB_TOKEN: registry.tokens.pusher };
    const ran = await site.release('1.0.0', [], { env: { ...anonymous, ...gitlab } });
    expect(ran.exitCode).toBe(0);
    expect((await site.release('1.0.1', [], { env: anonymous })).exitCode).toBe(3);
  });

  it('each example of the help is understood, and plans what it says', async () => {
    await site.release('1.9.0');
    const digest = await site.digestOf('1.9.0');
    const helps = await Promise.all(
      [['release'], ['release', 'merge'], ['release', 'tag']].map((words) => runWords([...words, '--help'])),
    );
    const examples = helps.flatMap(({ stdout }) => commandLinesIn(stdout.slice(stdout.indexOf('\nExample'))));
    expect(examples).toHaveLength(8);
    const host = site.image.split('/')[0] ?? '';
    for (const words of examples) {
      const here = words
        .map((word) => word.replace('ghcr.io/acme/web', site.image).replace('docker.io', host))
        .map((word) => word.replace(/^sha256:[12]+$/, digest ?? ''));
      const env = {
        GITLAB_CI: 'true',
        CI_COMMIT_TAG: 'v1.9.0',
        CI_COMMIT_SHA: '0123456789abcdef0123456789abcdef01234567',
      };
      const ran = await site.run([...here, '--dry-run'], {
        env: { ...env, NPM_TOKEN: 'x' },
        input: registry.tokens.pusher,
      });
      expect([ran.stderr, ran.exitCode], words.join(' ')).toEqual([expect.not.stringContaining('error '), 0]);
    }
  });
});

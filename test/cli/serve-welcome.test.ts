/** What `serve` tells a newcomer to type. */
import { describe, expect, it } from 'vitest';
import { serveWelcome, type Welcomed, type WelcomeFlags } from '../../cli/serve-welcome.ts';

const flags: WelcomeFlags = {
  data: undefined,
  dataDirectory: '.registry-action',
  hasAdminToken: true,
  host: '127.0.0.1',
  isNpx: false,
};
const url = 'http://127.0.0.1:7421';
const all: Welcomed = { apiUrl: 'http://127.0.0.1:7420', registryUrl: url, registryName: url };
const alone: Welcomed = { ...all, apiUrl: undefined };

/** The commands among its lines. */
function commandsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []));
}

describe('the commands', () => {
  it('sign in, push and promote where everything runs', () => {
    expect(commandsIn(serveWelcome(all, flags))).toEqual([
      'docker login 127.0.0.1:7421 -u admin --password-stdin < .registry-action/admin.token',
      'docker tag IMAGE 127.0.0.1:7421/dev/web:1.0.0 && docker push 127.0.0.1:7421/dev/web:1.0.0',
      'registry-action status',
      'registry-action promote web staging',
    ]);
  });

  it('let others in and promote nothing where the registry runs alone', () => {
    const text = serveWelcome(alone, { ...flags, data: '/srv/registry', dataDirectory: '/srv/registry' });
    expect(commandsIn(text)).toEqual([
      'docker login 127.0.0.1:7421 -u admin --password-stdin < /srv/registry/admin.token',
      'docker tag IMAGE 127.0.0.1:7421/team/web:1.0.0 && docker push 127.0.0.1:7421/team/web:1.0.0',
      'registry-action users add NAME --role pusher --data /srv/registry',
    ]);
  });

  it('are those of npx where it started the program', () => {
    expect(commandsIn(serveWelcome(all, { ...flags, isNpx: true })).slice(2)).toEqual([
      'npx registry-action status',
      'npx registry-action promote web staging',
    ]);
    expect(commandsIn(serveWelcome(alone, { ...flags, isNpx: true })).at(-1)).toMatch(/^npx registry-action users add/);
  });

  it('call the registry as clients do', () => {
    const text = serveWelcome({ ...alone, registryName: 'https://registry.example.com' }, flags);
    expect(text).toContain('docker login registry.example.com -u admin');
    expect(text).not.toContain('127.0.0.1');
  });

  it('name no file that was taken away', () => {
    const [signIn] = commandsIn(serveWelcome(alone, { ...flags, hasAdminToken: false }));
    expect(signIn).toBe('docker login 127.0.0.1:7421 -u NAME');
  });

  it('name the data directory that was given, as a word of the shell', () => {
    const text = serveWelcome(all, { ...flags, data: "it's here", dataDirectory: "it's here" });
    expect(commandsIn(text)).toEqual(
      expect.arrayContaining([
        "docker login 127.0.0.1:7421 -u admin --password-stdin < 'it'\\''s here/admin.token'",
        "registry-action status --data 'it'\\''s here'",
      ]),
    );
  });
});

describe('a warning about plain HTTP', () => {
  const open = { ...flags, host: '0.0.0.0' };

  it('is given where it leaves this machine', () => {
    expect(serveWelcome(alone, open)).toContain('warning');
    expect(serveWelcome({ ...alone, registryName: 'http://registry.example.com' }, open)).toContain('warning');
  });

  it('is not given for this machine alone, with a certificate, or behind a proxy that has one', () => {
    const tls = 'https://127.0.0.1:7421';
    expect(serveWelcome(alone, flags)).not.toContain('warning');
    expect(serveWelcome({ ...alone, registryUrl: tls, registryName: tls }, open)).not.toContain('warning');
    expect(serveWelcome({ ...alone, registryName: 'https://registry.example.com' }, open)).not.toContain('warning');
  });
});

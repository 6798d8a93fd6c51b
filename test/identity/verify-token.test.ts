/** Tokens of workloads: which are believed, which are refused, and that no refusal repeats one. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessRule, defaultEvents } from '../../core/access-rule.ts';
import { CodedError } from '../../errors/errors.ts';
import { type Identity, openIdentity } from '../../identity/identity.ts';
import type { IdentityEvent } from '../../identity/identity-event.ts';
import { githubClaims, issuedAt, type LocalIssuer, openLocalIssuer, testAudience } from './local-issuer.ts';

const rule = {
  number: 1,
  who: {
    ...{ issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456' },
    ...{ workflow: undefined, ref: undefined, environment: undefined, events: defaultEvents, runner: undefined },
  },
  may: ['promote' as const],
  in: ['production'],
  apps: undefined,
};

let issuer: LocalIssuer;
let identity: Identity;
const events: IdentityEvent[] = [];
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  issuer = await openLocalIssuer();
  identity = await openFor(issuer);
});
afterAll(async () => {
  for (const one of [identity, issuer, ...open]) await one.close();
});

async function openFor({ url }: { readonly url: string }, rules: readonly AccessRule[] = [rule]): Promise<Identity> {
  return await openIdentity({
    issuers: [{ name: 'github', issuer: url, audience: testAudience, keysFile: undefined, caFile: undefined }],
    rules: () => rules,
    proxy: {},
    now: () => issuedAt * 1000,
    onEvent: (event) => events.push(event),
  });
}

/** What the token is refused for; `believed` when it is not. */
async function faultOf(token: string, by: Identity = identity): Promise<unknown> {
  try {
    await by.authenticate(token);
    return 'believed';
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    for (const part of token.split('.')) if (part.length > 8) expect(allOf(error)).not.toContain(part);
    return error.code === 'IDENTITY_TOKEN_REFUSED' ? error.fields['fault'] : error.code;
  }
}

/** Everything an error tells, to the last cause. */
function allOf(error: Error): string {
  const fields = error instanceof CodedError ? JSON.stringify([error.fields, error.wayOut]) : '';
  const cause = error.cause instanceof Error ? allOf(error.cause) : String(error.cause);
  return [error.message, error.stack, fields, cause].join('\n');
}

/** A token put together from parts, signed by nobody. */
function unsigned(header: object, payload: object, signature = ''): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.${signature}`;
}

const said = () => ({ ...githubClaims, iss: issuer.url, aud: testAudience, iat: issuedAt, exp: issuedAt + 300 });

describe('a token', () => {
  test('of our issuer, for us and of now, is believed', async () => {
    expect(await identity.authenticate(await issuer.token())).toEqual({
      name: 'github:acme/web',
      grants: [{ rule: 1, may: ['promote'], in: ['production'], apps: undefined }],
      unmatched: [],
      notes: [],
      run: {
        by: 'octocat',
        id: '7391',
        attempt: '2',
        workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/main',
        event: 'workflow_dispatch',
      },
      expiresAt: (issuedAt + 300) * 1000,
    });
  });

  test('signed by RS256 is believed as well', async () => {
    const other = await openLocalIssuer('RS256');
    const by = await openFor(other);
    open.push(by, other);
    expect(await faultOf(await other.token(), by)).toBe('believed');
  });

  const subjects: readonly (string | undefined)[] = [
    'repo:acme/web:ref:refs/heads/main',
    'repo:acme@123456/web@456789:ref:refs/heads/main',
    'repository_owner:acme:job_workflow_ref:acme/web/.github/workflows/promote.yml%3Arefs/heads/main',
    'repo:somebody-else/web:pull_request',
    '',
    undefined,
  ];
  test.each(subjects)('is believed with the subject %j, which is not looked at', async (sub) => {
    const { grants } = await identity.authenticate(await issuer.token({ sub }));
    expect(grants).toHaveLength(1);
  });

  const good: readonly (readonly [title: string, claims: Readonly<Record<string, unknown>>])[] = [
    ['issued 5 seconds ahead', { iat: issuedAt + 5, nbf: issuedAt + 5 }],
    ['issued a minute ahead', { iat: issuedAt + 60, nbf: issuedAt + 60 }],
    ['good since long before it was issued', { nbf: issuedAt - 3_600 }],
    ['that says no nbf', { nbf: undefined }],
    ['that ended within the tolerance', { exp: issuedAt - 59 }],
    ['issued ten minutes ago', { iat: issuedAt - 600 }],
    ['for us alone, as a list', { aud: [testAudience] }],
    ['with claims nobody knows', { repo_property_team: 'x'.repeat(2_000) }],
  ];
  test.each(good)('%s is believed', async (_, claims) => {
    expect(await faultOf(await issuer.token(claims))).toBe('believed');
  });

  const bad: readonly (readonly [title: string, claims: Readonly<Record<string, unknown>>, fault: string])[] = [
    ['that has expired', { exp: issuedAt - 61 }, 'expired'],
    ['that does not say when it ends', { exp: undefined }, 'claim'],
    ['that ends at no time', { exp: 'never' }, 'claim'],
    ['that does not say when it was issued', { iat: undefined }, 'time'],
    ['issued more than a minute ahead', { iat: issuedAt + 61 }, 'time'],
    ['not good yet', { nbf: issuedAt + 61 }, 'time'],
    ['issued more than ten minutes ago', { iat: issuedAt - 661 }, 'age'],
    ['for somebody else', { aud: 'https://github.com/acme' }, 'audience'],
    ['for an address that begins as ours', { aud: `${testAudience}.evil.example` }, 'audience'],
    ['for us and others', { aud: [testAudience, 'sts.example.com'] }, 'audience'],
    ['for us twice', { aud: [testAudience, testAudience] }, 'audience'],
    ['for nobody', { aud: undefined }, 'audience'],
    ['for nobody, as a list', { aud: [] }, 'audience'],
    ['that names no repository', { repository: undefined }, 'claim'],
    ['whose repository is no name', { repository: 'acme/web:\n' }, 'claim'],
    ['of no issuer', { iss: undefined }, 'issuer'],
    ['of an issuer that is none', { iss: 7 }, 'issuer'],
  ];
  test.each(bad)('%s is refused', async (_, claims, fault) => {
    expect(await faultOf(await issuer.token(claims))).toBe(fault);
  });

  test.each(['/', '/acme', '.evil.example', '0', '?'])(
    'whose issuer is ours with %j behind it is refused',
    async (more) => {
      expect(await faultOf(await issuer.token({ iss: `${issuer.url}${more}` }))).toBe('issuer');
    },
  );

  test('whose issuer is the beginning of ours is refused', async () => {
    expect(await faultOf(await issuer.token({ iss: issuer.url.slice(0, -1) }))).toBe('issuer');
  });
});

describe('a signature', () => {
  test('that is missing is refused, whatever the algorithm is called', async () => {
    for (const alg of ['none', 'None', 'NONE', '', 'ES256']) {
      expect(['algorithm', 'signature', 'form']).toContain(await faultOf(unsigned({ alg, kid: 'key-1' }, said())));
    }
    expect(await faultOf(unsigned({ alg: 'none', kid: 'key-1' }, said()))).toBe('algorithm');
  });

  test('made with the public key as a secret is refused', async () => {
    const [published] = issuer.keys;
    const secrets = [JSON.stringify(published), JSON.stringify({ keys: issuer.keys }), String(published?.['x'])];
    for (const secret of secrets) {
      const header = { alg: 'HS256', kid: 'key-1' };
      const token = await new SignJWT(said()).setProtectedHeader(header).sign(new TextEncoder().encode(secret));
      expect(await faultOf(token)).toBe('algorithm');
    }
  });

  test('by a key that the token brings along is refused', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const headers: readonly Partial<JWTHeaderParameters>[] = [
      { jwk },
      { jku: 'http://127.0.0.1:1/keys' },
      { x5u: 'http://127.0.0.1:1/certificate' },
      { x5c: ['MIIB'] },
    ];
    for (const header of headers) {
      const sign = (kid: string) =>
        new SignJWT(said()).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(privateKey);
      expect(await faultOf(await sign('key-1'))).toBe('signature');
      expect(await faultOf(await sign('mine'))).toBe('key');
    }
  });

  test('by the issuer’s key is good beside a key that the token brings along', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    const token = await issuer.token({}, { jwk: await exportJWK(publicKey), jku: 'http://127.0.0.1:1/keys' });
    expect(await faultOf(token)).toBe('believed');
  });

  test('by a key without a name, or with the name of none, is refused', async () => {
    expect(await faultOf(await issuer.token({}, { kid: undefined }))).toBe('key');
    expect(await faultOf(await issuer.token({}, { kid: 'key-7' }))).toBe('key');
  });

  test('by a published key that is weak or broken is refused', async () => {
    const other = await openLocalIssuer();
    const by = await openFor(other);
    open.push(by, other);
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' };
    other.keys = [...other.keys, weak, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'broken', alg: 'ES256' }];
    const unsignedToken = unsigned({ alg: 'RS256', kid: 'weak' }, { ...said(), iss: other.url }).slice(0, -1);
    const signature = sign('RSA-SHA256', Buffer.from(unsignedToken), privateKey).toString('base64url');
    expect(await faultOf(`${unsignedToken}.${signature}`, by)).toBe('key');
    expect(await faultOf(await other.token({}, { kid: 'broken' }), by)).toBe('key');
    expect(await faultOf(await other.token(), by)).toBe('believed');
  });

  test('of another issuer with the same key name is refused', async () => {
    const other = await openLocalIssuer();
    open.push(other);
    expect(await faultOf(await other.token({ iss: issuer.url }))).toBe('signature');
  });

  test('of changed content is refused', async () => {
    const [header, , signature] = (await issuer.token()).split('.');
    const changed = Buffer.from(JSON.stringify({ ...said(), repository_id: '1' })).toString('base64url');
    expect(await faultOf(`${header}.${changed}.${signature}`)).toBe('signature');
  });

  test('that must not be ignored by a header nobody knows is refused', async () => {
    const [, payload, signature] = (await issuer.token()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'key-1', crit: ['x'], x: 1 })).toString('base64url');
    expect(await faultOf(`${header}.${payload}.${signature}`)).toBe('form');
  });
});

describe('what is no token', () => {
  const texts: readonly string[] = [
    ...['', '.', '..', 'a.b.c', 'rat_0123456789ab_secret', `${'A'.repeat(100_000)}.A.A`],
    ...['eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJub25lIn0.W10.', 'eyJhbGciOiJub25lIn0.bnVsbA.', 'e30.e30.e30'],
    ...['eyJhbGciOiJub25lIn0.eyJpc3MiOnsiYSI6MX19.', 'a.b.c.d.e'],
  ];
  test.each(texts)('is refused (case %#)', async (text) => {
    expect(['form', 'issuer']).toContain(await faultOf(text));
  });
});

describe('a workload', () => {
  const refused: readonly (readonly [title: string, claims: Readonly<Record<string, unknown>>])[] = [
    ['of a pull request', { event_name: 'pull_request', ref: 'refs/pull/7/merge' }],
    ['of a pull request in the repository’s name', { event_name: 'pull_request_target' }],
    ['of a comment', { event_name: 'issue_comment' }],
    ['of a fork', { repository: 'somebody/web', repository_id: '99', repository_owner_id: '9' }],
    ['of a repository that took the name', { repository_id: '99' }],
    ['of a repository that another owner got', { repository_owner_id: '9' }],
    ['that says no ids', { repository_id: undefined, repository_owner_id: undefined }],
    ['whose ids are no numbers', { repository_id: '456789 ', repository_owner_id: '0x1' }],
    ['whose ids are in lists', { repository_id: ['456789'], repository_owner_id: ['123456'] }],
  ];
  test.each(refused)('%s is known, and is given nothing', async (_, claims) => {
    const { grants, unmatched } = await identity.authenticate(await issuer.token(claims));
    expect(grants).toEqual([]);
    expect(unmatched).toHaveLength(1);
  });

  test('of a renamed repository is matched by its ids, and that is told once', async () => {
    events.length = 0;
    const token = await issuer.token({ repository: 'acme/shop' });
    const first = await identity.authenticate(token);
    await identity.authenticate(token);
    expect(first).toMatchObject({ name: 'github:acme/shop', grants: [{ rule: 1 }] });
    expect(first.notes).toHaveLength(1);
    expect(events).toEqual([{ kind: 'repository-renamed', workload: 'github:acme/shop', note: first.notes[0] }]);
  });

  test('whose ids are numbers and not texts is matched', async () => {
    const { grants } = await identity.authenticate(
      await issuer.token({ repository_id: 456789, repository_owner_id: 123456 }),
    );
    expect(grants).toHaveLength(1);
  });

  test('whose claims hold letters that do not belong there shows none of them', async () => {
    const odd = 'x\u001b[31m\nforged line';
    const { run } = await identity.authenticate(
      await issuer.token({ actor: odd, run_id: odd, run_attempt: odd, job_workflow_ref: odd, event_name: odd }),
    );
    expect(run).toEqual({ by: undefined, id: undefined, attempt: undefined, workflow: undefined, event: undefined });
  });

  test('whose claim is too long is as one without it', async () => {
    const environment = 'x'.repeat(2_000);
    const by = await openFor(issuer, [{ ...rule, who: { ...rule.who, environment } }]);
    open.push(by);
    const { grants, unmatched } = await by.authenticate(await issuer.token({ environment }));
    expect(grants).toEqual([]);
    expect(unmatched).toEqual([expect.stringContaining('environment is absent')]);
  });
});

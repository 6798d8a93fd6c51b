/** Namespaces of a registry with credentials of their own, and tokens that must last for a while. */
import { describe, expect, it } from 'vitest';
import { openAuthorizer } from '../../../../oci/client/sign-in/authorizer.ts';
import type { CredentialSource } from '../../../../oci/client/sign-in/credentials.ts';
import { repositoryScope } from '../../../../oci/client/sign-in/scope.ts';
import type { Answer } from '../../../../oci/client/wire/answer.ts';
import { parseEndpoint } from '../../../../oci/client/wire/endpoint.ts';
import type { TransportRequest } from '../../../../oci/client/wire/transport.ts';
import { parseRepositoryName } from '../../../../oci/spec/repository-name.ts';
import { testTiming } from '../fixture.ts';

const bearer = 'Bearer realm="https://registry.test/token"';
const pull = (name: string) => repositoryScope(parseRepositoryName(name), 'pull');

/** An authorizer whose token service answers with `<user>-<number of the request>`, and what it was asked. */
function open(credentials: CredentialSource, lifeSeconds = 300) {
  const timing = testTiming();
  const asked: string[] = [];
  const send = async ({ url, headers }: TransportRequest): Promise<Answer> => {
    const [user] = Buffer.from((headers['authorization'] ?? '').slice(6), 'base64')
      .toString()
      .split(':');
    asked.push(`${user} ${url.searchParams.getAll('scope').join(' ')}`);
    const token = JSON.stringify({ token: `${user || 'nobody'}-${asked.length}`, expires_in: lifeSeconds });
    return {
      status: 200,
      url,
      header: () => undefined,
      readBytes: async () => Buffer.from(token),
      async *take() {},
      discard: async () => {},
      ended: Promise.resolve('whole'),
    };
  };
  const desk = { endpoint: parseEndpoint('https://registry.test'), timing, tokens: 'shared', send } as const;
  const authorizer = openAuthorizer(desk, credentials);
  return { authorizer, asked, timing };
}

/** `team` and all below it belongs to ann, the rest to bob. */
const shared: CredentialSource = Object.assign(
  async (_: string, { repository }: { readonly repository?: string | undefined } = {}) => {
    const isTeams = repository === 'team' || repository?.startsWith('team/') === true;
    return { username: isTeams ? 'ann' : 'bob', password: 'pw' };
  },
  { namespaces: async () => ['team'] },
);

describe('a namespace with credentials of its own', () => {
  it('gets tokens of its own, and asks for nothing of the others', async () => {
    const { authorizer, asked } = open(shared);
    expect(await authorizer.renew(bearer, [pull('team/app')], undefined)).toBe('Bearer ann-1');
    expect(await authorizer.authorization([pull('other/app')])).toBe('Bearer bob-2');
    expect(await authorizer.authorization([pull('team/app')])).toBe('Bearer ann-1');
    expect(await authorizer.authorization([pull('teams/app')])).toBe('Bearer bob-3');
    expect(asked).toEqual([
      'ann repository:team/app:pull',
      'bob repository:other/app:pull',
      'bob repository:other/app:pull repository:teams/app:pull',
    ]);
  });

  it('is not meant when no repository is', async () => {
    const { authorizer } = open(shared);
    expect(await authorizer.renew(bearer, [], undefined)).toBe('Bearer bob-1');
  });

  it('lends them to a mount into it', async () => {
    const { authorizer, asked } = open(shared);
    await authorizer.renew(bearer, [pull('team/app'), pull('other/app')], undefined);
    expect(asked).toEqual(['ann repository:team/app:pull repository:other/app:pull']);
  });

  it('shows them where a password is wanted', async () => {
    const { authorizer } = open(shared);
    const basicOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(await authorizer.renew('Basic realm="x"', [pull('team/app')], undefined)).toBe(basicOf('ann:pw'));
    expect(await authorizer.authorization([pull('other/app')])).toBe(basicOf('bob:pw'));
  });

  it('is asked about again after a failure', async () => {
    let failures = 1;
    const source: CredentialSource = Object.assign(async () => undefined, {
      namespaces: async () => {
        if (failures > 0) throw new Error(`failure ${failures--}`);
        return [];
      },
    });
    const { authorizer } = open(source);
    await expect(authorizer.renew(bearer, [], undefined)).rejects.toThrow('failure 1');
    expect(await authorizer.renew(bearer, [], undefined)).toBe('Bearer nobody-1');
  });
});

describe('a token that must be good for a while', () => {
  const scopes = [pull('team/app')];

  async function signedIn(lifeSeconds: number) {
    const opened = open(async () => ({ username: 'ann', password: 'pw' }), lifeSeconds);
    await opened.authorizer.renew(bearer, scopes, undefined);
    return opened;
  }

  it.each([
    ['the one in hand when that lives long enough', { lifeSeconds: 300, agedMs: 100_000, goodForMs: 100_000 }, 1],
    ['another when that would end on the way', { lifeSeconds: 300, agedMs: 180_000, goodForMs: 100_000 }, 2],
    [
      'the one in hand when none lives as long, and it is young',
      { lifeSeconds: 300, agedMs: 100_000, goodForMs: 900_000 },
      1,
    ],
    [
      'another when none lives as long, and it is past its half',
      { lifeSeconds: 300, agedMs: 151_000, goodForMs: 900_000 },
      2,
    ],
    ['the one in hand for a moment', { lifeSeconds: 300, agedMs: 260_000, goodForMs: 1_000 }, 1],
    ['another for a moment at its end', { lifeSeconds: 300, agedMs: 269_500, goodForMs: 1_000 }, 2],
  ])('is %s', async (_, { lifeSeconds, agedMs, goodForMs }, number) => {
    const { authorizer, timing } = await signedIn(lifeSeconds);
    timing.advance(agedMs);
    expect(await authorizer.authorization(scopes, undefined, goodForMs)).toBe(`Bearer ann-${number}`);
  });

  it('is fetched once for all who need it', async () => {
    const { authorizer, timing, asked } = await signedIn(300);
    timing.advance(200_000);
    const eight = Array.from({ length: 8 }, () => authorizer.authorization(scopes, undefined, 200_000));
    expect(new Set(await Promise.all(eight))).toEqual(new Set(['Bearer ann-2']));
    expect(asked).toHaveLength(2);
  });
});

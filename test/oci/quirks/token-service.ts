/**
 * A registry that lets in who has a token, and the service that makes them. Spec: distribution v3.0.0, "Token
 * Authentication Specification".
 */
import type { TestTiming } from '../client/fixture.ts';
import { type Asked, type Behaviour, type Reply, refusal } from './plain-registry.ts';

/** How one service differs from others. */
export interface TokenRules {
  readonly timing: TestTiming;
  /** An hour unless given; every answer tells it. */
  readonly lifeMs?: number;
  /** What a challenge names: what the request needs, unless it names something else. */
  readonly challenge?: (needed: readonly string[], registry: { readonly url: string }) => string;
  /** Refuses a request for a token. */
  readonly refuses?: (asked: Asked, scopes: readonly string[]) => Reply | undefined;
  /** What a token is good for; all that was asked for, unless given. */
  readonly grants?: (scopes: readonly string[]) => readonly string[];
}

interface Issued {
  readonly scopes: readonly string[];
  readonly endsAt: number;
}

/** The registry and its service, at `/token`. */
export function bearer(rules: TokenRules): Behaviour {
  const { timing, lifeMs = 3_600_000 } = rules;
  const issued = new Map<string, Issued>();

  const issue = (asked: Asked): Reply => {
    const form = new URLSearchParams(asked.method === 'POST' ? asked.body.toString() : '');
    const scopes = [...asked.query.getAll('scope'), ...form.getAll('scope')].flatMap((scope) => scope.split(' '));
    const refused = rules.refuses?.(asked, scopes);
    if (refused !== undefined) return refused;
    const token = `token-${issued.size + 1}`;
    issued.set(token, { scopes: rules.grants?.(scopes) ?? scopes, endsAt: timing.now() + lifeMs });
    const name = asked.method === 'POST' ? 'access_token' : 'token';
    return { status: 200, body: JSON.stringify({ [name]: token, expires_in: lifeMs / 1000 }) };
  };

  return async (asked, serve, registry) => {
    if (asked.path === '/token') return issue(asked);
    const needed = scopesFor(asked);
    const token = issued.get(asked.headers.authorization?.replace('Bearer ', '') ?? '');
    const isValid = token !== undefined && token.endsAt > timing.now();
    if (isValid && needed.every((scope) => covers(token.scopes, scope))) return await serve(asked);
    const named = rules.challenge?.(needed, registry) ?? challenge(registry.url, needed);
    return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': named });
  };
}

/** The challenge as the specification has it. */
export function challenge(url: string, scopes: readonly string[]): string {
  const scope = scopes.length === 0 ? '' : `,scope="${scopes.join(' ')}"`;
  return `Bearer realm="${url}/token",service="registry"${scope}`;
}

/** What a token must be good for: reading the source of a mount, too. */
export function scopesFor({ method, path, query }: Asked): readonly string[] {
  const [, name] = /^\/v2\/(.+)\/(?:blobs|manifests|tags|artifacts-uploads)\//.exec(path) ?? [];
  if (name === undefined) return [];
  const from = query.get('from');
  const own = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
  return [`repository:${name}:${own}`, ...(from === null ? [] : [`repository:${from}:pull`])];
}

function covers(held: readonly string[], needed: string): boolean {
  const [, resource, actions = ''] = /^(.+):([^:]+)$/.exec(needed) ?? [];
  const same = held.find((scope) => scope.startsWith(`${resource}:`))?.slice(`${resource}:`.length) ?? '';
  return actions.split(',').every((action) => same.split(',').includes(action));
}

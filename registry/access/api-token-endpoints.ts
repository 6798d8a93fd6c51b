/** `/admin/v1/tokens`: API tokens, for a registry that runs without the service. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import type { TokenRecord } from './access-records.ts';
import { nameIn, readAsked, repositoriesIn, roleIn } from './member-request.ts';

const tokensPath = '/admin/v1/tokens';

/** Listing, making and revoking; a secret is in the answer that makes it and nowhere else. */
export const apiTokenEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: tokensPath, verb: 'administer', answer: listTokens },
  { method: 'POST', path: tokensPath, verb: 'administer', answer: createToken },
  { method: 'DELETE', path: `${tokensPath}/`, verb: 'administer', answer: revokeToken },
];

async function listTokens({ access }: EndpointExchange): Promise<Answer> {
  return jsonAnswer({ tokens: (await access.directory.listTokens()).map(viewOf) });
}

async function createToken({ access, body, now }: EndpointExchange): Promise<Answer> {
  const asked = await readAsked(body, ['name', 'role', 'expiresAt', 'repositories']);
  const [name, role, repositories] = [nameIn(asked), roleIn(asked), repositoriesIn(asked)];
  const { expiresAt } = asked;
  const expiry = expiresAt === undefined ? {} : { expiresAt: parseExpiry(expiresAt, now()) };
  const limit = repositories === undefined ? {} : { repositories };
  const createdAt = now();
  const { id, secret } = await access.directory.createToken({ name, role, ...expiry, ...limit }, createdAt);
  return jsonAnswer({ ...viewOf({ id, name, role, createdAt, ...expiry, ...limit }), secret }, { status: 201 });
}

async function revokeToken({ access, rest }: EndpointExchange): Promise<Answer> {
  if (await access.directory.revokeToken(rest)) return jsonAnswer({ revoked: rest });
  throw new NotFoundError({ code: 'TOKEN_UNKNOWN', message: `unknown token: ${rest}` });
}

function parseExpiry(value: unknown, now: number): number {
  const expiresAt = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (expiresAt > now) return expiresAt;
  const message = Number.isNaN(expiresAt) ? 'expiresAt is not a time' : 'expiresAt is past';
  throw new InputError({
    code: 'REQUEST_INVALID',
    message,
    wayOut: 'write a later time, such as 2030-01-31T00:00:00Z',
  });
}

function viewOf({ id, name, role, createdAt, expiresAt, repositories }: TokenRecord): object {
  return {
    ...{ id, name, role, createdAt: new Date(createdAt).toISOString() },
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(repositories === undefined ? {} : { repositories }),
  };
}

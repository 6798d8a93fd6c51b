/** API tokens over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import { type TokenCreated, type TokenList, tokenRequestSchema } from '../../api/token.ts';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { NotFoundError } from '../../errors/errors.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import { malformedRequest, shownValue } from './malformed-request.ts';
import { parseBody, parseIdParam } from './read-request.ts';

/** What the routes need of the directory. */
export type TokenDirectory = Pick<AccessDirectory, 'createToken' | 'listTokens' | 'revokeToken'>;

/** The routes that list, make and revoke tokens; for administrators. */
export function tokenRoutes(directory: TokenDirectory, now: () => number): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/v1/tokens', { config: { access: 'administer' } }, async (): Promise<TokenList> => {
      const tokens = await directory.listTokens();
      return {
        tokens: tokens.map(({ id, name, role, createdAt, expiresAt, repositories }) => ({
          id,
          name,
          role,
          createdAt: timeText(createdAt),
          ...(expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt) }),
          ...(repositories === undefined ? {} : { repositories }),
        })),
      };
    });
    app.post('/api/v1/tokens', { config: { access: 'administer' } }, async (request, reply) => {
      const { name, role, expiresAt, repositories } = parseBody(request, tokenRequestSchema);
      const expiry = expiresAt === undefined ? {} : { expiresAt: parseExpiry(expiresAt, now()) };
      const limit = repositories === undefined ? {} : { repositories: repositories.map(parseRepositoryPattern) };
      const { id, secret } = await directory.createToken({ name, role, ...expiry, ...limit }, now());
      const end = expiresAt === undefined ? {} : { expiresAt };
      const created: TokenCreated = { id, secret, name, role, ...end, ...limit };
      return reply.code(201).send(created);
    });
    app.delete('/api/v1/tokens/:id', { config: { access: 'administer' } }, async (request, reply) => {
      const id = parseIdParam(request);
      if (await directory.revokeToken(id)) return reply.code(204).send();
      throw new NotFoundError({ code: 'TOKEN_UNKNOWN', message: `unknown token: ${id}` });
    });
  };
}

function parseExpiry(text: string, now: number): number {
  const expiresAt = Date.parse(text);
  if (expiresAt > now) return expiresAt;
  throw malformedRequest(`body.expiresAt: past${shownValue(text)}`);
}

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

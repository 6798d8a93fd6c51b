/** Users with passwords over HTTP. */
import type { FastifyPluginAsync } from 'fastify';
import { type UserList, type UserView, userRequestSchema } from '../../api/user.ts';
import { NotFoundError } from '../../errors/errors.ts';
import type { AccessDirectory } from '../../registry/access/access-file.ts';
import { parseBody, parseNameParam } from './read-request.ts';

/** What the routes need of the directory. */
export type UserDirectory = Pick<AccessDirectory, 'createUser' | 'listUsers' | 'removeUser'>;

/** The routes that list, make and remove users; for administrators. */
export function userRoutes(directory: UserDirectory): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/v1/users', { config: { access: 'administer' } }, async (): Promise<UserList> => {
      const users = await directory.listUsers();
      return { users: users.map(({ name, role }) => ({ name, role })) };
    });
    app.post('/api/v1/users', { config: { access: 'administer' } }, async (request, reply) => {
      const { name, password, role, replace = false } = parseBody(request, userRequestSchema);
      await directory.createUser({ name, password, role, replaces: replace });
      const user: UserView = { name, role };
      return reply.code(201).send(user);
    });
    app.delete('/api/v1/users/:name', { config: { access: 'administer' } }, async (request, reply) => {
      const name = parseNameParam(request);
      if (await directory.removeUser(name)) return reply.code(204).send();
      throw new NotFoundError({ code: 'USER_UNKNOWN', message: `unknown user: ${name}` });
    });
  };
}

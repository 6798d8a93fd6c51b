/** `/admin/v1/users`: users with passwords, for a registry that runs without the service. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { booleanIn, nameIn, readAsked, roleIn } from './member-request.ts';

const usersPath = '/admin/v1/users';

/** Listing, adding and removing; what a password may be is the directory's to say, without repeating it. */
export const userEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: usersPath, verb: 'administer', answer: listUsers },
  { method: 'POST', path: usersPath, verb: 'administer', answer: addUser },
  { method: 'DELETE', path: `${usersPath}/`, verb: 'administer', answer: removeUser },
];

async function listUsers({ access }: EndpointExchange): Promise<Answer> {
  const users = await access.directory.listUsers();
  return jsonAnswer({ users: users.map(({ name, role }) => ({ name, role })) });
}

async function addUser({ access, body }: EndpointExchange): Promise<Answer> {
  const asked = await readAsked(body, ['name', 'password', 'role', 'replace']);
  const { password } = asked;
  if (typeof password !== 'string') throw new InputError({ code: 'REQUEST_INVALID', message: 'password is no text' });
  const [name, role] = [nameIn(asked), roleIn(asked)];
  await access.directory.createUser({ name, password, role, replaces: booleanIn(asked, 'replace') });
  return jsonAnswer({ name, role }, { status: 201 });
}

async function removeUser({ access, rest }: EndpointExchange): Promise<Answer> {
  if (await access.directory.removeUser(rest)) return jsonAnswer({ removed: rest });
  throw new NotFoundError({ code: 'USER_UNKNOWN', message: `unknown user: ${rest}` });
}

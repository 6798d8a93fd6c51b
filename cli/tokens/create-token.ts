/** `tokens create NAME`: an API token, whose secret is printed once and kept nowhere. */
import { parseDurationMs } from '../../api/duration.ts';
import type { TokenRequest } from '../../api/token.ts';
import type { Role } from '../../core/access.ts';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { InputError } from '../../errors/errors.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type MemberDoor, type MemberFlags, openMemberDoor } from '../members/member-door.ts';
import { printable } from '../render/width.ts';
import type { Shell } from '../shell.ts';
import { writeJson } from '../write-json.ts';
import { limitsOf } from './token-limits.ts';

export interface CreateTokenFlags extends MemberFlags {
  readonly role: Role;
  /** Patterns of the repositories that the role is limited to; empty: it holds everywhere. */
  readonly repository: readonly string[];
  /** How long it is good, such as 90d; without an end when absent. */
  readonly expires?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/**
 * Makes the token. The secret alone goes to stdout, so that it can be sent on into a file or a program.
 * @throws InputError REQUEST_INVALID, REPOSITORY_PATTERN_INVALID.
 */
export async function createToken(shell: Shell, name: string, flags: CreateTokenFlags): Promise<ExitCode> {
  const request = requestOf(shell, name, flags);
  const door = await openMemberDoor(shell, flags);
  try {
    if (flags.dryRun) {
      // Whoever may not make one learns it from this, too.
      await door.listTokens(shell.signal);
      return tellDryRun(shell, request, flags);
    }
    const token = await door.createToken(request, shell.signal);
    if (flags.json) writeJson(shell, { changed: true, token });
    else shell.stdout.write(`${token.secret}\n`);
    tellHolder(shell, door, request, token.id);
    return exitCodes.done;
  } finally {
    await door.close();
  }
}

function requestOf(shell: Shell, name: string, { role, repository, expires }: CreateTokenFlags): TokenRequest {
  const repositories = repository.map(parseRepositoryPattern);
  return {
    ...{ name, role },
    ...(repositories.length === 0 ? {} : { repositories }),
    ...(expires === undefined ? {} : { expiresAt: new Date(shell.now() + parseSpan(expires)).toISOString() }),
  };
}

function parseSpan(text: string): number {
  const spanMs = parseDurationMs(text);
  if (spanMs !== undefined && spanMs > 0) return spanMs;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `not a span of time of at most a year for --expires: ${text}`,
    wayOut: 'write a number and a unit, such as 12h or 90d',
  });
}

function tellDryRun(shell: Shell, request: TokenRequest, { json }: CreateTokenFlags): ExitCode {
  if (json) writeJson(shell, { changed: false, token: request });
  else shell.stdout.write(`${[printable(request.name), request.role, ...limitsOf(request)].join('  ')}\n`);
  shell.stderr.write('dry run: nothing was changed\n');
  return exitCodes.done;
}

function tellHolder(shell: Shell, { signInHost }: MemberDoor, request: TokenRequest, id: string): void {
  const name = printable(request.name);
  const made = [`made: ${name}, ${request.role}`, ...limitsOf(request), `id ${printable(id)}`].join(', ');
  shell.stderr.write(`${made}; the token is shown only now\n`);
  if (signInHost === undefined) return;
  shell.stderr.write(`sign in: docker login ${printable(signInHost)} -u ${name} --password-stdin\n`);
}

/** Who changes a tag by a request: what its history will say, and the rules that decide. */
import { formatActor, type Verb } from '../../core/access.ts';
import type { TagMoveWay } from '../../core/tag-move.ts';
import { evaluateTagChange, type TagRights } from '../../core/tag-rules.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { mayIn } from '../access/authorize.ts';
import type { Exchange } from '../http/exchange.ts';
import type { TagAuthor } from '../storage.ts';
import { type BreakGlass, readBreakGlass } from './break-glass.ts';

/** Id of the command that a write carries out. It is kept when the promotion service sends it. */
export const commandHeader = 'registry-action-command';

export interface AuthorInit {
  readonly repository: RepositoryName;
  readonly how: TagMoveWay;
  /** Why; what is given for breaking glass goes before it. */
  readonly reason?: string;
}

/** The author of the request's changes; why not, when it asks for break-glass in a way that cannot be understood. */
export function tagAuthor(
  exchange: Exchange,
  { repository, how, reason }: AuthorInit,
): TagAuthor | Extract<BreakGlass, { kind: 'malformed' }> {
  const { actor, settings, now, headers } = exchange;
  const breakGlass = readBreakGlass(headers);
  if (breakGlass.kind === 'malformed') return breakGlass;
  const may = (verb: Verb) => mayIn(actor, verb, repository);
  const rights: TagRights = {
    overwrite: may('overwrite'),
    delete: may('delete'),
    environmentTags: may('environment-tags'),
    breakGlass: may('break-glass'),
  };
  const why = breakGlass.kind === 'asked' ? breakGlass.reason : reason;
  return {
    by: formatActor(actor),
    at: now(),
    how,
    ...(why === undefined ? {} : { reason: why }),
    ...commandOf(exchange, rights),
    judge: (tag, change, standing) =>
      evaluateTagChange(settings, {
        ...{ repository, tag, change, standing, rights },
        breaksGlass: breakGlass.kind === 'asked',
      }),
  };
}

function commandOf({ headers }: Exchange, { environmentTags }: TagRights): { readonly command?: string } {
  const command = String(headers[commandHeader] ?? '');
  return environmentTags && /^[\x21-\x7e]{1,128}$/.test(command) ? { command } : {};
}

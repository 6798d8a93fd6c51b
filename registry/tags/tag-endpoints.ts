/** The resources of single tags: their history, bringing back what they named, and removing them with a reason. */
import type { Reason } from '../../core/decision.ts';
import type { TagChange, TagDecision } from '../../core/tag-rules.ts';
import { InputError, NotFoundError } from '../../errors/errors.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { needsOf } from '../content/manifest-needs.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import type { ChangedTag } from '../storage.ts';
import { readTagHistory } from './history-endpoint.ts';
import { reportTags } from './report-tags.ts';
import { parseTagPath, tagPathRoot } from './tag-path.ts';
import { statusOfReasons } from './tag-refusal.ts';
import { digestIn, readTagWish, type TagWish } from './tag-wish.ts';

const repositoryOf = (rest: string): RepositoryName | undefined => parseTagPath(rest)?.repository;

/** All of them: each asks for its verb in the tag's repository. */
export const tagEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: tagPathRoot, verb: 'pull', repositoryOf, answer: readTagHistory },
  { method: 'POST', path: tagPathRoot, verb: 'push', repositoryOf, answer: restoreTag },
  { method: 'DELETE', path: tagPathRoot, verb: 'delete', repositoryOf, answer: removeTag },
];

/**
 * `POST …/restore`: points the tag at a digest that it named, or at any that is in the repository (`to`).
 * @throws NotFoundError MANIFEST_UNKNOWN when the digest is not there any more; InputError REQUEST_INVALID.
 */
async function restoreTag(exchange: EndpointExchange): Promise<Answer> {
  const { storage } = exchange;
  const wish = await readTagWish(exchange, 'restore', 'restore');
  const { repository, tag, author } = wish;
  const to = digestIn(wish.asked, 'to');
  if (to === undefined) throw new InputError({ code: 'REQUEST_INVALID', message: 'to is missing: a digest' });
  const manifest = await storage.readManifest(repository, to);
  if (manifest === undefined) throw removedSince(`${repository}@${to}`);
  if (wish.dryRun) return dryRunAnswer(exchange, wish, { kind: 'move', to });
  const needs = needsOf(manifest, manifest.mediaType);
  const outcome = await storage.pushManifest(repository, { ...needs, tags: [tag], author });
  if (outcome.kind === 'incomplete') throw removedSince(`what ${repository}@${to} lists`);
  if (outcome.kind === 'refused') return reasonsAnswer(outcome.reasons);
  return changedAnswer(exchange, wish, outcome.changed);
}

/**
 * `DELETE …/tag`: removes it, and says why. The distribution API removes tags as well, without a reason of its own.
 * @throws NotFoundError MANIFEST_UNKNOWN.
 */
async function removeTag(exchange: EndpointExchange): Promise<Answer> {
  const { storage } = exchange;
  const wish = await readTagWish(exchange, 'tag', 'delete');
  const { repository, tag, author } = wish;
  if (wish.dryRun) return dryRunAnswer(exchange, wish, { kind: 'delete' });
  const outcome = await storage.deleteTag(repository, tag, author);
  if (outcome.kind === 'refused') return reasonsAnswer(outcome.reasons);
  if (outcome.kind === 'deleted') return changedAnswer(exchange, wish, outcome.changed);
  throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `there is no such tag: ${repository}:${tag}` });
}

/** What would come of it if nothing changed until then. */
async function dryRunAnswer({ storage }: EndpointExchange, wish: TagWish, change: TagChange): Promise<Answer> {
  const { repository, tag, author } = wish;
  const standing = await storage.readTagStanding(repository, tag);
  const decision: TagDecision = author.judge(tag, change, standing);
  if (!decision.allowed) return reasonsAnswer(decision.reasons);
  const to = change.kind === 'move' ? change.to : undefined;
  return jsonAnswer({
    ...{ changed: false, repository, tag, from: standing.digest, to },
    overrode: decision.overridden.map(({ code }) => code),
  });
}

function changedAnswer({ onEvent }: EndpointExchange, wish: TagWish, changed: readonly ChangedTag[]): Answer {
  const { repository, tag } = wish;
  reportTags(onEvent, repository, changed);
  const [one] = changed;
  return jsonAnswer({
    ...{ changed: one !== undefined, repository, tag },
    ...(one === undefined ? {} : { number: one.move.number, from: one.move.from, to: one.move.to }),
    overrode: one?.overridden.map(({ code }) => code) ?? [],
  });
}

/** The refusal as the resources beside the distribution API write it: an error for each reason. */
function reasonsAnswer(reasons: readonly Reason[]): Answer {
  return jsonAnswer({ errors: reasons }, { status: statusOfReasons(reasons) });
}

function removedSince(what: string): NotFoundError {
  return new NotFoundError({
    code: 'MANIFEST_UNKNOWN',
    message: `not in the repository any more: ${what}`,
    wayOut: 'push the image again, and the tag with it',
  });
}

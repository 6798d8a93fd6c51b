/** Retention rules on a registry: what they would let go of, and letting go of it. */

import { matchesRepositoryPattern } from '../../core/repository-pattern.ts';
import { planRetention, type RetainableTag, type RetentionVerdict } from '../../core/retention.ts';
import type { RetentionSettings } from '../../core/retention-settings.ts';
import type { TagMove } from '../../core/tag-move.ts';
import type { TagRules } from '../../core/tag-rules.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';
import type { ChangedTag, Storage, TagAuthor, TagHistoryPage } from '../storage.ts';
import type { RetentionStep } from './retention-step.ts';
import type { RetiredTag } from './retired-tag.ts';

export interface RetentionInit {
  readonly storage: Storage;
  readonly settings: RetentionSettings;
  readonly tagRules: TagRules;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onRetired: (repository: RepositoryName, changed: ChangedTag) => void;
  /** Runs the removal, or returns undefined when nothing may be removed now. */
  readonly unlessHeld: <Result>(removal: () => Promise<Result>) => Promise<Result | undefined>;
  /** Waits until others had their turn. */
  readonly yieldTurn: () => Promise<void>;
}

/** The verdicts on the tags of one repository. */
export interface RepositoryVerdicts {
  readonly repository: RepositoryName;
  readonly verdicts: readonly RetentionVerdict[];
}

/** Who is written down as having removed the tag. */
const author = 'retention';

type JudgeInit = Omit<RetentionInit, 'onRetired' | 'unlessHeld'>;

/** The verdicts on every tag of the repository. Nothing is changed. */
export async function judgeRepository(init: JudgeInit, repository: RepositoryName): Promise<RepositoryVerdicts> {
  return judge(init, repository, await readCurrent(init.storage, init.tagRules));
}

/** The verdicts on every tag that a rule may be about, repository by repository. Nothing is changed. */
async function* judgeAll(init: JudgeInit): AsyncIterable<RepositoryVerdicts> {
  const { storage, settings, tagRules } = init;
  if (settings.rules.length === 0) return;
  const current = await readCurrent(storage, tagRules);
  const patterns = settings.rules.flatMap(({ repositories }) => repositories);
  for (const repository of await storage.listRepositories()) {
    if (patterns.some((pattern) => matchesRepositoryPattern(repository, pattern))) {
      yield await judge(init, repository, current);
    }
  }
}

async function judge(
  init: JudgeInit,
  repository: RepositoryName,
  current: ReadonlySet<Digest>,
): Promise<RepositoryVerdicts> {
  const { settings, tagRules, now } = init;
  const tags = await readTags(init, repository);
  const { rules } = settings;
  return { repository, verdicts: planRetention({ rules, tagRules, repository, tags, current, now: now() }) };
}

/** A step that lets go of tags by these rules. */
export function openRetention(init: RetentionInit): RetentionStep {
  return async ({ dryRun }) => {
    const retired: RetiredTag[] = [];
    for await (const { repository, verdicts } of judgeAll(init)) {
      for (const { tag, digest, stays } of verdicts) {
        if (stays) continue;
        const isGone = dryRun || (await init.unlessHeld(() => remove(init, repository, { tag, digest }))) === true;
        if (isGone) retired.push({ repository, tag, digest });
        await init.yieldTurn();
      }
    }
    return retired;
  };
}

/** Only as the verdict saw it: a tag that was moved since is another one. */
async function remove(
  { storage, now, onRetired }: RetentionInit,
  repository: RepositoryName,
  { tag, digest }: Pick<RetiredTag, 'tag' | 'digest'>,
): Promise<boolean> {
  const judge: TagAuthor['judge'] = (_tag, _change, standing) =>
    standing.digest === digest ? { allowed: true, overridden: [] } : { allowed: false, reasons: [] };
  const outcome = await storage.deleteTag(repository, tag, { by: author, at: now(), how: 'retention', judge });
  if (outcome.kind !== 'deleted') return false;
  for (const changed of outcome.changed) onRetired(repository, changed);
  return true;
}

/** What the tags of environments name, in every repository where they are. */
async function readCurrent(storage: Storage, { environments }: TagRules): Promise<ReadonlySet<Digest>> {
  const current = new Set<Digest>();
  for (const repository of await storage.listRepositories()) {
    for (const { name, repositories } of environments) {
      if (!isTag(name) || !repositories.some((pattern) => matchesRepositoryPattern(repository, pattern))) continue;
      const record = await storage.readTag(repository, name);
      if (record !== undefined) current.add(record.digest);
    }
  }
  return current;
}

async function readTags(
  { storage, yieldTurn }: Pick<RetentionInit, 'storage' | 'yieldTurn'>,
  repository: RepositoryName,
): Promise<readonly RetainableTag[]> {
  const pulls = new Map((await storage.readPulls(repository)).map((pull) => [pull.digest, pull.lastPulledAt]));
  const tags: RetainableTag[] = [];
  for (const tag of await storage.listTags(repository)) {
    const record = await storage.readTag(repository, tag);
    if (record === undefined) continue;
    const last = await readLastMove(storage, repository, tag);
    const pushedAt = last?.to === record.digest ? last.at : undefined;
    tags.push({ tag, digest: record.digest, pushedAt, pulledAt: pulls.get(record.digest) });
    await yieldTurn();
  }
  return tags;
}

/** Content that the tag needs and that was deleted is in its history, and moved nothing. */
async function readLastMove(
  storage: Pick<Storage, 'readTagHistory'>,
  repository: RepositoryName,
  tag: Tag,
): Promise<TagMove | undefined> {
  for (let page: TagHistoryPage = { movesMax: 1 }; ; ) {
    const [move] = await storage.readTagHistory(repository, tag, page);
    if (move?.lost === undefined) return move;
    page = { movesMax: 1, before: move.number };
  }
}

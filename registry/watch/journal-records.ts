/** What the journal tells of an event. */
import type { TagMove } from '../../core/tag-move.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RegistryEvent } from '../registry-event.ts';
import type { JournalRecord } from './journal.ts';

/** The records for an event: none for what concerns nobody else, such as one request or one blob. */
export function journalRecordsOf(event: RegistryEvent, at: number): readonly JournalRecord[] {
  switch (event.kind) {
    case 'manifest-pushed': {
      const { repository, digest, actor } = event.content;
      return [{ kind: 'push', at, repository, fields: { digest, tags: event.tags, actor } }];
    }
    case 'manifest-deleted': {
      const { repository, digest, actor } = event.content;
      return [{ kind: 'delete', at, repository, fields: { digest, tags: event.tags, actor } }];
    }
    case 'tag-moved': {
      const { repository, tag, actor, move } = event;
      return [{ kind: 'tag', at, repository, fields: { tag, ...movedBetween(move), actor, ...reasonOf(move) } }];
    }
    case 'tag-deleted': {
      const { repository, tag, actor, move } = event;
      return [{ kind: 'delete', at, repository, fields: { tags: [tag], ...movedBetween(move), actor } }];
    }
    case 'glass-broken': {
      const { repository, tag, actor, reason, codes, from, to, lost } = event;
      const moved = { ...movedBetween({ from, to }), ...(lost === undefined ? {} : { lost }) };
      return [{ kind: 'break-glass', at, repository, fields: { tag, ...moved, actor, reason, codes } }];
    }
    default:
      return upkeepRecordsOf(event, at);
  }
}

/** What the registry did with what it keeps: how much, not what. */
function upkeepRecordsOf(event: RegistryEvent, at: number): readonly JournalRecord[] {
  const upkeep = { kind: 'upkeep', at, repository: undefined } as const;
  switch (event.kind) {
    case 'collected': {
      const { dryRun, kept, counts, more } = event.report;
      return [{ ...upkeep, fields: { what: event.kind, dryRun, kept, counts, more } }];
    }
    case 'scrubbed': {
      const { read, damaged, missing, inQuarantine, unlisted } = event.report;
      const found = { damaged: damaged.length, missing: missing.length, inQuarantine, unlisted };
      return [{ ...upkeep, fields: { what: event.kind, read, ...found } }];
    }
    case 'collection-failed':
    case 'scrub-failed':
      return [{ ...upkeep, fields: { what: event.kind } }];
    default:
      return [];
  }
}

/** From which digest to which; one that is not there is left out. */
function movedBetween({ from, to }: { readonly from?: Digest | undefined; readonly to?: Digest | undefined }) {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function reasonOf({ how, reason }: TagMove) {
  return { how, ...(reason === undefined ? {} : { reason }) };
}

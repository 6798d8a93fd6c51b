/** What the process says of an event on its standard error: what an operator must act on, and more where that is wanted. */
import { formatAwaited } from './disk/lock/format-awaited.ts';
import type { RegistryEvent } from './registry-event.ts';
import { journalRecordsOf } from './watch/journal-records.ts';
import { routeKindOf } from './watch/route-kind.ts';

export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly kind: string;
  readonly [name: string]: unknown;
}

/** The lines for an event: none for what nobody has to act on, unless `everything` is told. */
export function logLinesOf(event: RegistryEvent, everything: boolean): readonly LogLine[] {
  const trouble = troubleOf(event);
  if (trouble !== undefined) return [trouble];
  return everything ? progressOf(event) : [];
}

function troubleOf(event: RegistryEvent): LogLine | undefined {
  switch (event.kind) {
    case 'certificate-ending':
      return { level: 'warn', ...event, validUntil: new Date(event.validUntil) };
    case 'lock-awaited':
      return { level: 'warn', kind: event.kind, message: formatAwaited(event.awaited), path: event.awaited.path };
    case 'certificate-misnamed':
    case 'certificate-refused':
    case 'htpasswd-refused':
    case 'rules-refused':
    case 'keys-unavailable':
    case 'record-unreadable':
    case 'lock-lost':
    case 'glass-broken':
    case 'damage-found':
      return { level: 'warn', ...event };
    case 'disk-writable':
      return { level: 'info', ...event };
    case 'disk-unwritable':
    case 'counts-unwritten':
    case 'collection-failed':
    case 'scrub-failed':
    case 'failed':
      return { level: 'warn', ...event, error: formatError(event.error) };
    default:
      return undefined;
  }
}

/** What the system or we ourselves refuse says it in its message; of anything else it matters where it came from. */
function formatError(error: unknown): string {
  if (!(error instanceof Error) || 'code' in error) return String(error);
  return error.stack ?? String(error);
}

/** Who asked for what, what came of it, and what changed. */
function progressOf(event: RegistryEvent): readonly LogLine[] {
  switch (event.kind) {
    case 'answered':
      return isProbe(event) ? [] : [{ level: 'info', ...event }];
    case 'certificate-loaded':
      return [{ level: 'info', ...event, validUntil: new Date(event.validUntil) }];
    case 'htpasswd-loaded':
    case 'rules-loaded':
    case 'keys-read':
    case 'repository-renamed':
    case 'sign-in-failed':
      return [{ level: 'info', ...event }];
    default:
      return journalRecordsOf(event, 0).map(({ kind, repository, fields }) => ({
        level: 'info',
        kind,
        ...(repository === undefined ? {} : { repository }),
        ...fields,
      }));
  }
}

/** Probes and scrapers ask every few seconds, and are of interest when they are told no. */
function isProbe({ path, status }: Extract<RegistryEvent, { readonly kind: 'answered' }>): boolean {
  return status === 200 && ['health', 'metrics'].includes(routeKindOf(path));
}

/** What the supervisor tells its log, where there is no terminal to be told. */
import type { LogLine } from './process/part-log.ts';
import type { ServiceEvent } from './supervisor/service-event.ts';

/** The line for an event; of the administrator's token only where it is kept, since more people read logs than that file. */
export function serviceEventLine(event: ServiceEvent): LogLine {
  const { kind, ...rest } = event;
  // Nested: `part` and `pid` are the names under which every line tells who wrote it.
  const fields = { event: rest };
  switch (kind) {
    case 'first-start': {
      const { adminTokenPath } = event;
      return {
        level: 'warn',
        fields: { adminTokenPath },
        message: "the administrator's token is in a file",
      };
    }
    case 'part-exited':
    case 'part-restart-failed':
      return { level: 'error', fields, message: kind };
    case 'warned':
      return { level: 'warn', fields, message: kind };
    case 'part-started':
    case 'part-restarted':
    case 'part-closed':
    case 'ready':
    case 'rules-changed':
    case 'closing':
      return { level: 'info', fields, message: kind };
  }
}

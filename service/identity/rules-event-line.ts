/** What the log is told of access rules that changed. */
import type { RulesEvent } from '../../registry/access/current-rules.ts';
import type { LogLine } from '../process/part-log.ts';

/** The line for an event. */
export function rulesEventLine(event: RulesEvent): LogLine {
  const { kind, ...fields } = event;
  switch (kind) {
    case 'rules-loaded':
      return { level: 'info', fields, message: 'access rules taken from the changed configuration' };
    case 'rules-refused':
      return {
        level: 'error',
        fields,
        message: 'the changed configuration cannot be used: access rules stay as they were',
      };
  }
}

/** What the log is told of identity. */

import type { IdentityEvent } from '../../identity/identity-event.ts';
import type { LogLine } from '../process/part-log.ts';

/** The line for an event. */
export function identityEventLine(event: IdentityEvent): LogLine {
  const { kind, ...fields } = event;
  switch (kind) {
    case 'keys-read':
      return { level: 'debug', fields, message: 'keys of an issuer read' };
    case 'keys-unavailable':
      return {
        level: event.goodForMs > 0 ? 'warn' : 'error',
        fields: { ...fields, code: 'IDENTITY_ISSUER_UNREACHABLE' },
        message: 'keys of an issuer cannot be read',
      };
    case 'repository-renamed':
      return { level: 'info', fields, message: 'a repository has another name than its access rule' };
  }
}

/** What the supervisor tells, one line each. */
import type { ServiceEvent } from '../service/supervisor/service-event.ts';
import { formatSpan } from './render/age.ts';
import type { Look } from './render/look.ts';
import { printable } from './render/width.ts';

/** The event as text that ends with a line break. */
export function serveEventLine(event: ServiceEvent, look: Look): string {
  const { palette } = look;
  switch (event.kind) {
    case 'first-start':
      return (
        `the administrator's token is ${palette.bold(printable(event.adminToken))}\n` +
        `it is kept in ${printable(event.adminTokenPath)}, readable for you only\n`
      );
    case 'part-started':
      return `${palette.dim(`${event.part} started${place(event.url)} (process ${event.pid})`)}\n`;
    case 'part-exited': {
      const how = event.signal ?? `exit code ${event.exitCode ?? 'unknown'}`;
      return `${palette.red(`${event.part} ended`)} (${how}), started again in ${formatSpan(event.restartDelayMs)}\n`;
    }
    case 'part-restarted':
      return `${palette.green(`${event.part} is back`)}${place(event.url)} (process ${event.pid})\n`;
    case 'part-restart-failed': {
      const next = `tried again in ${formatSpan(event.restartDelayMs)}`;
      return `${palette.red(`${event.part} does not start`)}: ${event.code}: ${printable(event.message)}; ${next}\n`;
    }
    case 'rules-changed':
      return `${palette.green('access rules changed')}: ${event.rules} from the configuration\n`;
    case 'warned':
      return `${palette.yellow('warning')} ${event.about}: ${printable(event.message)}\n`;
    case 'ready': {
      const api = event.apiUrl === undefined ? undefined : `API ${palette.bold(event.apiUrl)}`;
      const registry = event.registryUrl === undefined ? undefined : `registry ${palette.bold(event.registryUrl)}`;
      return `${palette.green('ready')}: ${[api, registry].filter((part) => part !== undefined).join(', ')}\n`;
    }
    case 'closing':
      return 'closing\n';
    case 'part-closed':
      return `${palette.dim(`${event.part} closed`)}\n`;
  }
}

function place(url: string | undefined): string {
  return url === undefined ? '' : ` on ${url}`;
}

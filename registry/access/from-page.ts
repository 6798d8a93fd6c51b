/** Whether a request was sent by a page in a browser. */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * A browser adds the password that was once typed into its prompt to whatever any site's page sends us, and sends a form
 * without asking first. With everything but a plain reading it says where the page is from; programs never do.
 *
 * Spec: Fetch Standard, "`Origin` header".
 */
export function isFromPage(headers: IncomingHttpHeaders): boolean {
  return 'origin' in headers;
}

/** What Redis says about itself in the answer to INFO. */

/** The fields of INFO that we act on; undefined where the server does not tell (managed services hide some). */
export interface ServerInfo {
  readonly version: string | undefined;
  readonly policy: string | undefined;
  readonly processId: number | undefined;
}

/** Reads `field:value` lines; unknown lines and sections are skipped. */
export function parseServerInfo(text: string): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const processId = Number(fields.get('process_id'));
  return {
    version: fields.get('redis_version'),
    policy: fields.get('maxmemory_policy'),
    processId: Number.isInteger(processId) && processId > 0 ? processId : undefined,
  };
}

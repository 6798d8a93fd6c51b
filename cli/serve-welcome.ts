/** What a newcomer types next, once `serve` works. */
import { join } from 'node:path';
import { isLoopbackHost } from '../api/loopback.ts';
import { printable } from './render/width.ts';
import { adminTokenFileName } from './token.ts';

export interface Welcomed {
  /** Undefined when the registry runs alone. */
  readonly apiUrl: string | undefined;
  /** Undefined when there is none. */
  readonly registryUrl: string | undefined;
  /** How clients call it. */
  readonly registryName: string | undefined;
}

export interface WelcomeFlags {
  /** What --data said; undefined when nothing. */
  readonly data: string | undefined;
  /** The data directory, as people would write it. */
  readonly dataDirectory: string;
  /** Whether the administrator's token is still in it. */
  readonly hasAdminToken: boolean;
  /** Where everything listens. */
  readonly host: string;
  /** Whether npx started us: then the program is on no path. */
  readonly isNpx: boolean;
}

/** The text, which ends with a line break. */
export function serveWelcome(welcomed: Welcomed, flags: WelcomeFlags): string {
  const { data, dataDirectory, host } = flags;
  const { apiUrl, registryName } = welcomed;
  const where = data === undefined ? '' : ` --data ${wordOf(data)}`;
  const program = flags.isNpx ? 'npx registry-action' : 'registry-action';
  const lines = ['', 'next, in another terminal:'];
  if (registryName !== undefined) {
    const image = `${new URL(registryName).host}/${apiUrl === undefined ? 'team/web' : 'dev/web'}:1.0.0`;
    const token = ` -u admin --password-stdin < ${wordOf(join(dataDirectory, adminTokenFileName))}`;
    lines.push(`  docker login ${new URL(registryName).host}${flags.hasAdminToken ? token : ' -u NAME'}`);
    lines.push(`  docker tag IMAGE ${image} && docker push ${image}`);
  }
  if (apiUrl === undefined) lines.push(`  ${program} users add NAME --role pusher${where}`);
  else {
    lines.push(`  ${program} status${where}`, `  ${program} promote web staging${where}`);
  }
  return `${[...warningsOf(welcomed, host), ...lines, '', 'press Ctrl-C to stop'].join('\n')}\n`;
}

/** Whoever opens it to a network without TLS should know, once. */
function warningsOf({ registryUrl, registryName }: Welcomed, host: string): readonly string[] {
  const isPlain = [registryUrl, registryName].every((url) => url?.startsWith('http:'));
  if (!isPlain || isLoopbackHost(host)) return [];
  return [
    'warning: the registry is open to the network without TLS: passwords and images travel unencrypted;',
    '         name a certificate with --tls-cert and --tls-key, or its address behind a proxy with --url',
  ];
}

/** A path as a word of the shell. */
function wordOf(path: string): string {
  return /^[\w./~+:@%-]+$/.test(path) ? path : `'${printable(path).replaceAll("'", "'\\''")}'`;
}

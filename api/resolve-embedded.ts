/** The embedded registry of a configuration, resolved. */
import { defaultEmbeddedConfig, type EmbeddedConfig } from '../core/embedded-config.ts';
import { fromDirectory } from './config-path.ts';
import type { ReportProblem } from './config-problem.ts';
import { parseRegistryUrl } from './registry-url.ts';
import type { WrittenParts } from './written-parts.ts';

/** The section with the defaults for what it leaves out; every fault is reported. Files are taken from `directory`. */
export function resolveEmbedded(
  { embedded }: Pick<WrittenParts, 'embedded'>,
  directory: string,
  report: ReportProblem,
): EmbeddedConfig {
  const { tls, htpasswd } = embedded;
  return {
    ...defaultEmbeddedConfig,
    url: resolveUrl(embedded.url, report),
    tls: tls && {
      certFile: fromDirectory(directory, tls.cert.file),
      keyFile: fromDirectory(directory, tls.key.file),
    },
    htpasswd: htpasswd && { file: fromDirectory(directory, htpasswd.file), role: htpasswd.role },
  };
}

function resolveUrl(written: string | undefined, report: ReportProblem): string | undefined {
  if (written === undefined) return undefined;
  const parsed = parseRegistryUrl(written);
  if (!('fault' in parsed)) return parsed.url;
  report(['embedded', 'url'], 'write scheme, host and port, such as https://registry.example.com, and nothing more');
  return undefined;
}

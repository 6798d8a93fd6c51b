/** The embedded registry of a configuration, resolved. */
import { defaultEmbeddedConfig, type EmbeddedConfig } from '../core/embedded-config.ts';
import { parseRepositoryPattern, repositoryPatternFault } from '../core/repository-pattern.ts';
import { defaultTagSettings, type TagSettings } from '../core/tag-settings.ts';
import { isAddressRange } from './address-range.ts';
import { fromDirectory } from './config-path.ts';
import type { ReportProblem } from './config-problem.ts';
import { parseRegistryUrl } from './registry-url.ts';
import { resolveRetention, resolveScrub } from './resolve-retention.ts';
import { resolveCollect } from './written-collect.ts';
import type { WrittenEmbedded } from './written-embedded.ts';
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
    rateLimit: embedded.rateLimit,
    proxies: resolveProxies(embedded.proxies, report),
    tags: resolveTags(embedded.tags, report),
    collect: resolveCollect(embedded.collect, report),
    retention: resolveRetention(embedded.retention, report),
    scrub: resolveScrub(embedded.scrub, report),
    htpasswd: htpasswd && { file: fromDirectory(directory, htpasswd.file), role: htpasswd.role },
  };
}

function resolveProxies(written: readonly string[] = [], report: ReportProblem): readonly string[] {
  return written.filter((text, at) => {
    if (isAddressRange(text)) return true;
    report(['embedded', 'proxies', at], 'not the address of a proxy, nor a network: write 127.0.0.1 or 10.0.0.0/8');
    return false;
  });
}

function resolveTags(written: WrittenEmbedded['tags'], report: ReportProblem): TagSettings {
  const { writeOnce = defaultTagSettings.writeOnce, exceptions = [] } = written ?? {};
  return {
    writeOnce,
    exceptions: exceptions.map((exception, at) => ({
      writeOnce: exception.writeOnce,
      repositories: exception.repositories.flatMap((pattern, place) => {
        const fault = repositoryPatternFault(pattern);
        if (fault === undefined) return [parseRepositoryPattern(pattern)];
        report(['embedded', 'tags', 'exceptions', at, 'repositories', place], `not a pattern of names: ${fault}`);
        return [];
      }),
    })),
  };
}

function resolveUrl(written: string | undefined, report: ReportProblem): string | undefined {
  if (written === undefined) return undefined;
  const parsed = parseRegistryUrl(written);
  if (!('fault' in parsed)) return parsed.url;
  report(['embedded', 'url'], 'write scheme, host and port, such as https://registry.example.com, and nothing more');
  return undefined;
}

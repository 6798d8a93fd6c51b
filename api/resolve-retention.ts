/** Retention rules and scrubs of a configuration, resolved. */
import { parseRepositoryPattern, type RepositoryPattern, repositoryPatternFault } from '../core/repository-pattern.ts';
import type { RetentionKeep, RetentionSettings } from '../core/retention-settings.ts';
import { defaultScrubSettings, type ScrubSettings } from '../core/scrub-settings.ts';
import type { ReportProblem } from './config-problem.ts';
import { parseDurationMs } from './duration.ts';
import type { WrittenRetention, WrittenScrub } from './written-retention.ts';

type WrittenRule = WrittenRetention[number];

/** The rules in their order; every fault is reported. */
export function resolveRetention(written: WrittenRetention | undefined, report: ReportProblem): RetentionSettings {
  return {
    rules: (written ?? []).map((rule, at) => ({
      repositories: resolvePatterns(rule, at, report),
      tags: rule.tags,
      keep: resolveKeep(rule, at, report),
      writtenOnce: rule.writtenOnce ?? false,
    })),
  };
}

/** How often and how fast, with the defaults for what is left out. */
export function resolveScrub(written: WrittenScrub | undefined, report: ReportProblem): ScrubSettings {
  const { every, megabytesPerSecond } = written ?? {};
  return {
    everyMs:
      every === undefined
        ? defaultScrubSettings.everyMs
        : every === 'off'
          ? undefined
          : resolveDuration(every, ['embedded', 'scrub', 'every'], report),
    bytesPerSecond:
      megabytesPerSecond === undefined ? defaultScrubSettings.bytesPerSecond : megabytesPerSecond * 1_000_000,
  };
}

function resolvePatterns(rule: WrittenRule, at: number, report: ReportProblem): readonly RepositoryPattern[] {
  return rule.repositories.flatMap((pattern, place) => {
    const fault = repositoryPatternFault(pattern);
    if (fault === undefined) return [parseRepositoryPattern(pattern)];
    report(['embedded', 'retention', at, 'repositories', place], `not a pattern of names: ${fault}`);
    return [];
  });
}

/** A rule that keeps nothing would remove every tag it is about: whoever wants that says so in another way. */
function resolveKeep({ keep, tags }: WrittenRule, at: number, report: ReportProblem): RetentionKeep {
  const place = ['embedded', 'retention', at, 'keep'] as const;
  const { newest, by = tags === 'semver' ? 'version' : 'push', pushedWithin, pulledWithin } = keep;
  if (newest === undefined && pushedWithin === undefined && pulledWithin === undefined) {
    report(place, 'it keeps nothing: write newest, pushedWithin or pulledWithin');
  }
  if (newest === undefined && keep.by !== undefined) report([...place, 'by'], 'it says nothing without newest');
  return {
    ...(newest === undefined ? {} : { newest: { count: newest, by } }),
    ...(pushedWithin === undefined
      ? {}
      : { pushedWithinMs: resolveDuration(pushedWithin, [...place, 'pushedWithin'], report) }),
    ...(pulledWithin === undefined
      ? {}
      : { pulledWithinMs: resolveDuration(pulledWithin, [...place, 'pulledWithin'], report) }),
  };
}

function resolveDuration(written: string, place: readonly (string | number)[], report: ReportProblem): number {
  const durationMs = parseDurationMs(written);
  if (durationMs === undefined) report(place, 'longer than a year: write 365d at most');
  return durationMs ?? 0;
}

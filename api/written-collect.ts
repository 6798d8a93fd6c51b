/** When the embedded registry collects what nothing keeps, in a configuration, as people write it. */
import { z } from 'zod';
import { type CollectSettings, defaultCollectSettings } from '../core/collect-settings.ts';
import type { ReportProblem } from './config-problem.ts';
import { durationPattern, parseDurationMs } from './duration.ts';

const duration = z.string().regex(durationPattern);

/** More than anybody goes back to. */
const previousDigestsMax = 30;

/** A push takes longer than less: a client would be failed by what is collected under its hands. */
const graceMsMin = 60_000;

/** `embedded.collect`. */
export const writtenCollectSchema = z.strictObject({
  every: z
    .union([duration, z.literal('off')])
    .optional()
    .meta({ description: 'How often what nothing keeps is collected, such as 1h, or off. Default: 1h.' }),
  grace: duration.optional().meta({
    description: 'How long nothing goes that a client was told of: longer than any push takes. Default: 1h.',
  }),
  untaggedFor: duration.optional().meta({
    description: 'How long an image stays after it lost its last tag, or was pulled last. Default: 7d.',
  }),
  previousDigests: z.int().min(0).max(previousDigestsMax).optional().meta({
    description: 'How many digests that a tag named before stay with it. Default: 5.',
  }),
});

/** What is to be written at each key below `embedded`. */
export const collectWordings: Readonly<Record<string, string>> = {
  collect: 'write { every: 1h, grace: 1h, untaggedFor: 7d, previousDigests: 5 }, or some of these',
  'collect.every': 'write a duration, such as 1h, or off',
  'collect.grace': 'write a duration, such as 1h',
  'collect.untaggedFor': 'write a duration, such as 7d',
  'collect.previousDigests': `write a whole number from 0 to ${previousDigestsMax}`,
};

/** The settings of the section, with the defaults for what it leaves out; every fault is reported. */
export function resolveCollect(
  written: z.infer<typeof writtenCollectSchema> = {},
  report: ReportProblem,
): CollectSettings {
  function durationAt(key: 'every' | 'grace' | 'untaggedFor', usual: number | undefined, leastMs: number) {
    const text = written[key];
    if (text === undefined) return usual;
    const durationMs = parseDurationMs(text);
    if (durationMs === undefined) report(['embedded', 'collect', key], 'longer than a year: write 365d at most');
    if (durationMs !== undefined && durationMs < leastMs) {
      report(['embedded', 'collect', key], `too short: write ${leastMs / 1000}s at least`);
    }
    return durationMs;
  }

  const { everyMs, graceMs, untaggedForMs, previousDigests } = defaultCollectSettings;
  return {
    everyMs: written.every === 'off' ? undefined : durationAt('every', everyMs, graceMsMin),
    graceMs: durationAt('grace', graceMs, graceMsMin) ?? graceMs,
    untaggedForMs: durationAt('untaggedFor', untaggedForMs, 0) ?? untaggedForMs,
    previousDigests: written.previousDigests ?? previousDigests,
  };
}

/** Retention rules and scrubs of the embedded registry in a configuration, as people write them. */
import { z } from 'zod';
import { durationPattern } from './duration.ts';

/** Longest text of a value. */
const textCharsMax = 1024;

/** Entries of a list. */
const listMax = 100;

/** Whoever keeps more of the newest keeps them all. */
const newestMax = 100_000;

const text = z.string().min(1).max(textCharsMax);
const texts = z.array(text).min(1).max(listMax);
const duration = z.string().regex(durationPattern);

const ruleSchema = z.strictObject({
  repositories: texts.meta({ description: 'Patterns of repository names, such as dev/**.' }),
  tags: z.union([z.literal('semver'), texts]).meta({
    description: 'Exact versions (semver), or patterns of tags such as pr-*.',
  }),
  keep: z
    .strictObject({
      newest: z.int().min(1).max(newestMax).optional().meta({ description: 'So many of the newest.' }),
      by: z.enum(['push', 'version']).optional().meta({ description: 'What makes one newer. Default: push.' }),
      pushedWithin: duration.optional().meta({ description: 'Those pushed lately, such as 30d.' }),
      pulledWithin: duration.optional().meta({ description: 'Those pulled lately, such as 90d.' }),
    })
    .meta({ description: 'What stays: each tag for which any of these holds.' }),
  writtenOnce: z
    .boolean()
    .optional()
    .meta({ description: 'Whether tags that are written once may go. Default: false.' }),
});

/** `embedded.retention`. */
export const writtenRetentionSchema = z.array(ruleSchema).max(listMax);

export type WrittenRetention = z.infer<typeof writtenRetentionSchema>;

/** Most that can be asked for; disks are no faster. */
const megabytesPerSecondMax = 100_000;

/** `embedded.scrub`. */
export const writtenScrubSchema = z.strictObject({
  every: z
    .union([duration, z.literal('off')])
    .optional()
    .meta({ description: 'How often everything is read again, such as 7d, or off. Default: 7d.' }),
  megabytesPerSecond: z.int().min(1).max(megabytesPerSecondMax).optional().meta({
    description: 'How fast it is read at most. Default: 20.',
  }),
});

export type WrittenScrub = z.infer<typeof writtenScrubSchema>;

/** What is to be written at each key below `embedded`; `*` stands for a place in a list. */
export const retentionWordings: Readonly<Record<string, string>> = {
  retention: 'write a list of { repositories: [patterns], tags: [patterns], keep: { newest: 10 } }',
  'retention.*': 'write { repositories: [patterns], tags: [patterns], keep: { newest: 10 } }',
  'retention.*.repositories': 'write a list of patterns of repository names, such as dev/**',
  'retention.*.tags': 'write semver, or a list of tag patterns such as pr-*',
  'retention.*.keep': 'write one or more of newest: 10, pushedWithin: 30d, pulledWithin: 90d',
  'retention.*.keep.newest': `write a whole number from 1 to ${newestMax}`,
  'retention.*.keep.by': 'write push or version',
  'retention.*.keep.pushedWithin': 'write a duration, such as 30d',
  'retention.*.keep.pulledWithin': 'write a duration, such as 90d',
  'retention.*.writtenOnce': 'write true or false',
  scrub: 'write { every: 7d, megabytesPerSecond: 20 }',
  'scrub.every': 'write a duration, such as 7d, or off',
  'scrub.megabytesPerSecond': `write a whole number from 1 to ${megabytesPerSecondMax}`,
};

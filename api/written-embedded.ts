/** The embedded registry in a configuration, as people write it. */
import { z } from 'zod';
import { roles } from '../core/access.ts';
import { collectWordings, writtenCollectSchema } from './written-collect.ts';
import { retentionWordings, writtenRetentionSchema, writtenScrubSchema } from './written-retention.ts';

/** Longest text of a value. */
const textCharsMax = 1024;

const text = z.string().min(1).max(textCharsMax);
const fileSchema = z.strictObject({ file: text });

/** Entries of a list. */
const listMax = 100;

/** Largest limit that still is one. */
const rateMax = 1_000_000;

const writeOnceSchema = z.union([z.enum(['semver', 'off']), z.array(text).max(listMax)]);

/** The section. A key that is added here also needs a line in `wordings` below, and one in resolve-embedded.ts. */
export const writtenEmbeddedSchema = z.strictObject({
  url: text.optional().meta({
    description: 'How clients call it, such as https://registry.example.com. Default: the address it listens on.',
  }),
  tls: z
    .strictObject({ cert: fileSchema, key: fileSchema })
    .optional()
    .meta({ description: 'PEM files with its certificate and key. Default: plain HTTP.' }),
  htpasswd: z
    .strictObject({
      file: text.meta({ description: 'Path of a file that `htpasswd -B` made; read again when it changes.' }),
      role: z.enum(roles).meta({ description: 'What every user in it may do; access rules can give more.' }),
    })
    .optional()
    .meta({ description: 'Users that another program keeps.' }),
  tags: z
    .strictObject({
      writeOnce: writeOnceSchema.optional().meta({
        description: 'Tags that never name another digest: exact versions (semver), none (off), or patterns of tags.',
      }),
      exceptions: z
        .array(z.strictObject({ repositories: z.array(text).min(1).max(listMax), writeOnce: writeOnceSchema }))
        .max(listMax)
        .optional()
        .meta({ description: 'What holds in some repositories instead; the first that matches counts.' }),
    })
    .optional()
    .meta({ description: 'Which tags are written once. Default: exact versions, everywhere.' }),
  rateLimit: z
    .strictObject({
      requestsPerSecond: z.number().min(0.1).max(rateMax).meta({ description: 'Of one caller, in the long run.' }),
      burst: z.int().min(1).max(rateMax).meta({ description: 'Of one caller, at once after a pause.' }),
    })
    .optional()
    .meta({ description: 'How many requests one user, token or network may make. Default: as many as they like.' }),
  proxies: z
    .array(text)
    .max(listMax)
    .optional()
    .meta({
      description:
        'Addresses and networks of the proxies in front of it, such as 127.0.0.1 or 10.0.0.0/8: they are believed when they ' +
        'say in X-Forwarded-For for whom they ask. Default: none.',
    }),
  collect: writtenCollectSchema
    .optional()
    .meta({ description: 'When what nothing keeps any more is collected, and how long it is kept till then.' }),
  retention: writtenRetentionSchema
    .optional()
    .meta({ description: 'Which tags go by themselves: the first rule that is about a tag decides. Default: none.' }),
  scrub: writtenScrubSchema
    .optional()
    .meta({ description: 'How often and how fast everything is read again, to find what went bad.' }),
});

/** The section as written. */
export type WrittenEmbedded = z.infer<typeof writtenEmbeddedSchema>;

/** What is to be written at each key; `*` stands for a name or a place in a list. */
const wordings: Readonly<Record<string, string>> = {
  url: 'write the address that clients use, such as https://registry.example.com',
  tls: 'write { cert: { file: path }, key: { file: path } } of PEM files',
  'tls.cert': 'write { file: path } of a PEM file',
  'tls.key': 'write { file: path } of a PEM file',
  'tls.cert.file': 'write the path of a PEM file',
  'tls.key.file': 'write the path of a PEM file',
  htpasswd: 'write { file: path, role: … }',
  'htpasswd.file': 'write the path of a file',
  tags: 'write { writeOnce: semver } and, if need be, exceptions',
  'tags.writeOnce': 'write semver, off, or a list of tag patterns such as release-*',
  'tags.exceptions': 'write a list of { repositories: [patterns], writeOnce: … }',
  'tags.exceptions.*': 'write { repositories: [patterns], writeOnce: … }',
  'tags.exceptions.*.repositories': 'write a list of patterns of repository names, such as team/**',
  'tags.exceptions.*.writeOnce': 'write semver, off, or a list of tag patterns such as release-*',
  rateLimit: 'write { requestsPerSecond: 50, burst: 1000 }',
  'rateLimit.requestsPerSecond': `write a number from 0.1 to ${rateMax}`,
  'rateLimit.burst': `write a whole number from 1 to ${rateMax}`,
  proxies: 'write a list of addresses and networks, such as [127.0.0.1, 10.0.0.0/8]',
  'proxies.*': 'write an address or a network, such as 127.0.0.1 or 10.0.0.0/8',
  ...collectWordings,
  ...retentionWordings,
  'htpasswd.role': `write one of ${roles.join(', ')}`,
};

/** What is to be written at a place of `embedded`, said in full. */
export function embeddedWordingAt([, ...keys]: readonly PropertyKey[]): string | undefined {
  if (keys.length === 0) return `write a mapping with some of ${Object.keys(writtenEmbeddedSchema.shape).join(', ')}`;
  return Object.entries(wordings).find(([place]) => isPlace(place.split('.'), keys))?.[1];
}

function isPlace(place: readonly string[], keys: readonly PropertyKey[]): boolean {
  return place.length === keys.length && place.every((part, at) => part === '*' || part === String(keys[at]));
}

/** Keys that may stand at a place of `embedded`, for suggestions; undefined where names are free. */
export function knownEmbeddedKeysAt([, ...keys]: readonly PropertyKey[]): readonly string[] | undefined {
  let schema: unknown = writtenEmbeddedSchema;
  for (const key of keys) schema = innerSchema(schema, key);
  const mapping = mappingIn(schema);
  return mapping === undefined ? undefined : Object.keys(mapping.shape);
}

/** The schema of what stands at the key; undefined where there is none. */
function innerSchema(schema: unknown, key: PropertyKey): unknown {
  const mapping = mappingIn(schema);
  if (mapping !== undefined) return mapping.shape[String(key)];
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (inner instanceof z.ZodArray) return inner.element;
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

/** The mapping that the schema is, or that one of its choices is. */
function mappingIn(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional) return mappingIn(schema.unwrap());
  if (!(schema instanceof z.ZodUnion)) return undefined;
  return schema.options.map(mappingIn).find((choice) => choice !== undefined);
}

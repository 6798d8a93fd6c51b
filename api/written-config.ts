/** The configuration as people write it: everything with a sensible default may be left out. */
import { z } from 'zod';
import { durationPattern } from './duration.ts';
import { appNameSchema, environmentNamePattern } from './field.ts';
import { knownAccessKeysAt, writtenAccessSchema, writtenIdentitySchema } from './written-access.ts';
import { knownEmbeddedKeysAt, writtenEmbeddedSchema } from './written-embedded.ts';

/** Longest name of a registry in the configuration. */
const registryNameCharsMax = 64;

/** Longest text of any other value. */
const textCharsMax = 1024;

const text = z.string().min(1).max(textCharsMax);

/** Where a secret is found. It has no place for the secret itself. */
const secretSourceSchema = z
  .strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .optional()
      .meta({ description: 'Name of the environment variable that holds the secret.' }),
    file: text
      .optional()
      .meta({ description: 'Path of the file that holds the secret, from the configuration’s folder.' }),
  })
  .refine((source) => (source.env === undefined) !== (source.file === undefined))
  .meta({ minProperties: 1, maxProperties: 1 });

const registryAuthSchema = z.union([
  z.enum(['anonymous', 'docker-config', 'ecr', 'gar', 'acr']),
  z.strictObject({ username: text, password: secretSourceSchema }),
  z.strictObject({ entraToken: secretSourceSchema }),
]);

/** One registry. */
export const writtenRegistrySchema = z.strictObject({
  url: text.meta({ description: 'https://host[:port]; without scheme https, or http for this machine.' }),
  auth: registryAuthSchema.optional().meta({
    description:
      'Default docker-config: what `docker login`, `podman login` and their helpers know. ecr, gar, acr: what the ' +
      'credential helper of Amazon, Google or Azure knows.',
  }),
  ca: z
    .strictObject({ file: text })
    .optional()
    .meta({ description: 'PEM file with the certificate authority of this registry.' }),
  clientCertificate: z
    .strictObject({ cert: z.strictObject({ file: text }), key: secretSourceSchema })
    .optional()
    .meta({ description: 'Certificate and key, in PEM, for a registry that wants to know who connects.' }),
  tokenService: text
    .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/)
    .optional()
    .meta({ description: 'host[:port] that makes the tokens of this registry, when it is at another site.' }),
  storage: text
    .regex(/^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/)
    .optional()
    .meta({
      description:
        'Where this registry redirects to for blobs, when that is in a private network: http://10.0.0.7:9000.',
    }),
});

/** One app. */
export const writtenAppSchema = z.strictObject({
  repository: text.meta({ description: 'Repository name, which templates use as {repository}.' }),
});

/** One environment. */
export const writtenEnvironmentSchema = z.strictObject({
  registry: text.meta({ description: 'Name of one of the registries above.' }),
  repository: text.meta({ description: 'Repository of an app here; {app} and {repository} are replaced.' }),
  from: text.optional().meta({ description: 'Environment it is promoted from; absent in the first one.' }),
  tier: z.enum(['development', 'production']).optional().meta({ description: 'Default development.' }),
  goodAfter: z
    .string()
    .regex(durationPattern)
    .optional()
    .meta({ description: 'A release that stayed current this long counts as good, such as 30m or 24h. Default 30m.' }),
  drift: z
    .enum(['report', 'heal', 'adopt'])
    .optional()
    .meta({ description: 'What becomes of a tag that other hands moved. Default report.' }),
  follow: z
    .enum(['newest', 'never'])
    .optional()
    .meta({ description: 'Whether the first environment follows the newest release by itself. Default never.' }),
});

const registryNameSchema = z
  .string()
  .max(registryNameCharsMax)
  .regex(/^[a-z0-9][a-z0-9._-]*$/);

/** The whole file. Environment names have rules of their own, see environment-name.ts. */
export const writtenConfigSchema = z
  .strictObject({
    registries: z
      .record(registryNameSchema, writtenRegistrySchema)
      .refine((registries) => Object.keys(registries).length > 0)
      .meta({ description: 'Registries by the names that environments use.', minProperties: 1 }),
    apps: z.record(appNameSchema, writtenAppSchema).optional().meta({ description: 'Apps by name.' }),
    discover: text
      .regex(/\/$/)
      .optional()
      .meta({ description: 'Repository prefix, such as dev/: every repository below it is an app.' }),
    environments: z
      .record(text.meta({ pattern: environmentNamePattern.source }), writtenEnvironmentSchema)
      .refine((environments) => Object.keys(environments).length > 0)
      .meta({ description: 'Environments by name.', minProperties: 1 }),
    identity: writtenIdentitySchema
      .optional()
      .meta({ description: 'Who the service believes when a workload of a CI system says who it is.' }),
    access: writtenAccessSchema
      .optional()
      .meta({ description: 'What workloads may do; one rule that matches is enough. Tokens have roles instead.' }),
    embedded: writtenEmbeddedSchema
      .optional()
      .meta({ description: 'The registry that `registry-action serve` starts.' }),
  })
  .meta({ title: 'registry-action configuration' });

/** A registry as written. */
export type WrittenRegistry = z.infer<typeof writtenRegistrySchema>;
/** An app as written. */
export type WrittenApp = z.infer<typeof writtenAppSchema>;
/** An environment as written. */
export type WrittenEnvironment = z.infer<typeof writtenEnvironmentSchema>;
/** Keys that may stand at a place of the file, for suggestions; undefined where names are free. */
export function knownKeysAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  const [section, , part, below] = path;
  if (path.length === 0) return Object.keys(writtenConfigSchema.shape);
  if (section === 'identity' || section === 'access') return knownAccessKeysAt(path);
  if (section === 'embedded') return knownEmbeddedKeysAt(path);
  if (path.length === 2 && section === 'registries') return Object.keys(writtenRegistrySchema.shape);
  if (path.length === 2 && section === 'apps') return Object.keys(writtenAppSchema.shape);
  if (path.length === 2 && section === 'environments') return Object.keys(writtenEnvironmentSchema.shape);
  if (part === 'ca' || below === 'cert') return ['file'];
  if (part === 'clientCertificate') return below === 'key' ? ['env', 'file'] : ['cert', 'key'];
  if (part !== 'auth') return undefined;
  return below === undefined ? ['username', 'password', 'entraToken'] : ['env', 'file'];
}

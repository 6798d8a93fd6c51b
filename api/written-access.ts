/** Who may do what in a configuration, as people write it: issuers of workloads' tokens, and rules. */
import { z } from 'zod';
import { grantedVerbs } from '../core/access.ts';
import { runners } from '../core/access-rule.ts';
import { repositoryPatternCharsMax } from '../core/repository-pattern.ts';
import { memberNameSchema } from './field.ts';

/** Longest text of a value. */
const textCharsMax = 512;

/** Longest name of an issuer: it begins the name of each of its workloads in records. */
const issuerNameCharsMax = 32;

/** Most rules: a company of a thousand repositories has one for each. */
const rulesMax = 2000;

/** Most names in one list of a rule. */
const namesMax = 200;

const text = z.string().min(1).max(textCharsMax);
const fileSchema = z.strictObject({ file: text });

/** An id, which YAML reads as a number. */
const idSchema = z.union([z.int().positive(), z.string().regex(/^[1-9]\d{0,19}$/)]);

/** One issuer. */
export const writtenIssuerSchema = z.strictObject({
  issuer: text.meta({
    description:
      'What its tokens say as iss, to the letter: https://token.actions.githubusercontent.com, on GitHub Enterprise ' +
      'Server https://HOST/_services/token, with data residency https://token.actions.SUBDOMAIN.ghe.com.',
  }),
  audience: text.meta({
    description: 'What tokens for this service say as aud, and no others: its own address is a good choice.',
  }),
  jwks: fileSchema
    .optional()
    .meta({ description: 'File with its public keys (a JSON Web Key Set), where it cannot be asked for them.' }),
  ca: fileSchema.optional().meta({ description: 'PEM file with its certificate authority.' }),
  allowNames: z.boolean().optional().meta({
    description: 'Whether rules may do with names, which can change hands, in the place of ids. Default false.',
  }),
});

const issuerNameSchema = z
  .string()
  .max(issuerNameCharsMax)
  .regex(/^[a-z0-9][a-z0-9._-]*$/);

/** Who the service believes. */
export const writtenIdentitySchema = z.strictObject({
  issuers: z
    .record(issuerNameSchema, writtenIssuerSchema)
    .refine((issuers) => Object.keys(issuers).length > 0)
    .meta({ description: 'Issuers of tokens by the names that rules use.', minProperties: 1 }),
});

/** What a workload must show. */
export const writtenWhoSchema = z.strictObject({
  issuer: text.optional().meta({ description: 'Name of an issuer above; needed where there are several.' }),
  repository: text.meta({ description: 'owner/name. Only shown where the ids are bound.' }),
  repositoryId: idSchema.optional().meta({ description: 'Id of the repository, which stays when it is renamed.' }),
  ownerId: idSchema.optional().meta({ description: 'Id of its owner.' }),
  workflow: text.optional().meta({
    description:
      'Workflow file with its ref, such as .github/workflows/promote.yml@refs/heads/main; owner/name/ before it where ' +
      'it lies in another repository. In the ref * stands for anything without a slash, ** for anything.',
  }),
  ref: text.optional().meta({ description: 'Git ref of the run, such as refs/heads/main or refs/tags/v*.' }),
  environment: text.optional().meta({
    description: 'Environment that the job names; its protection rules on GitHub then stand before every promotion.',
  }),
  events: z
    .array(z.string().regex(/^[a-z_]{1,64}$/))
    .min(1)
    .max(namesMax)
    .optional()
    .meta({
      description:
        'Events whose runs are taken. Default push, release, repository_dispatch, schedule and workflow_dispatch: ' +
        'others, such as pull_request and issue_comment, can be set off by anybody.',
    }),
  runner: z.enum(runners).optional().meta({ description: 'Kind of machine the job runs on.' }),
});

/** A rule for users and tokens; who is no workload. */
export const writtenMemberSchema = z.union([
  z.enum(['everyone', 'anonymous']),
  z.strictObject({ user: memberNameSchema.meta({ description: 'Name of a user who signs in with a password.' }) }),
  z.strictObject({ token: memberNameSchema.meta({ description: 'Name of an API token.' }) }),
]);

/** One rule. */
export const writtenRuleSchema = z.strictObject({
  who: z.union([writtenWhoSchema, ...writtenMemberSchema.options]).meta({
    description:
      'What the token of a job must say, { user: NAME }, { token: NAME }, everyone for all users and tokens, or ' +
      'anonymous for anybody at all.',
  }),
  may: z.array(z.enum(grantedVerbs)).min(1).max(namesMax).meta({
    description: 'What they may do. Reading comes with promoting and rolling back.',
  }),
  in: z.array(text).min(1).max(namesMax).optional().meta({ description: 'Environments to promote and roll back in.' }),
  apps: z
    .array(text)
    .min(1)
    .max(namesMax)
    .optional()
    .meta({ description: 'Apps to promote and roll back; absent: all of them.' }),
  repositories: z
    .array(z.string().min(1).max(repositoryPatternCharsMax))
    .min(1)
    .max(namesMax)
    .optional()
    .meta({
      description:
        'Repositories of the embedded registry in which the rest may be done: * stands for anything within a part of ' +
        'a name, ** for any number of parts.',
    }),
});

/** Every rule. */
export const writtenAccessSchema = z.array(writtenRuleSchema).max(rulesMax);

/** An issuer as written. */
export type WrittenIssuer = z.infer<typeof writtenIssuerSchema>;
/** What a workload must show, as written. */
export type WrittenWho = z.infer<typeof writtenWhoSchema>;
/** A user or token, or many of them, as written. */
export type WrittenMember = z.infer<typeof writtenMemberSchema>;
/** A rule as written. */
export type WrittenRule = z.infer<typeof writtenRuleSchema>;

/** Keys that may stand at a place of `identity` or `access`, for suggestions; undefined where names are free. */
export function knownAccessKeysAt([section, first, second, part]: readonly PropertyKey[]):
  | readonly string[]
  | undefined {
  if (section === 'access') {
    if (first === undefined) return undefined;
    return second === 'who'
      ? [...Object.keys(writtenWhoSchema.shape), 'user', 'token']
      : Object.keys(writtenRuleSchema.shape);
  }
  if (first === undefined) return Object.keys(writtenIdentitySchema.shape);
  if (second === undefined) return undefined;
  return part === undefined ? Object.keys(writtenIssuerSchema.shape) : Object.keys(fileSchema.shape);
}

/** What is to be written at a place of `identity` or `access`, said in full. */
export function accessWordingAt([section, first, second, part]: readonly PropertyKey[]): string | undefined {
  if (section === 'access') return ruleWording(first, second, part);
  if (first === undefined || second === undefined) return 'write { issuers: { NAME: { issuer: …, audience: … } } }';
  switch (part) {
    case 'issuer':
      return 'write what its tokens say as iss, such as https://token.actions.githubusercontent.com';
    case 'audience':
      return 'write one text that tokens for this service say as aud, such as its own address';
    case 'jwks':
      return 'write { file: path } of a JSON Web Key Set';
    case 'ca':
      return 'write { file: path } of a PEM file';
    case 'allowNames':
      return 'write true or false';
    default:
      return 'write { issuer: …, audience: … }';
  }
}

function ruleWording(
  first: PropertyKey | undefined,
  second: PropertyKey | undefined,
  part: PropertyKey | undefined,
): string | undefined {
  if (first === undefined) return `write a list of at most ${rulesMax} rules`;
  if (second === undefined) return 'write { who: …, may: […], in: […] } or { who: …, may: […], repositories: […] }';
  if (second === 'may') return part === undefined ? `write a list of ${grantedVerbs.join(', ')}` : undefined;
  if (second === 'in') return 'write a list of environments';
  if (second === 'apps') return 'write a list of apps, or take it out for all of them';
  if (second === 'repositories') return 'write a list of patterns, such as team/**';
  switch (part) {
    case undefined:
      return (
        'write what the token of a job must say: { repository: …, repositoryId: …, ownerId: … }; or { user: NAME }, ' +
        '{ token: NAME }, everyone or anonymous'
      );
    case 'user':
    case 'token':
      return 'write its name: letters, digits and . _ @ -';
    case 'repository':
      return 'write owner/name';
    case 'repositoryId':
    case 'ownerId':
      return 'write the number that GitHub has for it';
    case 'events':
      return 'write a list of events, such as push and workflow_dispatch';
    case 'runner':
      return undefined;
    default:
      return 'write a text';
  }
}

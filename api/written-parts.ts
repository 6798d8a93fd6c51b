/** What can be understood of a written configuration, so that one fault does not hide others. */
import type { z } from 'zod';
import { isMapping } from './mapping.ts';
import {
  type WrittenIssuer,
  type WrittenMember,
  type WrittenRule,
  type WrittenWho,
  writtenIssuerSchema,
  writtenMemberSchema,
  writtenRuleSchema,
  writtenWhoSchema,
} from './written-access.ts';
import {
  type WrittenApp,
  type WrittenEnvironment,
  type WrittenRegistry,
  writtenAppSchema,
  writtenEnvironmentSchema,
  writtenRegistrySchema,
} from './written-config.ts';
import { type WrittenEmbedded, writtenEmbeddedSchema } from './written-embedded.ts';

/** A section: every name in written order, with those of its settings that have the right shape. */
export type Section<Part> = ReadonlyMap<string, Some<Part>>;

type Some<Part> = { readonly [Key in keyof Part]?: Part[Key] | undefined };

/** The sections of a written configuration, as far as they can be understood. */
export interface WrittenParts {
  readonly registries: Section<WrittenRegistry>;
  readonly apps: Section<WrittenApp>;
  readonly discover: string | undefined;
  readonly environments: Section<WrittenEnvironment>;
  readonly issuers: Section<WrittenIssuer>;
  /** In written order, as far as each can be understood. */
  readonly rules: readonly RuleParts[];
  readonly embedded: Some<WrittenEmbedded>;
}

/** A rule, as far as it can be understood. */
export type RuleParts = Omit<Some<WrittenRule>, 'who'> & {
  readonly who: Some<WrittenWho>;
  /** Undefined where the rule is for a workload. */
  readonly member: WrittenMember | undefined;
  /** Keys that the rule and its `who` have, those with a fault of shape included. */
  readonly keys: ReadonlySet<string>;
};

/** What can be understood of the value; settings of the wrong shape are left out. */
export function readParts(written: unknown): WrittenParts {
  const sections = isMapping(written) ? written : {};
  const discover = sections['discover'];
  const identity = sections['identity'];
  const access = sections['access'];
  return {
    registries: readSection(sections['registries'], writtenRegistrySchema.partial()),
    apps: readSection(sections['apps'], writtenAppSchema.partial()),
    discover: typeof discover === 'string' ? discover : undefined,
    environments: readSection(sections['environments'], writtenEnvironmentSchema.partial()),
    issuers: readSection(isMapping(identity) ? identity['issuers'] : undefined, writtenIssuerSchema.partial()),
    rules: Array.isArray(access) ? access.map(readRule) : [],
    embedded: readSettings(sections['embedded'], writtenEmbeddedSchema.partial()),
  };
}

type PartSchema<Part> = z.ZodType<Part> & { readonly shape: Readonly<Record<string, z.ZodType>> };

function readSection<Part extends object>(
  value: unknown,
  schema: PartSchema<Part>,
): ReadonlyMap<string, Partial<Part>> {
  if (!isMapping(value)) return new Map();
  return new Map(Object.entries(value).map(([name, one]) => [name, readSettings(one, schema)]));
}

function readRule(value: unknown): RuleParts {
  const { who: _, ...settings } = readSettings(value, writtenRuleSchema.partial());
  const rule = isMapping(value) ? value : {};
  const who = isMapping(rule['who']) ? rule['who'] : {};
  const keys = new Set([...Object.keys(rule), ...Object.keys(who)]);
  const member = writtenMemberSchema.safeParse(rule['who']).data;
  return { ...settings, who: readSettings(who, writtenWhoSchema.partial()), member, keys };
}

function readSettings<Part extends object>(value: unknown, schema: PartSchema<Part>): Partial<Part> {
  if (!isMapping(value)) return {};
  const sound = Object.entries(value).filter(
    ([key, setting]) => schema.shape[key]?.safeParse(setting).success === true,
  );
  return schema.safeParse(Object.fromEntries(sound)).data ?? {};
}

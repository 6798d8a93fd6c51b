/** What can be understood of a written configuration, so that one fault does not hide others. */
import type { z } from 'zod';
import { isMapping } from './mapping.ts';
import {
  type WrittenApp,
  type WrittenEnvironment,
  type WrittenRegistry,
  writtenAppSchema,
  writtenEnvironmentSchema,
  writtenRegistrySchema,
} from './written-config.ts';

/** A section: every name in written order, with those of its settings that have the right shape. */
export type Section<Part> = ReadonlyMap<string, Some<Part>>;

type Some<Part> = { readonly [Key in keyof Part]?: Part[Key] | undefined };

/** The sections of a written configuration, as far as they can be understood. */
export interface WrittenParts {
  readonly registries: Section<WrittenRegistry>;
  readonly apps: Section<WrittenApp>;
  readonly discover: string | undefined;
  readonly environments: Section<WrittenEnvironment>;
}

/** What can be understood of the value; settings of the wrong shape are left out. */
export function readParts(written: unknown): WrittenParts {
  const sections = isMapping(written) ? written : {};
  const discover = sections['discover'];
  return {
    registries: readSection(sections['registries'], writtenRegistrySchema.partial()),
    apps: readSection(sections['apps'], writtenAppSchema.partial()),
    discover: typeof discover === 'string' ? discover : undefined,
    environments: readSection(sections['environments'], writtenEnvironmentSchema.partial()),
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

function readSettings<Part extends object>(value: unknown, schema: PartSchema<Part>): Partial<Part> {
  if (!isMapping(value)) return {};
  const sound = Object.entries(value).filter(
    ([key, setting]) => schema.shape[key]?.safeParse(setting).success === true,
  );
  return schema.safeParse(Object.fromEntries(sound)).data ?? {};
}

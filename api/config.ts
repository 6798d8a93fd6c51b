/** The configuration file: from YAML text to `Config`, and what holds without a file. */
import { z } from 'zod';
import type { Config, EnvironmentConfig } from '../core/config.ts';
import { defaultEmbeddedConfig } from '../core/embedded-config.ts';
import { InputError } from '../errors/errors.ts';
import { formatKeyPath } from './config-problem.ts';
import { shapeProblems } from './config-shape.ts';
import { isMapping } from './mapping.ts';
import { environmentDefaults, resolveConfig } from './resolve-config.ts';
import { splitUnsupported } from './unsupported-config.ts';
import { writtenConfigSchema } from './written-config.ts';
import { readParts } from './written-parts.ts';
import { readYaml } from './yaml-file.ts';

/** Name of the embedded registry in the configuration that holds without a file. */
export const embeddedRegistryName = 'embedded';

/** Where `serve` has that registry unless told otherwise. */
const defaultEmbeddedUrl = 'http://127.0.0.1:7421';

/**
 * The configuration of a YAML text. Relative paths in it are taken from the file's folder. A file about nothing but
 * access and the embedded registry leaves the environments as they are without a file, on the registry at `embeddedUrl`.
 *
 * @throws InputError CONFIG_INVALID with every fault: its line, key path and way out, also in `fields.problems`.
 */
export function parseConfig(text: string, fileName: string, embeddedUrl = defaultEmbeddedUrl): Config {
  const file = readYaml(text);
  if (file.problems.length > 0) throw invalid(fileName, file.problems);
  if (!isMapping(file.value))
    throw invalid(
      fileName,
      shapeProblems(file.value).map((problem) => ({ ...problem, line: 1 })),
    );
  const { rest, problems } = splitUnsupported(withPlaces(file.value, embeddedUrl));
  const { config, problems: faults } = resolveConfig(readParts(rest), directoryOf(fileName));
  const all = [...problems, ...shapeProblems(rest), ...faults];
  if (all.length === 0) return config;
  const placed = all.map((problem) => ({ ...problem, line: file.lineOf(problem.path) }));
  throw invalid(
    fileName,
    placed.sort((a, b) => a.line - b.line),
  );
}

/** Sections that say which environments there are, and where. */
const placeSections = ['registries', 'apps', 'discover', 'environments'] as const;
/** Sections that a file may consist of without them. */
const otherSections = ['embedded', 'access', 'identity'] as const;

/** The sections of the file, with those that hold without a file in the place of places that it does not name. */
function withPlaces(
  written: Readonly<Record<string, unknown>>,
  embeddedUrl: string,
): Readonly<Record<string, unknown>> {
  const isAboutPlaces = placeSections.some((section) => section in written);
  if (isAboutPlaces || !otherSections.some((section) => section in written)) return written;
  return { ...writtenPlaces(embeddedUrl), ...written };
}

/** `defaultConfig` as it would be written. */
function writtenPlaces(embeddedUrl: string): Readonly<Record<string, unknown>> {
  const registry = embeddedRegistryName;
  return {
    registries: { [registry]: { url: embeddedUrl } },
    discover: 'dev/',
    environments: {
      dev: { registry, repository: '{repository}', follow: 'newest', goodAfter: '0s' },
      staging: { registry, repository: 'staging/{app}', from: 'dev', goodAfter: '0s' },
      production: { registry, repository: 'production/{app}', from: 'staging', tier: 'production', goodAfter: '0s' },
    },
  };
}

/** What holds without a file: dev, staging and production on one registry, and every repository below dev/ an app. */
export function defaultConfig(registryUrl: string): Config {
  const registry = {
    name: embeddedRegistryName,
    url: registryUrl,
    auth: { kind: 'docker-config' },
    caFile: undefined,
    clientCertificate: undefined,
    tokenService: undefined,
    storage: undefined,
  } as const;
  return {
    registries: { [embeddedRegistryName]: registry },
    apps: {},
    discover: 'dev/',
    environments: [
      { ...defaultEnvironment('dev', undefined, '{repository}'), follow: 'newest' },
      defaultEnvironment('staging', 'dev', 'staging/{app}'),
      { ...defaultEnvironment('production', 'staging', 'production/{app}'), tier: 'production' },
    ],
    issuers: [],
    access: [],
    embedded: defaultEmbeddedConfig,
  };
}

function defaultEnvironment(name: string, from: string | undefined, repositoryTemplate: string): EnvironmentConfig {
  const locations = [{ registry: embeddedRegistryName, repositoryTemplate }] as const;
  // Whoever tries the product out rolls back a minute after promoting: every release that was current is good enough then.
  return { ...environmentDefaults, goodAfterMs: 0, name, from, locations };
}

/** JSON Schema of the file, for editors; kept as docs/config.schema.json. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { required, ...schema } = z.toJSONSchema(writtenConfigSchema, { target: 'draft-2020-12', io: 'input' });
  return { ...schema, dependentRequired: Object.fromEntries(placeSections.map((section) => [section, required])) };
}

interface PlacedProblem {
  readonly line: number;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function invalid(fileName: string, placed: readonly PlacedProblem[]): InputError {
  const problems = placed.map(({ line, path, message }) => {
    const key = formatKeyPath(path);
    return `line ${line}: ${key === '' ? '' : `${key}: `}${message}`;
  });
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new InputError({
    code: 'CONFIG_INVALID',
    message: `${count} in ${fileName}\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    fields: { problems },
  });
}

function directoryOf(fileName: string): string {
  const slash = Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\'));
  return slash < 0 ? '' : fileName.slice(0, Math.max(slash, 1));
}

/** The faults of shape in a written configuration: unknown and missing keys, values of the wrong kind. */
import type { core } from 'zod';
import { nearestName } from '../core/nearest-name.ts';
import { type ConfigProblem, formatKeyPath, type KeyPath } from './config-problem.ts';
import { isMapping } from './mapping.ts';
import { accessWordingAt } from './written-access.ts';
import { knownKeysAt, writtenConfigSchema } from './written-config.ts';
import { embeddedWordingAt } from './written-embedded.ts';

/** Every fault of shape. Messages are of our own making and never hold a value: it may be a secret. */
export function shapeProblems(written: unknown): readonly ConfigProblem[] {
  if (!isMapping(written)) return [{ path: [], message: wholeFile }];
  const outcome = writtenConfigSchema.safeParse(written);
  if (outcome.success) return [];
  const problems = outcome.error.issues.flatMap(flattenIssue).flatMap((issue) => problemsOf(issue, written));
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const text = `${formatKeyPath(path)}: ${message}`;
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

const wholeFile =
  'write the keys registries, apps or discover, and environments; or embedded, access and identity alone';

/** An issue of a union as the issues of the branch that was meant; other issues as they are. */
function flattenIssue(issue: core.$ZodIssue): readonly core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.filter(
    (branch) => !branch.some(({ path, code }) => path.length === 0 && refusesKind(code)),
  );
  const meant = branches.find((branch) => !branch.some(({ code }) => code === 'unrecognized_keys')) ?? least(branches);
  if (meant === undefined) return [issue];
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** The branch with the fewest faults, of equals the first. */
function least<Issue>(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.toSorted((one, other) => one.length - other.length)[0];
}

function refusesKind(code: string): boolean {
  return code === 'invalid_type' || code === 'invalid_value';
}

function problemsOf(issue: core.$ZodIssue, written: unknown): readonly ConfigProblem[] {
  const secret = secretMessage(issue.path);
  if (secret !== undefined) return [{ path: secret.path, message: secret.message }];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key, written));
  return [{ path: issue.path, message: messageOf(issue, valueAt(written, issue.path)) }];
}

/** Below `auth` and the key of a certificate even a name can be a misplaced secret: nothing found there is repeated. */
function secretMessage(path: KeyPath): ConfigProblem | undefined {
  const [section, , part, below, kind] = path;
  if (section !== 'registries') return undefined;
  const isSource = part === 'auth' ? below === 'password' || below === 'entraToken' : isKey(part, below);
  if (isSource && kind === 'env') {
    return { path, message: 'write the name of an environment variable: letters, digits and underscores' };
  }
  if (isSource) {
    return {
      path: path.slice(0, 4),
      message: 'write { env: NAME } or { file: path }: a secret itself never stands in the configuration',
    };
  }
  if (part !== 'auth') return undefined;
  if (below === 'username') return { path, message: 'write the user name as text' };
  return {
    path,
    message:
      'write anonymous, docker-config, ecr, gar, acr, { username: …, password: { env: NAME } } or ' +
      '{ entraToken: { file: path } }',
  };
}

function isKey(part: PropertyKey | undefined, below: PropertyKey | undefined): boolean {
  return part === 'clientCertificate' && below === 'key';
}

function unknownKey(path: KeyPath, key: string, written: unknown): ConfigProblem {
  const siblings = valueAt(written, path);
  const known = (knownKeysAt(path) ?? []).filter((each) => !isMapping(siblings) || !(each in siblings));
  const meant = nearestName(key, known) ?? nearestName(key, knownKeysAt(path) ?? []);
  const suggestion =
    meant === undefined ? `there are ${(knownKeysAt(path) ?? []).join(', ')}` : `did you mean ${meant}?`;
  return { path: [...path, key], message: `unknown key; ${suggestion}` };
}

function messageOf(issue: core.$ZodIssue, value: unknown): string {
  const rule = ruleAt(issue.path);
  if (value === undefined) return `is missing${rule === undefined ? '' : `; ${rule}`}`;
  if (issue.code === 'invalid_key')
    return 'not a valid name: write lower-case letters, digits, dots, dashes or underscores';
  if (issue.code === 'invalid_value') return `write ${listOf(issue.values.map(String))}`;
  if (isMapping(value) && Object.keys(value).length === 0) return 'is empty; name at least one';
  return rule ?? (issue.code === 'invalid_type' ? kindWanted(issue.expected) : 'is not valid');
}

/** What is to be written at a place, said in full. */
function ruleAt(path: KeyPath): string | undefined {
  const [section, , part] = path;
  if (section === 'identity' || section === 'access') return accessWordingAt(path);
  if (section === 'embedded') return embeddedWordingAt(path);
  if (section === 'discover') return 'write a repository prefix that ends in a slash, such as dev/';
  if (path.length === 1) return 'write a mapping from names to settings';
  if (path.length === 2) return 'write a mapping of settings';
  switch (part) {
    case 'url':
      return 'write the address of a registry, such as https://ghcr.io';
    case 'ca':
      return 'write { file: path } of a PEM file';
    case 'clientCertificate':
      return 'write { cert: { file: path }, key: { file: path } } of PEM files';
    case 'tokenService':
      return 'write a host, such as auth.example.com or auth.example.com:5001';
    case 'storage':
      return 'write an address without a path, such as http://10.0.0.7:9000';
    case 'goodAfter':
      return 'write a duration, such as 30m, 24h or 7d';
    case 'registry':
      return 'write the name of a registry';
    case 'repository':
      return section === 'apps'
        ? 'write a repository name, such as acme/web'
        : 'write a repository, such as staging/{app}';
    case 'from':
      return 'write the name of the environment it is promoted from';
    default:
      return undefined;
  }
}

function kindWanted(expected: string): string {
  return expected === 'string' ? 'write a text' : 'write a mapping';
}

function listOf(words: readonly string[]): string {
  const [last, ...before] = [...words].reverse();
  if (last === undefined) return 'take it out';
  return before.length === 0 ? last : `${before.reverse().join(', ')} or ${last}`;
}

function valueAt(written: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isMapping(value) ? value[String(key)] : undefined;
  }, written);
}

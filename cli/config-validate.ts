/** `config validate FILE`: says what is wrong with a configuration, or what it comes to. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseConfig } from '../api/config.ts';
import type { AccessRule } from '../core/access-rule.ts';
import type { Config } from '../core/config.ts';
import { InputError } from '../errors/errors.ts';
import { defaultConfigFile } from './config-file.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { glyph } from './render/glyph.ts';
import { lineOf } from './render/line.ts';
import type { Look } from './render/look.ts';
import { renderTable } from './render/table.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

export interface ConfigValidateFlags {
  readonly json: boolean;
}

/** Prints the resolved configuration in short; @throws InputError CONFIG_INVALID with every problem. */
export async function configValidate(
  shell: Shell,
  named: string | undefined,
  flags: ConfigValidateFlags,
): Promise<ExitCode> {
  const file = named ?? shell.env['REGISTRY_ACTION_CONFIG'] ?? defaultConfigFile;
  const config = parseConfig(await readConfigFile(resolve(shell.cwd, file), file), file);
  if (flags.json) writeJson(shell, { valid: true, file, config });
  else shell.stdout.write(renderConfig(shell, file, config));
  return exitCodes.done;
}

async function readConfigFile(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'CONFIG_INVALID',
      message: `cannot read the configuration: ${file}`,
      wayOut: 'name the file: registry-action config validate FILE',
      cause,
    });
  }
}

function renderConfig(shell: Shell, file: string, config: Config): string {
  const look = shell.stdout.look();
  const { palette } = look;
  const apps = Object.keys(config.apps);
  const rows = config.environments.map((environment) => [
    lineOf(`  ${environment.name}`, palette.bold),
    lineOf(environment.from === undefined ? 'first' : `from ${environment.from}`),
    lineOf(
      environment.locations.map(({ registry, repositoryTemplate }) => `${registry}/${repositoryTemplate}`).join(', '),
    ),
    lineOf(environment.tier === 'production' ? 'production' : '', palette.yellow),
  ]);
  const found = config.discover === undefined ? '' : `every repository below ${config.discover}`;
  const registries = Object.values(config.registries).map(({ name, url }) => `${name} ${url}`);
  return [
    `${palette.green(glyph('right', look))} ${file} is valid`,
    `registries: ${registries.join(', ')}`,
    `apps: ${[...apps, found].filter((text) => text !== '').join(', ')}`,
    `environments:`,
    renderTable(rows, look),
    ...renderAccess(config, look),
  ].join('\n');
}

/** Who may do what beside the roles of users and tokens; nothing where nobody may. */
function renderAccess({ issuers, access }: Config, look: Look): readonly string[] {
  const forWorkloads = access.filter(({ who }) => !('kind' in who));
  const forMembers = access.filter(({ who }) => 'kind' in who);
  return [
    ...(issuers.length === 0
      ? []
      : [
          `workloads of ${issuers.map(({ name, issuer }) => `${name} ${issuer}`).join(', ')}:`,
          forWorkloads.length === 0 ? '  none may do anything' : renderRules(forWorkloads, look),
        ]),
    ...(forMembers.length === 0 ? [] : ['users and tokens, beside their roles:', renderRules(forMembers, look)]),
  ];
}

function renderRules(rules: readonly AccessRule[], look: Look): string {
  const rows = rules.map(({ number, who, may, in: environments, apps, repositories = [] }) => [
    lineOf(`  ${number}`),
    lineOf(nameOf(who), look.palette.bold),
    lineOf(may.join(', ')),
    lineOf(
      [...environments, ...repositories].length === 0 ? '' : `in ${[...environments, ...repositories].join(', ')}`,
    ),
    lineOf(apps === undefined ? '' : `for ${apps.join(', ')}`),
  ]);
  return renderTable(rows, look);
}

function nameOf(who: AccessRule['who']): string {
  if (!('kind' in who)) return who.repository;
  return 'name' in who ? `${who.kind} ${who.name}` : who.kind;
}

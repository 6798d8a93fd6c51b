/** The verbs that run something on this machine. What each is made of is loaded when it is asked for. */
import { type Command, InvalidArgumentError } from 'commander';
import { defaultConfigFile } from '../config-file.ts';
import type { ConfigValidateFlags } from '../config-validate.ts';
import { defaultDataDirectory } from '../data-directory.ts';
import type { DemoFlags } from '../demo.ts';
import type { RunVerb } from '../run-verb.ts';
import type { ServeFlags } from '../serve.ts';
import { withJson } from './flags.ts';

/** Adds serve, demo and config. */
export function addMachineVerbs(program: Command, run: RunVerb): void {
  const serveVerb = program
    .command('serve')
    .description('run registry, Redis, API and workers here, until Ctrl-C; needs no configuration')
    .option('--data <directory>', `where everything is kept (REGISTRY_ACTION_DATA, else ${defaultDataDirectory})`)
    .option('--config <file>', 'registries, apps and environments (REGISTRY_ACTION_CONFIG, else the embedded registry)')
    .option('--host <address>', 'address to listen on; 127.0.0.1 when absent', '127.0.0.1')
    .option('--api-port <port>', 'port of the API; 7420 when absent, 0 takes a free one', parsePort, 7420)
    .option('--registry-port <port>', 'port of the registry; 7421 when absent, 0 takes a free one', parsePort, 7421)
    .option('--workers <count>', 'worker processes; 1 when absent, 0 when they run elsewhere', parseWorkers, 1)
    .option('--registry-only', 'run the registry alone: no Redis, no API, no workers', false)
    .option('--port <port>', 'port of the registry, with --registry-only', parsePort)
    .option('--url <url>', 'how clients call the registry, such as https://registry.example.com')
    .option('--tls-cert <file>', 'PEM file with the certificate that the registry shows, and its chain')
    .option('--tls-key <file>', 'PEM file with the key of that certificate, not encrypted')
    .action((flags: ServeFlags) => run(async (shell) => (await import('../serve.ts')).serve(shell, flags)));
  withJson(serveVerb);

  const demoVerb = program
    .command('demo')
    .description('show everything in a minute: push, promote, roll back; leaves nothing behind')
    .option('--builder <name>', 'build with buildah, docker, podman or none (the first there is when absent)')
    .action((flags: DemoFlags) => run(async (shell) => (await import('../demo.ts')).demo(shell, flags)));
  withJson(demoVerb);

  const config = program.command('config').description('look at a configuration file');
  const validateVerb = config
    .command('validate')
    .description('say what is wrong with a configuration, or what it comes to')
    .argument('[file]', `REGISTRY_ACTION_CONFIG, else ${defaultConfigFile}, when absent`)
    .action((file: string | undefined, flags: ConfigValidateFlags) =>
      run(async (shell) => (await import('../config-validate.ts')).configValidate(shell, file, flags)),
    );
  withJson(validateVerb);
  const schemaVerb = config
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors; it is JSON in any case')
    .action(() => run(async (shell) => (await import('../config-schema.ts')).configSchema(shell)));
  withJson(schemaVerb);
}

const portMax = 65_535;
const workersMax = 64;

function parsePort(text: string): number {
  return parseCount(text, portMax);
}

function parseWorkers(text: string): number {
  return parseCount(text, workersMax);
}

function parseCount(text: string, max: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= max) return Number(text);
  throw new InvalidArgumentError(`not a number from 0 to ${max}`);
}

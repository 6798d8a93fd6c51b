/** Flags that several verbs share, so that they mean the same everywhere. */
import { type Command, Option } from 'commander';
import { defaultDataDirectory } from '../data-directory.ts';
import { parseDuration } from '../duration.ts';
import { defaultRegistryUrl } from '../registry/registry-connection.ts';
import { defaultServiceUrl } from '../service-url.ts';

/** How long a verb waits for a promotion when nothing is said. */
const defaultWaitText = '10m';

/** Which service, which token. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', `address of the service (REGISTRY_ACTION_URL, else ${defaultServiceUrl})`)
    .option('--token-file <path>', 'file with the token (else REGISTRY_ACTION_TOKEN, else the one serve left here)')
    .option('--data <directory>', `data directory of a service on this machine (${defaultDataDirectory})`);
}

/** Which embedded registry, which token. */
export function withRegistryConnection(command: Command): Command {
  return command
    .option('--registry <url>', `address of the embedded registry (the one served here, else ${defaultRegistryUrl})`)
    .option('--ca-file <path>', 'PEM file with certificate authorities to trust besides the system’s')
    .option('--token-file <path>', 'file with the token (else REGISTRY_ACTION_TOKEN, else the one serve left here)')
    .option('--data <directory>', `data directory of a service on this machine (${defaultDataDirectory})`);
}

/** Which service, or which registry that runs without one; which token. */
export function withMemberConnection(command: Command): Command {
  return withConnection(command)
    .addOption(
      new Option('--registry <url>', 'address of an embedded registry that runs without the service').conflicts('url'),
    )
    .option('--ca-file <path>', 'PEM file with certificate authorities to trust for --registry besides the system’s');
}

/** Machine-readable output. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON on stdout', false);
}

/** How a change is shown, agreed to and waited for. */
export function withChange(command: Command): Command {
  return command
    .option('--reason <text>', 'why; others will read it')
    .option('--expect-current <digest>', 'end with a conflict unless this digest is current')
    .option('--dry-run', 'show the plan and change nothing', false)
    .option('-y, --yes', 'do not ask', false)
    .option('--no-wait', 'return as soon as the service has accepted it')
    .option(
      '--timeout <time>',
      `how long to wait, such as 90s; ${defaultWaitText} when absent`,
      parseTimeout,
      parseTimeout(defaultWaitText),
    );
}

/** How to reach registries that are neither on this machine nor publicly trusted. */
export function withRegistry(command: Command): Command {
  return command
    .option(
      '--data <directory>',
      `data directory of a service here, to sign in to its registry (${defaultDataDirectory})`,
    )
    .option('--ca-file <path>', 'PEM file with certificate authorities to trust besides the system’s')
    .option('--plain-http', 'speak plain HTTP; registries on this machine always do', false);
}

function parseTimeout(text: string): number {
  return parseDuration(text, '--timeout');
}

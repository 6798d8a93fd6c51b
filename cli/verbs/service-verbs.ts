/** The verbs that speak to the promotion service. What each is made of is loaded when it is asked for. */
import type { Command } from 'commander';
import type { DoctorFlags } from '../doctor.ts';
import type { HistoryFlags } from '../history.ts';
import type { PromoteFlags } from '../promote.ts';
import type { RollbackFlags } from '../rollback.ts';
import type { RunVerb } from '../run-verb.ts';
import type { StatusFlags } from '../status.ts';
import { withChange, withConnection, withJson } from './flags.ts';

/** A parsed command line has the flag's text as `timeout`; the verbs want what it is. */
type Parsed<Flags> = Omit<Flags, 'timeoutMs'> & { readonly timeout: number };

/** Adds promote, rollback, status, history and doctor. */
export function addServiceVerbs(program: Command, run: RunVerb): void {
  addPromote(program, run);
  addRollback(program, run);
  const statusVerb = program
    .command('status')
    .description('show what is current where')
    .argument('[app]', 'show one app only')
    .action((app: string | undefined, flags: StatusFlags) =>
      run(async (shell) => (await import('../status.ts')).status(shell, app, flags)),
    );
  withConnection(withJson(statusVerb));

  const historyVerb = program
    .command('history')
    .description('show the releases of an app in an environment, newest first')
    .argument('<app>')
    .argument('<environment>')
    .action((app: string, environment: string, flags: HistoryFlags) =>
      run(async (shell) => (await import('../history.ts')).history(shell, { app, environment }, flags)),
    );
  withConnection(withJson(historyVerb));

  const doctorVerb = program
    .command('doctor')
    .description('look at everything that must work, and say the way out for what does not')
    .option('--config <file>', 'configuration whose registries to look at (REGISTRY_ACTION_CONFIG)')
    .action((flags: DoctorFlags) => run(async (shell) => (await import('../doctor.ts')).doctor(shell, flags)));
  withConnection(withJson(doctorVerb));
}

function addPromote(program: Command, run: RunVerb): void {
  const verb = program
    .command('promote')
    .description('make a release current in an environment')
    .argument('<app>')
    .argument('<environment>')
    .argument('[release]', 'version or digest; what is current in the environment before when absent')
    .option('--version <version>', 'the release by its version')
    .option('--digest <digest>', 'the release by its digest')
    .action((app: string, environment: string, release: string | undefined, flags: Parsed<PromoteFlags>) =>
      run(async (shell) => (await import('../promote.ts')).promote(shell, { app, environment, release }, timed(flags))),
    );
  withConnection(withJson(withChange(verb)));
}

function addRollback(program: Command, run: RunVerb): void {
  const verb = program
    .command('rollback')
    .description('make an earlier release current again; copies nothing, waits for nothing, and stays')
    .argument('<app>')
    .argument('<environment>')
    .option('--to <release>', 'version, digest or number (r12); the last good release when absent')
    .action((app: string, environment: string, flags: Parsed<RollbackFlags>) =>
      run(async (shell) => (await import('../rollback.ts')).rollback(shell, { app, environment }, timed(flags))),
    );
  withConnection(withJson(withChange(verb)));
}

function timed<Flags extends { readonly timeout: number }>(flags: Flags): Flags & { readonly timeoutMs: number } {
  return { ...flags, timeoutMs: flags.timeout };
}

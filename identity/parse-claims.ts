/** What a verified token says of its job, as values of ours. */
import type { JWTPayload } from 'jose';
import type { WorkloadRun } from '../core/access.ts';
import type { WorkloadClaims } from '../core/access-rule.ts';

/** What is read of a token. */
export interface ReadClaims {
  readonly claims: WorkloadClaims;
  readonly run: WorkloadRun;
}

/** Longest claim that is read; a longer one counts as absent, and a rule that asks for it does not match. */
const claimCharsMax = 1024;

/** Owner and name, by the letters that GitHub has for them. */
const repositoryGrammar = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;

/**
 * The claims; undefined when the token names no repository. The subject is not among them: its form is the repository's
 * to choose, and what it is made of stands in claims of its own.
 */
export function parseClaims(issuer: string, payload: JWTPayload): ReadClaims | undefined {
  const read = (name: string, grammar?: RegExp) => {
    const value = payload[name];
    const text = Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== 'string' || text.length > claimCharsMax) return undefined;
    return grammar === undefined || grammar.test(text) ? text : undefined;
  };
  const number = /^\d{1,20}$/;
  const repository = read('repository', repositoryGrammar);
  if (repository === undefined) return undefined;
  const workflow = read('job_workflow_ref');
  const event = read('event_name');
  return {
    claims: {
      issuer,
      repository,
      repositoryId: read('repository_id', number),
      ownerId: read('repository_owner_id', number),
      workflow,
      ref: read('ref'),
      environment: read('environment'),
      event,
      runner: read('runner_environment'),
    },
    // What records and logs repeat has no letters that could make them say something else.
    run: {
      by: read('actor', /^[\w.[\]-]{1,64}$/),
      id: read('run_id', number),
      attempt: read('run_attempt', number),
      workflow: workflow !== undefined && /^[\w./@+-]+$/.test(workflow) ? workflow : undefined,
      event: read('event_name', /^[a-z_]{1,64}$/),
    },
  };
}

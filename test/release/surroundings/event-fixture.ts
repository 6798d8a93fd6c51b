/** The payloads in test/fixtures/events, shaped as GitHub documents them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of the payload, for GITHUB_EVENT_PATH. */
export function eventPath(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/events/${name}.json`, import.meta.url));
}

/** The payload. */
export function readEvent(name: string): unknown {
  return JSON.parse(readFileSync(eventPath(name), 'utf8'));
}

/** The commit that all payloads are about. */
export const headCommit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
/** The commit of the branch before it. */
export const baseCommit = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c';
/** The merge that is checked out for a pull request. */
export const mergeCommit = 'deadbeef00112233445566778899aabbccddeeff';
/** When the commit was made, in epoch milliseconds. */
export const headCommittedAt = Date.UTC(2026, 10, 29, 17, 30, 5);

/** What a runner of github.com sets. */
export const githubEnv = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_RUN_ID: '123456',
  GITHUB_RUN_NUMBER: '42',
  GITHUB_ACTOR: 'octo-org',
  GITHUB_SHA: headCommit,
} as const;

/** Who is told apart from whom. */
import { expect, test } from 'vitest';
import { callerOf } from '../../../registry/access/caller.ts';
import { parseHolderClaim } from '../../../registry/access/token-holder.ts';

const ofMember = (kind: string) => ({ kind: 'credential', credential: { kind, id: 'ada' }, version: '1' });
const job = { claims: { issuer: 'github', repository: 'ada/web' }, run: {}, tokenId: 'j1', expiresAt: 1 };

function callerHolding(claim: object): string {
  const holder = parseHolderClaim(claim);
  if (holder === undefined) throw new Error(`not a holder: ${JSON.stringify(claim)}`);
  return callerOf({ actor: { name: 'ada', role: 'pusher' }, holder, scope: undefined });
}

test('of one name, users of either kind, an API token, a job and a stranger are five callers', () => {
  const members = ['user', 'htpasswd', 'token'].map(ofMember);
  const callers = [...members, { kind: 'workload', workload: job }, { kind: 'anonymous' }].map(callerHolding);
  expect(new Set(callers).size).toBe(5);
});

test('API tokens of one name are one caller', () => {
  const other = { ...ofMember('token'), credential: { kind: 'token', id: 'another' }, version: '2' };
  expect(callerHolding(other)).toBe(callerHolding(ofMember('token')));
});

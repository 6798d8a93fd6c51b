/** What a worker's log says of a command that did not go through: its code and way out, at the level of who must act. */
import { expect, test } from 'vitest';
import { ConflictError, TransportError } from '../../errors/errors.ts';
import { laneEventLine } from '../../service/lane-event-line.ts';
import { describeError } from '../../service/process/part-log.ts';

const lane = { app: 'web', environment: 'staging' };
const error = new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'registry unreachable: 192.0.2.1' });
const refusal = new ConflictError({ code: 'DIGEST_QUARANTINED', message: 'quarantined' });

test.each([
  [laneEventLine({ kind: 'deferred', lane, id: 'p-1', error, delayMs: 500 }), 'warn', 'REGISTRY_UNREACHABLE'],
  [laneEventLine({ kind: 'failed', lane, id: 'p-1', error }), 'warn', 'REGISTRY_UNREACHABLE'],
  [laneEventLine({ kind: 'refused', lane, id: 'p-1', error: refusal }), 'info', 'DIGEST_QUARANTINED'],
] as const)('%j is logged at %s with %s', ({ level, fields }, expected, code) => {
  expect({ level, promotion: fields['promotion'], lane: fields['lane'] }).toEqual({
    level: expected,
    promotion: 'p-1',
    lane: 'web@staging',
  });
  expect(describeError(fields['err'])).toMatchObject({ code, wayOut: expect.stringMatching(/\S/) });
});

/** Exit codes: the table of the house, both ways. */
import { describe, expect, it } from 'vitest';
import { promotionStates } from '../../api/promotion.ts';
import { exitCodeOfError, exitCodeOfErrorCode, exitCodeOfPromotion, exitCodes } from '../../cli/exit-code.ts';
import { errorCatalogue } from '../../errors/catalogue.ts';
import {
  AccessError,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../../errors/errors.ts';

describe('the exit code of an error', () => {
  const answer = { status: 500, specCodes: [], retryable: true };
  const cases = [
    { error: new InputError({ code: 'TAG_INVALID', message: 'm' }), exitCode: 2 },
    { error: new AccessError({ code: 'ACCESS_DENIED', message: 'm', signedIn: true }), exitCode: 3 },
    { error: new NotFoundError({ code: 'APP_UNKNOWN', message: 'm' }), exitCode: 4 },
    { error: new ConflictError({ code: 'COMMAND_ABORTED', message: 'm' }), exitCode: 5 },
    { error: new RegistryError({ code: 'REGISTRY_REFUSED', message: 'm', ...answer }), exitCode: 6 },
    { error: new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'm' }), exitCode: 7 },
    { error: new IntegrityError({ code: 'DIGEST_MISMATCH', message: 'm' }), exitCode: 8 },
    { error: new InvariantError({ code: 'INVARIANT_BROKEN', message: 'm' }), exitCode: 70 },
    { error: new TypeError('undefined is not a function'), exitCode: 70 },
    { error: 'a text that was thrown', exitCode: 70 },
  ];
  for (const { error, exitCode } of cases) {
    it(`is ${exitCode} for ${error instanceof Error ? error.name : error}`, () => {
      expect(exitCodeOfError(error)).toBe(exitCode);
    });
  }

  it('is that of its class for every code of the catalogue', () => {
    const codes = new Set(Object.keys(errorCatalogue).map((code) => exitCodeOfErrorCode(code)));
    expect([...codes].sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 70]);
  });
});

describe('the exit code of a promotion', () => {
  it('tells each end apart, and waiting from all of them', () => {
    const codes = Object.fromEntries(
      promotionStates.map((state) => [state, exitCodeOfPromotion(state, 'DIGEST_MISMATCH')]),
    );
    expect(codes).toEqual({
      requested: exitCodes.waitingLonger,
      waiting: exitCodes.waitingLonger,
      copying: exitCodes.waitingLonger,
      proving: exitCodes.waitingLonger,
      moving: exitCodes.waitingLonger,
      promoted: exitCodes.done,
      refused: exitCodes.refused,
      failed: exitCodes.integrity,
      cancelled: exitCodes.cancelled,
      superseded: exitCodes.cancelled,
    });
  });
});

/** kill -9 of a distribution registry in the midst of a copy from it, and to it. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectCopiedAcross, expectNothingLeft, killings } from '../registry/killed-half-way.ts';
import { type Distribution, openDistribution } from './distribution.ts';

let distribution: Distribution;

beforeAll(async () => {
  distribution = await openDistribution();
});

afterAll(() => distribution?.close());

const killable = () => ({ ...distribution, client: { url: distribution.url } });

describe('a copy', () => {
  it.each(killings)('whose %s is killed when %s goes on when it is back', (side, moment) =>
    expectCopiedAcross(killable(), side, moment),
  );

  it.each(['source', 'target'] as const)('whose %s stays away ends in a clear error with no tag', (side) =>
    expectNothingLeft(killable(), side),
  );
});

/** Which release a rollback goes back to. */
import { InputError, NotFoundError } from '../errors/errors.ts';
import { type Digest, isDigest, shortDigest } from '../oci/spec/digest.ts';
import { type ParseTime, type ReleaseRecord, stayMs } from './release-record.ts';

/** What the choice is made from. */
export interface RollbackChoice {
  /** Committed releases of the environment, oldest first; the last one is current. */
  readonly records: readonly ReleaseRecord[];
  readonly quarantined: ReadonlySet<Digest>;
  /** Digest of a promotion that has started but not committed; going back then means staying. */
  readonly incoming: Digest | undefined;
  /** Version, digest, `rN`, or undefined for the last good release. */
  readonly to: string | undefined;
  readonly goodAfterMs: number;
}

/**
 * The release to go back to: the one asked for, else the last good one that is not current and not quarantined.
 * While a promotion is on its way the default is the current release: to stay.
 * @throws NotFoundError ROLLBACK_TARGET_UNKNOWN naming the candidates; it never guesses.
 * @throws InputError REQUEST_INVALID when `to` is empty.
 */
export function chooseRollbackTarget(choice: RollbackChoice, now: number, parseTime: ParseTime): ReleaseRecord {
  if (choice.to !== undefined) return namedRelease(choice.records, choice.to);
  const current = choice.records.at(-1);
  if (choice.incoming !== undefined && current !== undefined) return current;
  const chosen = choice.records.findLastIndex(
    (record, index) => record.digest !== current?.digest && isGood(choice, index, now, parseTime),
  );
  const record = choice.records[chosen];
  if (record !== undefined) return record;
  throw new NotFoundError({
    code: 'ROLLBACK_TARGET_UNKNOWN',
    message: `no good earlier release to go back to; there are: ${listReleases(choice.records)}`,
  });
}

/** Whether the release at `index` stayed current long enough to be trusted and is not quarantined. */
export function isGood(
  choice: Pick<RollbackChoice, 'records' | 'quarantined' | 'goodAfterMs'>,
  index: number,
  now: number,
  parseTime: ParseTime,
): boolean {
  const record = choice.records[index];
  if (record === undefined || choice.quarantined.has(record.digest)) return false;
  return stayMs(choice.records, index, now, parseTime) >= choice.goodAfterMs;
}

function namedRelease(records: readonly ReleaseRecord[], to: string): ReleaseRecord {
  if (to === '') throw new InputError({ code: 'REQUEST_INVALID', message: 'rollback target is empty' });
  const record = records.findLast((candidate) => isNamed(candidate, to));
  if (record !== undefined) return record;
  throw new NotFoundError({
    code: 'ROLLBACK_TARGET_UNKNOWN',
    message: `${to} was never current here; there are: ${listReleases(records)}`,
  });
}

function isNamed(record: ReleaseRecord, to: string): boolean {
  if (isDigest(to)) return record.digest === to;
  const number = /^r0*(\d+)$/.exec(to)?.[1];
  return number === undefined ? record.version === to.replace(/^v/, '') : record.number === Number(number);
}

function listReleases(records: readonly ReleaseRecord[]): string {
  if (records.length === 0) return 'none';
  const names = records.map((record) => `r${record.number} ${record.version ?? shortDigest(record.digest)}`);
  return [...new Set(names)].reverse().slice(0, listedReleasesMax).join(', ');
}

/** Candidates named in an error: enough to choose from, few enough to read. */
const listedReleasesMax = 10;

/** Canonical version texts for property tests, from small ranges so that lines, channels and equals are common. */
import fc from 'fast-check';

const number = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(10, 9007199254740991));
const identifier = fc.constantFrom('rc', 'beta', 'RC', '0', '1', '10', 'rc10', '1a', '-', 'x-y', 'latest', 'dev');
const buildIdentifier = fc.constantFrom('1', '01', '2', 'b2', '9007199254740993', '9007199254740992', '-');

const core = fc.tuple(number, number, number).map((numbers) => numbers.join('.'));
const prerelease = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((ids) => `-${ids.join('.')}`);
const build = fc.array(buildIdentifier, { minLength: 1, maxLength: 2 }).map((ids) => `+${ids.join('.')}`);

const none = fc.constant('');

/** X.Y.Z. */
export const stableTexts: fc.Arbitrary<string> = core;

/** X.Y.Z with or without a prerelease. */
export const releaseTexts: fc.Arbitrary<string> = join(core, fc.oneof(none, prerelease));

/** X.Y.Z with or without a prerelease and build metadata. */
export const versionTexts: fc.Arbitrary<string> = join(core, fc.oneof(none, prerelease), fc.oneof(none, none, build));

function join(...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((texts) => texts.join(''));
}

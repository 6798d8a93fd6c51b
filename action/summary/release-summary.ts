/** The summary of a release: what was built from what, what moved from where to where, what was held and why. */
import type { Digest } from '../../oci/spec/digest.ts';
import { formatPlatform } from '../../oci/spec/platform.ts';
import { placeName } from '../../release/places/place-name.ts';
import type { PlaceOutcome, ReleaseOutcome } from '../../release/release-outcome.ts';
import { boundedSummary, quoted, type Take } from './bounded.ts';
import { code, codeBlock, details, link, plainText, table } from './markdown.ts';
import { tagRows } from './tag-rows.ts';
import { undoCommands } from './undo-commands.ts';

/** What is told besides the outcome. */
export interface SummaryFrame {
  /** Who caused the run, as the system calls them. */
  readonly actor: string | undefined;
  /** The step failed, for a reason the outcome may not have. */
  readonly isFailed: boolean;
}

/** Markdown that fits into the summary of a job. */
export function renderReleaseSummary(outcome: ReleaseOutcome, frame: SummaryFrame): string {
  return boundedSummary((take) => {
    const sections = [
      `## ${heading(outcome)}`,
      lead(outcome, frame),
      tagTable(outcome, take),
      failures(outcome, take),
      warnings(outcome, take),
      pullCommands(outcome, take),
      undo(outcome, take),
      digests(outcome, take),
    ];
    return `${sections.filter((section) => section !== '').join('\n\n')}\n\n`;
  });
}

function heading({ subject, places, isDryRun }: ReleaseOutcome): string {
  const [first] = places;
  const name = first === undefined ? 'Image' : plainText(first.place.repository);
  const called = subject.kind === 'version' ? subject.version.text : (subject.tags[0] ?? '');
  return [name, plainText(called), ...(isDryRun ? ['(dry run)'] : [])].filter((part) => part !== '').join(' ');
}

function lead(outcome: ReleaseOutcome, { actor, isFailed }: SummaryFrame): string {
  const sentences = [`${madeSentence(outcome)}${sourcePhrase(outcome)}${actorPhrase(actor)}.`];
  const { places, isDryRun, digest } = outcome;
  const reached = places.filter(({ status }) => status === 'done').length;
  if (isDryRun) sentences.push('Nothing was built or written: this is what would be.');
  else if (places.length === 0) sentences.push('Nothing was to be pushed.');
  else if (reached < places.length) sentences.push(`**It is in ${reached} of ${countRepositories(places.length)}.**`);
  else sentences.push(`It is in ${countRepositories(reached)}.`);
  if (isFailed) sentences.push('**The release failed.**');
  return [sentences.join(' '), ...(digest === undefined ? [] : [code(digest)])].join('\n\n');
}

function madeSentence({ origin }: ReleaseOutcome): string {
  switch (origin.kind) {
    case 'built': {
      const by = origin.builder === 'none' ? 'Put together' : `Built by ${origin.builder}`;
      return `${by} in ${formatSpan(origin.tookMs)}`;
    }
    case 'reused':
      return `Published before and taken from ${code(placeName(origin.from))}, not built anew,`;
    case 'merged':
      return 'Merged into one index';
    case 'given':
      return 'Taken as it is';
    case 'planned':
      return 'To be built';
  }
}

function sourcePhrase({ revision: { commit, source } }: ReleaseOutcome): string {
  if (commit === undefined) return '';
  const at = source === undefined ? undefined : `${source.replace(/\.git$/, '').replace(/\/$/, '')}/commit/${commit}`;
  return ` from ${link(code(commit.slice(0, 12)), at)}`;
}

function actorPhrase(actor: string | undefined): string {
  return actor === undefined ? '' : `, for ${plainText(actor)}`;
}

function tagTable({ places }: ReleaseOutcome, take: Take): string {
  const { first, left } = take(places.flatMap(tagRows));
  if (first.length === 0) return '';
  return withRest(table(['image', 'tag', 'what became of it', 'digest'], first), left, 'tags');
}

function failures({ places }: ReleaseOutcome, take: Take): string {
  const { first, left } = take(places.filter(({ error }) => error !== undefined));
  if (first.length === 0) return '';
  const lines = first.map(({ place, error }) => {
    const word = place.isRequired ? 'failed' : 'failed, which was allowed';
    const text = `${plainText(quoted(error?.message ?? ''))}<br>Way out: ${plainText(quoted(error?.wayOut ?? ''))}`;
    return `- **${code(placeName(place))} ${word}**: ${code(error?.code ?? '')} ${text}`;
  });
  return withRest(['### What failed', '', ...lines].join('\n'), left, 'failures');
}

function warnings(outcome: ReleaseOutcome, take: Take): string {
  const ofBuilder = outcome.origin.kind === 'built' ? outcome.origin.warnings : [];
  const told = [
    ...outcome.warnings.map(({ message }) => plainText(quoted(message))),
    ...ofBuilder.map(({ message, file, line, url }) => {
      const place = file === undefined ? '' : `${code(line === undefined ? file : `${file}:${line}`)} `;
      return place + link(plainText(quoted(message)), url);
    }),
  ];
  const { first, left } = take(told);
  if (first.length === 0) return '';
  return withRest(['### Warnings', '', ...first.map((text) => `- ${text}`)].join('\n'), left, 'warnings');
}

function pullCommands({ places, digest }: ReleaseOutcome, take: Take): string {
  const there = digest === undefined ? [] : places.filter(isThere);
  const { first, left } = take(there);
  if (first.length === 0) return '';
  const commands = first.map(({ place }) => `docker pull ${placeName(place)}@${digest}`);
  return withRest(['### Pull it', '', codeBlock(commands, 'sh')].join('\n'), left, 'repositories');
}

function undo(outcome: ReleaseOutcome, take: Take): string {
  const { first, left } = take(outcome.isDryRun ? [] : outcome.places.flatMap(undoCommands));
  if (first.length === 0) return '';
  const { subject } = outcome;
  const stay =
    subject.kind === 'version'
      ? `The next release moves them on again; with ${code(`yanked: ${subject.version.text}`)} none goes to this version.`
      : 'The next push moves them on again.';
  const text = `Points the tags back at what they named before. ${stay}\n\n${codeBlock(first, 'sh')}`;
  return details('Back to what was there before', withRest(text, left, 'commands'));
}

function digests({ platforms, places }: ReleaseOutcome, take: Take): string {
  const full = (digest: Digest | undefined) => (digest === undefined ? '' : code(digest));
  const rows = [
    ...platforms.map((one) => [plainText(formatPlatform(one.platform)), full(one.digest)]),
    ...places.flatMap(({ place, tags }) =>
      tags
        .filter(({ change }) => change === 'moved')
        .map(({ tag, from }) => [`${code(`${placeName(place)}:${tag}`)} before`, full(from)]),
    ),
  ];
  const { first, left } = take(rows);
  if (first.length === 0) return '';
  return details('Digests in full', withRest(table(['', 'digest'], first), left, 'digests'));
}

function isThere({ status }: PlaceOutcome): boolean {
  return status === 'done' || status === 'content-only';
}

function withRest(text: string, left: number, what: string): string {
  return left === 0 ? text : `${text}\n\n… and ${left} more ${what}; the output ${code('metadata')} has all of them.`;
}

function countRepositories(number: number): string {
  return `${number} ${number === 1 ? 'repository' : 'repositories'}`;
}

function formatSpan(spanMs: number): string {
  const seconds = Math.round(spanMs / 1000);
  if (seconds < 1) return `${Math.round(spanMs)} ms`;
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

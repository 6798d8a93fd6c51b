/** A release in the log of its step: a line for each thing that happened, and the builder's own words in a fold. */
import { shortDigest } from '../oci/spec/digest.ts';
import { placeName } from '../release/places/place-name.ts';
import type { ReleaseEvent } from '../release/release-event.ts';
import type { TagOutcome } from '../release/release-outcome.ts';
import type { LogGroup, Runner } from './runner.ts';

/** Where the events of a release are told. */
export interface ReleaseLog {
  tell(event: ReleaseEvent): void;
  /** Closes the builder's fold when the build broke off. */
  close(): void;
}

/** Bytes of a push after which its progress is told again: a tenth of a large image, all of a small one. */
const tellBytes = 100e6;

/** A log that tells what it is given. */
export function openReleaseLog(runner: Runner): ReleaseLog {
  let fold: LogGroup | undefined;
  let pushedBytes = 0;
  let builder = '';
  const close = () => {
    fold?.close();
    fold = undefined;
  };
  const tellProgress = (bytes: number) => {
    const before = Math.floor(pushedBytes / tellBytes);
    pushedBytes += bytes;
    if (Math.floor(pushedBytes / tellBytes) > before) runner.say(`${(pushedBytes / 1e6).toFixed(0)} MB pushed so far`);
  };
  return {
    close,
    tell(event) {
      if (event.kind === 'building') builder = event.builder;
      if (event.kind === 'built') close();
      if (event.kind === 'build-output') {
        fold ??= runner.openGroup(`Build with ${builder}`);
        fold.write(event.line);
      }
      if (event.kind === 'copying' && event.event.kind === 'progressed') tellProgress(event.event.bytes);
      for (const line of linesOf(event)) runner.say(line);
    },
  };
}

function linesOf(event: ReleaseEvent): readonly string[] {
  switch (event.kind) {
    case 'looked': {
      const found = event.found === undefined ? 'is not there yet' : `is ${shortDigest(event.found)}`;
      return [`${placeName(event.place)}: the version ${found}`];
    }
    case 'built':
      return [`built ${event.digest} in ${(event.tookMs / 1000).toFixed(1)} s`];
    case 'placed':
      return [`${placeName(event.place)}: has ${event.digest}`];
    case 'tagged':
      return [`${placeName(event.place)}:${tagWords(event.tag)}`];
    case 'finished':
      return event.outcome.held.map(({ tag, heldAt }) => {
        return `${placeName(event.outcome.place)}:${tag} held${heldAt === undefined ? '' : ` at ${heldAt}`}`;
      });
    case 'building':
    case 'build-output':
    case 'copying':
      return [];
  }
}

function tagWords({ tag, change, from, to }: TagOutcome): string {
  const was = change === 'moved' && from !== undefined ? ` from ${shortDigest(from)}` : '';
  const is = to === undefined ? '' : `${was === '' ? ' at' : ' to'} ${shortDigest(to)}`;
  return `${tag} ${change}${was}${is}`;
}

/** `/admin/v1/events`: what happened lately, and the next thing that will. */
import { InputError } from '../../errors/errors.ts';
import { mayIn } from '../access/authorize.ts';
import { callerOf } from '../access/caller.ts';
import { type Answer, jsonAnswer, refusal } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { onlyValue } from '../http/request-target.ts';
import { type Journal, type JournalEntry, type JournalKind, type JournalPlace, journalKinds } from './journal.ts';

/** Longest wait for an event, in seconds: proxies cut off what is silent for longer. */
export const eventWaitMaxS = 60;

/** For those who run releases; of other people's repositories even they learn nothing. */
export const eventEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/admin/v1/events', verb: 'promote', answer: readEvents },
];

interface EventsAsked {
  readonly after: JournalPlace;
  readonly waitMs: number;
  readonly kinds: ReadonlySet<JournalKind>;
}

async function readEvents(exchange: EndpointExchange): Promise<Answer> {
  const { watch, query, actor, session } = exchange;
  const { journal, followers } = watch;
  const asked = parseEventsAsked(query, journal);
  const wanted = (entry: JournalEntry) =>
    asked.kinds.has(entry.kind) && (entry.repository === undefined || mayIn(actor, 'pull', entry.repository));
  const leave = followers.enter(callerOf(session));
  if (leave === undefined) {
    return refusal(429, 'TOOMANYREQUESTS', 'too many wait for events', { headers: { 'retry-after': '5' } });
  }
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), asked.waitMs);
  exchange.onGone(() => end.abort());
  try {
    return await nextEvents(journal, asked, wanted, end.signal);
  } finally {
    clearTimeout(timer);
    leave();
  }
}

async function nextEvents(
  journal: Journal,
  { after, waitMs }: EventsAsked,
  wanted: (entry: JournalEntry) => boolean,
  signal: AbortSignal,
): Promise<Answer> {
  for (let place = after; ; ) {
    const page = journal.read(place, wanted);
    if (page === undefined) return eventsAnswer(journal.end(), true, []);
    const more = page.entries.length === 0 && waitMs > 0 && (await journal.wait(signal));
    if (!more) return eventsAnswer(page.next, false, page.entries);
    place = page.next;
  }
}

function eventsAnswer(next: JournalPlace, reset: boolean, entries: readonly JournalEntry[]): Answer {
  return jsonAnswer({
    next: `${next.instance}:${next.sequence}`,
    reset,
    events: entries.map(({ sequence, kind, at, repository, fields }) => ({
      ...{ sequence, kind, at: new Date(at).toISOString() },
      ...(repository === undefined ? {} : { repository }),
      ...fields,
    })),
  });
}

/** Without a place: from now on. */
function parseEventsAsked(query: URLSearchParams, journal: Journal): EventsAsked {
  return {
    after: parsePlace(onlyValue(query, 'after') ?? '', journal),
    waitMs: parseWait(onlyValue(query, 'wait') ?? '0'),
    kinds: parseKinds(onlyValue(query, 'kinds')),
  };
}

function parsePlace(text: string, journal: Journal): JournalPlace {
  if (text === '') return journal.end();
  if (text === '0') return journal.start();
  const [, instance, sequence] = /^([a-z0-9-]{1,64}):(\d{1,15})$/.exec(text) ?? [];
  if (instance !== undefined) return { instance, sequence: Number(sequence) };
  throw malformed('after', text, 'write the `next` of an earlier answer, 0 for all that is kept, or leave it out');
}

function parseWait(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), eventWaitMaxS) * 1_000;
  throw malformed('wait', text, 'write a number of seconds');
}

function parseKinds(text: string | undefined): ReadonlySet<JournalKind> {
  if (text === undefined) return new Set(journalKinds);
  const names = text.split(',');
  const kinds = journalKinds.filter((kind) => names.includes(kind));
  if (kinds.length === new Set(names).size) return new Set(kinds);
  throw malformed('kinds', text, `write some of ${journalKinds.join(', ')}, with commas`);
}

function malformed(name: string, text: string, wayOut: string): InputError {
  return new InputError({
    code: 'REQUEST_INVALID',
    message: `not a value for ${name}: ${JSON.stringify(text.slice(0, 100))}`,
    wayOut,
  });
}

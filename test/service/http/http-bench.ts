/** An API over real parts in memory, with a token for each role. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type Problem, problemMediaType, problemSchema } from '../../../api/problem.ts';
import type { Role } from '../../../core/access.ts';
import { errorCatalogue } from '../../../errors/catalogue.ts';
import { type AccessDirectory, openAccessFile } from '../../../registry/access/access-file.ts';
import { type HttpOptions, type HttpParts, openHttp, type RunningHttp } from '../../../service/http/open-http.ts';
import { type MemoryFeed, openMemoryFeed } from './memory-feed.ts';
import { type MemoryPromotions, openMemoryPromotions } from './memory-promotions.ts';

/** The moment at which everything in these tests happens, unless a test moves it. */
export const startOfTime = Date.UTC(2030, 0, 1);

export interface HttpBench {
  readonly http: RunningHttp;
  readonly promotions: MemoryPromotions;
  readonly feed: MemoryFeed;
  readonly access: AccessDirectory;
  readonly tokens: Readonly<Record<Role, string>>;
  /** Lines of the log. */
  readonly log: string[];
  /** Answers of /readyz. */
  readiness: { ok: boolean; parts: { name: string; ok: boolean; detail?: string }[] };
  /** Delays that were asked for, in milliseconds; none is really waited for. */
  readonly delays: number[];
  /** Sends a request as the role, or as nobody. */
  call(role: Role | 'nobody', request: InjectOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: unknown;
}

/** Opens the API; `wait` of the options never waits unless given, and `parts` takes the place of those in memory. */
export async function openHttpBench(
  options: Partial<HttpOptions> = {},
  parts: Partial<Pick<HttpParts, 'promotions' | 'identity' | 'rules'>> = {},
): Promise<HttpBench> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-action-http-'));
  const access = await openAccessFile(join(directory, 'access.json'));
  const tokenOf = async (role: Role) => (await access.createToken({ name: `the-${role}`, role }, startOfTime)).secret;
  const tokens = {
    member: await tokenOf('member'),
    viewer: await tokenOf('viewer'),
    pusher: await tokenOf('pusher'),
    operator: await tokenOf('operator'),
    service: await tokenOf('service'),
    admin: await tokenOf('admin'),
  };
  const log: string[] = [];
  const delays: number[] = [];
  const promotions = openMemoryPromotions(['web', 'team/api'], () => startOfTime);
  const feed = openMemoryFeed();
  const http = await openHttp(
    {
      promotions,
      access,
      events: feed,
      health: { ready: async () => bench.readiness },
      metrics: new Registry(),
      redisShown: 'redis://127.0.0.1:6379',
      log: pino({ level: 'trace' }, { write: (line: string) => log.push(line) }),
      ...parts,
    },
    {
      host: '127.0.0.1',
      version: '1.2.3',
      now: () => startOfTime,
      wait: async (ms) => {
        delays.push(ms);
      },
      ...options,
    },
  );
  const bench: HttpBench = {
    ...{ http, promotions, feed, access, tokens, log, delays },
    readiness: { ok: true, parts: [{ name: 'redis', ok: true }] },
    async call(role, request) {
      const authorization = role === 'nobody' ? {} : { authorization: `Bearer ${tokens[role]}` };
      const headers = { host: '127.0.0.1:7420', ...authorization, ...request.headers };
      const answer = await http.app.inject({ ...request, headers });
      const json = String(answer.headers['content-type']).includes('json') ? answer.json() : undefined;
      return { status: answer.statusCode, headers: answer.headers, text: answer.body, json };
    },
    async close() {
      await http.close();
      await rm(directory, { recursive: true });
    },
  };
  return bench;
}

/** The answer as a problem, when it is a sound one; else throws what is wrong with it. */
export function problemIn(answer: Answer): Problem {
  const problem = problemSchema.strict().parse(answer.json);
  const faults = [
    answer.headers['content-type'] === `${problemMediaType}; charset=utf-8` ||
    answer.headers['content-type'] === problemMediaType
      ? ''
      : 'media type',
    problem.status === answer.status ? '' : 'status',
    problem.code in errorCatalogue ? '' : 'code is not in the catalogue',
    problem.type === `urn:registry-action:error:${problem.code}` ? '' : 'type',
    problem.wayOut.length > 0 && problem.detail.length > 0 && problem.title.length > 0 ? '' : 'an empty text',
    problem.requestId === answer.headers['x-request-id'] ? '' : 'request id',
    /\n\s+at /.test(answer.text) ? 'a stack trace' : '',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new Error(`not a sound problem (${faults.join(', ')}): ${answer.text}`);
  return problem;
}

/** A service without registries behind it: the API's shapes over HTTP, answers as the test wants them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HistoryView } from '../../api/history.ts';
import type { PlanView } from '../../api/plan.ts';
import type { Problem } from '../../api/problem.ts';
import type { PromotionView } from '../../api/promotion.ts';
import type { StatusMatrix } from '../../api/status.ts';
import { matrixOf, planView, promotionView, sampleHistory, sampleWhoami } from './sample-views.ts';

/** What the service answers; everything has a default. */
export interface FakeAnswers {
  readonly token?: string;
  readonly status?: StatusMatrix;
  readonly history?: HistoryView;
  readonly plan?: PlanView;
  /** States that the promotion goes through, one for each time it is read; the last one stays. */
  readonly course?: readonly Partial<PromotionView>[];
  /** Sends the course as events instead, and answers the first state when asked. */
  readonly byEvents?: boolean;
  readonly nothingToChange?: boolean;
  /** Answered to every POST, or to those that are no dry run. */
  readonly problem?: Problem;
  readonly problemAfterPlan?: Problem;
  /** Connections that are cut without an answer before the first POST is answered. */
  readonly cutConnections?: number;
  /** Readings of the promotion that are cut without an answer. */
  readonly cutReads?: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}

export interface FakeService {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** A service on a free port; the test closes it. */
export async function openFakeService(answers: FakeAnswers = {}): Promise<FakeService> {
  const seen: SeenRequest[] = [];
  const course = [...(answers.course ?? [{ state: 'promoted', number: 2 }])];
  let cuts = answers.cutConnections ?? 0;
  let cutReads = answers.cutReads ?? 0;
  let reads = 0;
  const streams = new Set<ServerResponse>();
  const view = (index: number): PromotionView => {
    const kind = answers.plan?.kind ?? 'promotion';
    return promotionView({ kind, ...course[Math.min(index, course.length - 1)] });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    const path = request.url ?? '';
    seen.push({ method: request.method ?? '', path, body, headers: request.headers });
    if (answers.token !== undefined && request.headers.authorization !== `Bearer ${answers.token}`) {
      return send(response, 401, problemOf('ACCESS_DENIED', 401, 'nobody is signed in'));
    }
    if (request.method === 'POST') {
      if (cuts > 0) {
        cuts -= 1;
        request.socket.destroy();
        return;
      }
      return answerPost(response, body);
    }
    if (path.startsWith('/api/v1/events')) return stream(response);
    if (path.startsWith('/api/v1/promotions/')) {
      if (cutReads > 0) {
        cutReads -= 1;
        request.socket.destroy();
        return;
      }
      const index = answers.byEvents === true ? 0 : reads;
      reads += 1;
      return send(response, 200, view(index));
    }
    if (path === '/api/v1/whoami') return send(response, 200, sampleWhoami);
    if (path === '/api/v1/status') return send(response, 200, answers.status ?? matrixOf({}));
    if (path.endsWith('/history')) return send(response, 200, answers.history ?? sampleHistory);
    return send(response, path === '/readyz' ? 200 : 404, {});
  };

  const answerPost = (response: ServerResponse, body: unknown) => {
    const dryRun = typeof body === 'object' && body !== null && 'dryRun' in body && body.dryRun === true;
    const problem = answers.problem ?? (dryRun ? undefined : answers.problemAfterPlan);
    if (problem !== undefined) return send(response, problem.status, problem);
    const plan = answers.plan ?? planView();
    if (!plan.decision.allowed && !dryRun) {
      return send(response, 409, { ...problemOf('REFUSED_BY_POLICY', 409, 'refused'), plan });
    }
    if (dryRun || answers.nothingToChange === true) return send(response, 200, { changed: false, plan });
    return send(response, 202, { changed: true, plan, promotion: view(0) });
  };

  const stream = (response: ServerResponse) => {
    streams.add(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    if (answers.byEvents !== true) return;
    for (const [index] of course.entries()) {
      const type = index === course.length - 1 ? 'promotion.finished' : 'promotion.progressed';
      response.write(`id: ${index + 1}-0\nevent: ${type}\ndata: ${JSON.stringify(view(index))}\n\n`);
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = parseAddress(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      for (const response of streams) response.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A problem as the service would answer it. */
export function problemOf(code: string, status: number, detail: string, more: Partial<Problem> = {}): Problem {
  return {
    type: `/errors/${code}`,
    title: code,
    status,
    code,
    detail,
    wayOut: `way out of ${code}`,
    instance: '/',
    requestId: 'r1',
    ...more,
  };
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
}

/**
 * The embedded registry: container images on the disk of this machine, for `docker login`, `push` and `pull`.
 *
 * Fastify listens; everything below `/v2/` is then routed by hand, because repository names contain slashes, and every
 * body is a raw stream, because no parser may touch a manifest's bytes or hold a blob in memory.
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import fastify, {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { ConflictError, InputError } from '../errors/errors.ts';
import type { AccessDirectory } from './access/access-file.ts';
import { openRegistryAccess, type RegistryAccess, type RegistryAccessInit } from './access/registry-access.ts';
import { type Closers, openClosers } from './closers.ts';
import type { OnCollectionStep } from './collect/collection-store.ts';
import { type Leases, openLeases } from './collect/leases.ts';
import { openManifestRoom } from './content/manifest-room.ts';
import { openUploadSessions } from './content/upload-sessions.ts';
import { type KeyedLock, openKeyedLock } from './disk/keyed-lock.ts';
import { type DiskStorage, openDiskStorage } from './disk-storage.ts';
import { endpointRoots } from './endpoints.ts';
import { refusal } from './http/answer.ts';
import { openConnectionAnswers } from './http/connection-answers.ts';
import { openSilentConnections, type SilentConnections } from './http/silent-connections.ts';
import type { TlsServers } from './http/tls-server.ts';
import type { OnRegistryEvent, RegistryEvent } from './registry-event.ts';
import { defaultRegistryLimits, type RegistryLimits } from './registry-limits.ts';
import { defaultRegistrySettings, type RegistrySettings } from './registry-settings.ts';
import { openRegistryTls, type RegistryTls } from './registry-tls.ts';
import { openServing, type Serving } from './serve.ts';
import { closeUpkeep, openUpkeep } from './upkeep.ts';
import { openTraffic } from './watch/traffic.ts';
import { openWatch, type RegistryWatch } from './watch/watch.ts';

export interface RegistryOptions {
  /** Made when absent; one process at a time. */
  readonly dataDirectory: string;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly access: AccessDirectory;
  readonly onEvent?: OnRegistryEvent;
  readonly limits?: Partial<RegistryLimits>;
  readonly settings?: Partial<RegistrySettings>;
  /** The file that they are from: when it changes, its access rules hold with the next request. */
  readonly settingsFile?: string | undefined;
  /** The way to issuers of workloads' tokens. */
  readonly proxy?: RegistryAccessInit['proxy'];
  /** Of the program, for metrics. */
  readonly version?: string;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** A clock that goes on evenly, in milliseconds from any beginning, whatever happens to the time of day. */
  readonly uptime: () => number;
  readonly coordination?: Partial<Coordination>;
}

/** How clients and the collector keep out of each other's way: tests watch it, and break it. */
export interface Coordination {
  readonly locks: KeyedLock;
  readonly leases: Leases;
  readonly onCollectionStep: OnCollectionStep;
}

export interface RunningRegistry {
  readonly url: string;
  readonly port: number;
  /** Lets requests under way finish for a while, then releases the data directory. */
  close(): Promise<void>;
}

/**
 * A registry that listens.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER, PORT_TAKEN; InputError ADDRESS_UNUSABLE,
 *   TLS_CERTIFICATE_INVALID.
 */
export async function openRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const closers = openClosers();
  try {
    return await openParts(options, closers);
  } catch (error) {
    // What it fails with is of less use than why it is closed.
    await closers.close().catch(() => {});
    throw error;
  }
}

async function openParts(options: RegistryOptions, closers: Closers): Promise<RunningRegistry> {
  const limits = { ...defaultRegistryLimits, ...options.limits };
  let watch: RegistryWatch | undefined;
  const onEvent = (event: RegistryEvent) => {
    watch?.observe(event);
    options.onEvent?.(event);
  };
  const { coordination = {}, uptime } = options;
  const { onCollectionStep = async () => {} } = coordination;
  const storage = await openDiskStorage({
    root: options.dataDirectory,
    onEvent,
    locks: coordination.locks ?? openKeyedLock(),
    leases: coordination.leases ?? openLeases({ uptime }),
    onCollectionStep,
    servesUnowned: true,
  });
  const { own } = storage;
  closers.add(storage.close);
  const sessions = openUploadSessions(storage, limits);
  closers.add(sessions.close);
  const settings = { ...defaultRegistrySettings, ...options.settings };
  const { now, version = 'unknown' } = options;
  watch = openWatch({ instance: randomUUID(), version, settings, storage, now });
  const upkeep = await openUpkeep({ storage, settings, onEvent, onStep: onCollectionStep, now, uptime });
  closers.add(() => closeUpkeep(upkeep));
  const tls = await openTls({ ...options, onEvent, own }, settings, limits);
  closers.add(() => tls?.close());
  let url: string | undefined;
  const access = await openAccess({ ...options, own }, settings, () => url);
  closers.add(access.close);
  const manifestRoom = openManifestRoom(limits);
  const parts = { storage, sessions, manifestRoom, onEvent, access, limits, settings, now, watch };
  const serving = openServing({ ...parts, ...upkeep });
  const app = buildApp(serving, limits, tls?.servers);
  closers.add(serving.idle);
  const silent = openSilentConnections(app.server, tls !== undefined);
  closers.add(() => closeServer(app, { limits, silent, tls: tls?.servers }));
  closers.add(watch.close);
  watch.traffic = openTraffic(app.server);
  await listen(app, options);

  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const scheme = tls === undefined ? 'http' : 'https';
  if (!isWildcard(options.host)) url = urlOf(scheme, options.host, port);
  return { url: urlOf(scheme, options.host, port), port, close: closers.close };
}

interface Closing {
  readonly limits: RegistryLimits;
  readonly silent: SilentConnections;
  readonly tls: TlsServers | undefined;
}

async function closeServer(app: FastifyInstance, { limits, silent, tls }: Closing): Promise<void> {
  tls?.destroyConnections(false);
  silent.destroy();
  const force = setTimeout(() => {
    app.server.closeAllConnections();
    tls?.destroyConnections(true);
  }, limits.closeGraceMs);
  await app.close();
  clearTimeout(force);
}

type OwnedOptions = RegistryOptions & Pick<DiskStorage, 'own'>;

async function openAccess(
  { dataDirectory, own, access: directory, settingsFile, proxy = {}, onEvent = () => {}, now }: OwnedOptions,
  settings: RegistrySettings,
  address: () => string | undefined,
): Promise<RegistryAccess> {
  const keysFile = join(dataDirectory, 'token-keys.json');
  return openRegistryAccess({ directory, settings, settingsFile, keysFile, own, address, proxy, onEvent, now });
}

/** How often Node looks for connections whose headers are overdue, in relation to the limit. */
const overdueLooksPerLimit = 4;

function connectionsCheckMs(limits: RegistryLimits): number {
  return Math.ceil(limits.headersMs / overdueLooksPerLimit);
}

async function openTls(
  { dataDirectory, own, onEvent = () => {}, now }: OwnedOptions,
  settings: RegistrySettings,
  limits: RegistryLimits,
): Promise<RegistryTls | undefined> {
  const checkMs = connectionsCheckMs(limits);
  return openRegistryTls({ dataDirectory, own, settings, limits, connectionsCheckMs: checkMs, onEvent, now });
}

function buildApp(serving: Serving, limits: RegistryLimits, tls: TlsServers | undefined): FastifyInstance<Server> {
  const answers = openConnectionAnswers();
  const options: FastifyHttpOptions<Server> = {
    exposeHeadRoutes: false,
    return503OnClosing: false,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: connectionsCheckMs(limits) },
    clientErrorHandler: answers.refuse,
    frameworkErrors: (_error, request, reply) => refuse(400, request, reply),
    ...(tls === undefined ? {} : { serverFactory: (handler) => tls.open(handler) }),
  };
  const app = fastify(options);

  function refuse(status: 400 | 404, request: FastifyRequest, reply: FastifyReply): void {
    reply.hijack();
    const answer = refusal(status, 'UNSUPPORTED', status === 404 ? 'no such resource' : 'malformed request');
    void serving.refuse(answer, request.raw, reply.raw);
  }

  async function serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    await serving.serve(request.raw, reply.raw);
  }

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setNotFoundHandler((request, reply) => refuse(404, request, reply));
  // Handlers throw nothing, so this is about a content type that Fastify does not like: it is not Fastify's to judge.
  app.setErrorHandler((_error, request, reply) => serve(request, reply));
  for (const url of ['/v2', '/v2/*', ...endpointRoots]) {
    app.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], url, handler: serve });
  }
  // What is asked for by the thousand goes past Fastify, whose routes lead to the same place, until it closes connections.
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  function listener(request: IncomingMessage, response: ServerResponse): void {
    answers.inTurn(request, response, () => {
      if (!closing && request.url?.startsWith('/v2/')) void serving.serve(request, response);
      else app.routing(request, response);
    });
  }
  app.server.maxConnections = limits.connectionsMax;
  app.server.removeAllListeners('request').on('request', listener);
  // Without a listener Node would ask for the body before anybody knows who sends it.
  app.server.on('checkContinue', listener);
  return app;
}

/** Of localhost Fastify would listen on every address, and on all but one with a server that knows nothing of ours. */
async function listen(app: FastifyInstance, { host, port }: RegistryOptions): Promise<void> {
  try {
    await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  } catch (cause) {
    if (isTaken(cause)) {
      throw new ConflictError({ code: 'PORT_TAKEN', message: `another program listens on ${host}:${port}`, cause });
    }
    throw new InputError({
      code: 'ADDRESS_UNUSABLE',
      message: `cannot listen on ${host}:${port}: ${String(cause)}`,
      cause,
    });
  }
}

/** Whoever looked a moment ago may have found the port free. */
function isTaken(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}

/** Whether it stands for all addresses of this machine, so that nobody can call it by that. */
function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** A URL that works on this machine: the wildcard addresses are nobody's. */
function urlOf(scheme: string, host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

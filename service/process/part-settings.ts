/** What a part of the service is told by its environment. */
import { join } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import { type LogLevel, logLevels } from './part-log.ts';

/** Environment variables, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the API listens when nothing is said. */
export const apiPortDefault = 7420;

/** Where the embedded registry listens when nothing is said. */
export const registryPortDefault = 7421;

/** The address everything listens on when nothing is said: this machine alone. */
export const hostDefault = '127.0.0.1';

/** The data directory when nothing is said. */
export const dataDirectoryDefault = '.registry-action';

/** What every part of the service is told. */
export interface PartSettings {
  readonly dataDirectory: string;
  readonly host: string;
  readonly apiPort: number;
  readonly registryPort: number;
  /** The configuration; undefined when the embedded registry with its three environments is all there is. */
  readonly configFile: string | undefined;
  /** A Redis of the user's own, or the private one; undefined when none is named. */
  readonly redisUrl: string | undefined;
  /** Where the embedded registry runs; undefined when it does not. */
  readonly embeddedRegistryUrl: string | undefined;
  readonly workers: number;
  /** How long a worker may be silent before another one takes its jobs. */
  readonly lockMs: number;
  /** How often every lane is looked at; undefined for what suits the registries. */
  readonly sweepEveryMs: number | undefined;
  readonly logLevel: LogLevel;
  /** Whether standard input is a supervisor's pipe. */
  readonly supervised: boolean;
}

/** Worker processes when nothing is said: one drains many lanes at once. */
export const workersDefault = 1;

/** Most worker processes that one supervisor starts. */
export const workersMax = 64;

/** BullMQ's lock on a job: after so long a silence the worker is taken for dead; its lane's token is then old. */
export const lockMsDefault = 15_000;

/** Longer locks would only make crashes more felt. */
const lockMsMax = 300_000;

/** A lane that nobody looks at for an hour is not looked after. */
const sweepEveryMsMax = 999_999;

/** The settings of an environment; @throws InputError REQUEST_INVALID for a value that is none. */
export function parsePartSettings(environment: Environment): PartSettings {
  const read = (name: string) => (environment[name] === '' ? undefined : environment[name]);
  return {
    dataDirectory: read('REGISTRY_ACTION_DATA') ?? dataDirectoryDefault,
    host: read('REGISTRY_ACTION_HOST') ?? hostDefault,
    apiPort: parseCount(read('REGISTRY_ACTION_API_PORT'), 'REGISTRY_ACTION_API_PORT', 65_535, apiPortDefault),
    registryPort: parseCount(
      read('REGISTRY_ACTION_REGISTRY_PORT'),
      'REGISTRY_ACTION_REGISTRY_PORT',
      65_535,
      registryPortDefault,
    ),
    configFile: read('REGISTRY_ACTION_CONFIG'),
    redisUrl: read('REDIS_URL'),
    embeddedRegistryUrl: read('REGISTRY_ACTION_EMBEDDED_URL'),
    workers: parseCount(read('REGISTRY_ACTION_WORKERS'), 'REGISTRY_ACTION_WORKERS', workersMax, workersDefault),
    lockMs: parseCount(read('REGISTRY_ACTION_LOCK_MS'), 'REGISTRY_ACTION_LOCK_MS', lockMsMax, lockMsDefault),
    sweepEveryMs: parseOptionalCount(read('REGISTRY_ACTION_SWEEP_MS'), 'REGISTRY_ACTION_SWEEP_MS', sweepEveryMsMax),
    logLevel: parseLogLevel(read('REGISTRY_ACTION_LOG_LEVEL')),
    supervised: read('REGISTRY_ACTION_SUPERVISED') === '1',
  };
}

/** The level of a text, `info` when absent; @throws InputError REQUEST_INVALID. */
export function parseLogLevel(text: string | undefined): LogLevel {
  if (text === undefined || text === '') return 'info';
  const level = logLevels.find((known) => known === text);
  if (level !== undefined) return level;
  const message = `not a log level: REGISTRY_ACTION_LOG_LEVEL=${text}`;
  throw new InputError({ code: 'REQUEST_INVALID', message, wayOut: `set it to one of ${logLevels.join(', ')}` });
}

/** Where the token is kept with which the service's own parts sign in to the embedded registry. */
export function serviceTokenPath(dataDirectory: string): string {
  return join(dataDirectory, 'service.token');
}

/** Where users and tokens are kept; the embedded registry and the API read the same file. */
export function accessFilePath(dataDirectory: string): string {
  return join(dataDirectory, 'access.json');
}

/** Where the administrator's first token is kept. */
export function adminTokenPath(dataDirectory: string): string {
  return join(dataDirectory, 'admin.token');
}

function parseOptionalCount(text: string | undefined, name: string, max: number): number | undefined {
  return text === undefined ? undefined : parseCount(text, name, max, 0);
}

function parseCount(text: string | undefined, name: string, max: number, absent: number): number {
  if (text === undefined) return absent;
  if (/^\d{1,6}$/.test(text) && Number(text) <= max) return Number(text);
  throw new InputError({ code: 'REQUEST_INVALID', message: `not a number from 0 to ${max}: ${name}=${text}` });
}

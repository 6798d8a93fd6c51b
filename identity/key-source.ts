/** Where the keys of an issuer are read from: the issuer itself, or a file. */
import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import type { IssuerConfig } from '../core/config.ts';
import { InputError } from '../errors/errors.ts';
import { openConnections } from '../oci/client/wire/connections.ts';
import type { ProxySettings } from '../oci/client/wire/proxy.ts';
import { fetchKeys } from './fetch-keys.ts';
import { parseKeySet } from './parse-key-set.ts';

/** One source of keys. */
export interface KeySource {
  /** The keys as they are now; rejects when they cannot be read. */
  read(): Promise<JSONWebKeySet>;
  close(): Promise<void>;
}

/**
 * The source that the configuration names. No issuer is asked for anything yet.
 * @throws InputError CONFIG_INVALID when a named file cannot be read, or has no keys or no certificate in it.
 */
export async function openKeySource(issuer: IssuerConfig, proxy: ProxySettings): Promise<KeySource> {
  const { keysFile, caFile } = issuer;
  if (keysFile !== undefined) return await openKeyFile(keysFile);
  const ca = caFile === undefined ? undefined : await readNamedFile(caFile);
  const connections = openConnections({ ca, proxy });
  return { read: () => fetchKeys(issuer.issuer, connections), close: () => connections.close() };
}

/** Read once now, so that a mistake is told at the start, and again whenever keys are asked for: files are replaced. */
async function openKeyFile(path: string): Promise<KeySource> {
  const read = async () => parseKeySet(parseJson(await readNamedFile(path)), path);
  await read().catch((cause: unknown) => {
    if (cause instanceof InputError) throw cause;
    throw new InputError({ code: 'CONFIG_INVALID', message: `no JSON Web Key Set with public keys: ${path}` });
  });
  return { read, close: async () => {} };
}

async function readNamedFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({ code: 'CONFIG_INVALID', message: `file cannot be read: ${path}`, cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

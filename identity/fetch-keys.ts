/** Reading the keys of an issuer over HTTP. */
import type { JSONWebKeySet } from 'jose';
import { TransportError } from '../errors/errors.ts';
import type { Connections } from '../oci/client/wire/connections.ts';
import { systemTiming } from '../oci/client/wire/timing.ts';
import { sendRequest } from '../oci/client/wire/transport.ts';
import { parseKeySet } from './parse-key-set.ts';

/** How long an issuer may take for each of its two documents: somebody waits meanwhile. */
const answerMs = 5_000;

/** Largest document: GitHub's keys are 10 KB. */
const documentSizeBytesMax = 256 * 1024;

/**
 * The keys that the issuer's own description names. Both documents come from the issuer's host and no other: redirects
 * are not followed, and a description that names another host is not believed.
 *
 * Spec: OpenID Connect Discovery 1.0, "Obtaining OpenID Provider Configuration Information".
 * @throws TransportError IDENTITY_ISSUER_UNREACHABLE.
 */
export async function fetchKeys(issuer: string, connections: Connections): Promise<JSONWebKeySet> {
  const description = parseObject(await fetchJson(`${issuer}/.well-known/openid-configuration`, connections));
  if (description['issuer'] !== issuer) throw broken(issuer, 'it describes another issuer');
  const address = description['jwks_uri'];
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url === null) throw broken(issuer, 'it names no keys');
  if (url.origin !== new URL(issuer).origin) throw broken(issuer, `it names keys at ${url.origin}`);
  return parseKeySet(await fetchJson(url.href, connections), issuer);
}

async function fetchJson(address: string, connections: Connections): Promise<unknown> {
  const timing = { ...systemTiming, stallMs: answerMs };
  const request = { method: 'GET', url: new URL(address), headers: { accept: 'application/json' }, answerMs } as const;
  const answer = await sendRequest(connections, timing, request).catch((cause: unknown) => {
    // The client's words are of registries.
    throw broken(address, cause instanceof Error ? causeText(cause) : 'no answer');
  });
  if (answer.status !== 200) {
    await answer.discard();
    throw broken(address, `status ${answer.status}`);
  }
  const bytes = await answer.readBytes(documentSizeBytesMax);
  if (bytes === undefined) throw broken(address, `more than ${documentSizeBytesMax} bytes`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw broken(address, 'no JSON');
  }
}

function causeText(error: Error): string {
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

function parseObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function broken(address: string, why: string): TransportError {
  return new TransportError({ code: 'IDENTITY_ISSUER_UNREACHABLE', message: `${address}: ${why}` });
}

/**
 * The parts of undici that speak to registries. Its index also loads fetch, WebSocket, caches and mocks, which takes twice
 * as long as these and is what a command waits for before it asks anything.
 */
import type { Dispatcher, ProxyAgent } from 'undici';
import request from 'undici/lib/api/api-request.js';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';

export { Agent, buildConnector, Pool };

/** What is said of a request. */
export type SentOptions = Parameters<typeof request>[0];

/** undici's answer to the request, sent through the dispatcher; its index would make this a method of all dispatchers. */
export async function requestThrough(dispatcher: Dispatcher, options: SentOptions): Promise<Dispatcher.ResponseData> {
  return await request.call(dispatcher, options);
}

/** The agent for proxies, which few have. It wants the methods that the index gives to dispatchers. */
export async function loadProxyAgent(): Promise<typeof ProxyAgent> {
  return (await import('undici')).ProxyAgent;
}

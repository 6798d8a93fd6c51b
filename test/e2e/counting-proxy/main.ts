/** The counting proxy's process: what goes through is counted on an event loop that nobody else uses. */
import { once } from 'node:events';
import process from 'node:process';
import { openRegistryProxy } from '../registry-proxy.ts';

const proxy = await openRegistryProxy(process.argv[2] ?? '');
process.on('message', () => process.send?.({ seen: proxy.seen.splice(0) }));
process.send?.({ url: proxy.url });
// Whoever started it is gone: so is its purpose.
await once(process, 'disconnect');
await proxy.close();

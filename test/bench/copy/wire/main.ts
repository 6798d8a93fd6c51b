/** The wire's process: what goes over it passes an event loop that nobody else uses. Arguments: upstream port, latency in ms. */
import { once } from 'node:events';
import process from 'node:process';
import { openWire } from './open-wire.ts';

const [upstreamPort = '', latencyMs = '0'] = process.argv.slice(2);
const wire = await openWire(Number.parseInt(upstreamPort, 10), Number.parseFloat(latencyMs));
process.on('message', () => process.send?.(wire.take()));
process.send?.({ port: wire.port });
// Whoever started it is gone: so is its purpose.
await once(process, 'disconnect');
await wire.close();

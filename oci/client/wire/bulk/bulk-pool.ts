/** Connections for bulk, kept for a while for who comes next. */
import type { TlsTrust } from '../connector.ts';
import { type BulkConnection, openBulkConnection } from './bulk-connection.ts';
import { WireError } from './wire-error.ts';

/** Connections to any number of origins. */
export interface BulkPool {
  /** One that nobody else uses; new, unless one rests. */
  take(url: URL): Promise<BulkConnection>;
  /** Gives back one whose answer was read to its end, for others to use. */
  put(url: URL, connection: BulkConnection): void;
  /** Ends every connection; what is under way fails. */
  close(): void;
}

interface Resting {
  readonly origin: string;
  readonly connection: BulkConnection;
  readonly patience: NodeJS.Timeout;
}

/** How long a connection rests. Shorter than the 5 s after which many registries hang up. */
const restMsMax = 4_000;

/** A pool without connections. Every one is opened with the context, where there is one. */
export function openBulkPool(trust: TlsTrust): BulkPool {
  const all = new Set<BulkConnection>();
  /** The one that rests longest first. */
  const resting = new Set<Resting>();
  let isClosed = false;

  function takeRested(origin: string): BulkConnection | undefined {
    for (const rested of [...resting].reverse()) {
      if (rested.origin !== origin) continue;
      resting.delete(rested);
      clearTimeout(rested.patience);
      if (rested.connection.wake()) return rested.connection;
      rested.connection.destroy();
    }
    return undefined;
  }

  return {
    async take(url) {
      if (isClosed) throw closed();
      const rested = takeRested(url.origin);
      if (rested !== undefined) return rested;
      const connection = await openBulkConnection(trust, url);
      if (isClosed) {
        connection.destroy();
        throw closed();
      }
      all.add(connection);
      void connection.closed.then(() => all.delete(connection));
      return connection;
    },
    put({ origin }, connection) {
      if (isClosed) return connection.destroy();
      const end = () => {
        clearTimeout(entry.patience);
        resting.delete(entry);
        connection.destroy();
      };
      const entry = { origin, connection, patience: setTimeout(end, restMsMax).unref() };
      resting.add(entry);
      connection.rest(end);
    },
    close() {
      isClosed = true;
      for (const { patience } of resting) clearTimeout(patience);
      resting.clear();
      for (const connection of all) connection.destroy(closed());
    },
  };
}

/** As undici says it. */
function closed(): WireError {
  return new WireError('UND_ERR_DESTROYED', 'the client is closed');
}

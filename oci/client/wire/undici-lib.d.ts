/** Types of the files of undici that undici-parts.ts loads: its own describe its index alone. */

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  /** Any async iterable, which its own types leave out. */
  type Body = Dispatcher.RequestOptions['body'] | AsyncIterable<Uint8Array>;
  type Options = Omit<Dispatcher.RequestOptions, 'body'> & { body?: Body };
  const request: (this: Dispatcher, options: Options) => Promise<Dispatcher.ResponseData>;
  export = request;
}

declare module 'undici/lib/core/connect.js' {
  import { buildConnector } from 'undici';
  export = buildConnector;
}

declare module 'undici/lib/dispatcher/agent.js' {
  import { Agent } from 'undici';
  export = Agent;
}

declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}

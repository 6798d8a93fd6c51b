/** All pairs of clients over plain HTTP on this machine, beside the service, with a user's password. */
import { openServed } from '../served.ts';
import { describeAllPairs } from './all-pairs.ts';

const password = 'correct horse battery';

describeAllPairs('over plain HTTP', async () => {
  const served = await openServed();
  const added = await served.cli(['users', 'add', 'ada', '--role', 'admin', '--password-stdin'], {}, `${password}\n`);
  if (added.code !== 0) throw new Error(`users add: ${added.stderr}`);
  return {
    host: served.registryHost,
    caFile: undefined,
    user: 'ada',
    secret: password,
    enter: [],
    close: served.close,
  };
});

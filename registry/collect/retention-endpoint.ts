/** `/admin/v1/retention/<repository>`: which tags the rules would let go of, and why each other one stays. */
import { setImmediate } from 'node:timers/promises';
import { NotFoundError } from '../../errors/errors.ts';
import { isRepositoryName } from '../../oci/spec/repository-name.ts';
import { jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';
import { judgeRepository } from './retention.ts';

/** Looking changes nothing. */
export const retentionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/admin/v1/retention/',
    verb: 'administer',
    async answer({ storage, settings, now, rest }: EndpointExchange) {
      if (!isRepositoryName(rest) || !(await storage.hasRepository(rest))) {
        throw new NotFoundError({ code: 'REPOSITORY_UNKNOWN', message: `there is no repository: ${rest}` });
      }
      const yieldTurn = () => setImmediate();
      const init = { storage, settings: settings.retention, tagRules: settings, now, yieldTurn };
      return jsonAnswer(await judgeRepository(init, rest));
    },
  },
];

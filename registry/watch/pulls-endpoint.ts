/** `/admin/v1/pulls/<repository>`: how often and when last its manifests were pulled. */
import { NotFoundError } from '../../errors/errors.ts';
import { isRepositoryName } from '../../oci/spec/repository-name.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Endpoint, EndpointExchange } from '../http/endpoint.ts';

/** For whoever may pull from the repository. */
export const pullsEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/admin/v1/pulls/',
    verb: 'pull',
    repositoryOf: (rest) => (isRepositoryName(rest) ? rest : undefined),
    answer: readPulls,
  },
];

async function readPulls({ storage, rest }: EndpointExchange): Promise<Answer> {
  if (!isRepositoryName(rest) || !(await storage.hasRepository(rest))) {
    throw new NotFoundError({ code: 'REPOSITORY_UNKNOWN', message: `no such repository: ${rest}` });
  }
  const pulls = await storage.readPulls(rest);
  return jsonAnswer({
    repository: rest,
    pulls: pulls.map(({ digest, count, lastPulledAt }) => ({
      ...{ digest, count },
      lastPulledAt: new Date(lastPulledAt).toISOString(),
    })),
  });
}

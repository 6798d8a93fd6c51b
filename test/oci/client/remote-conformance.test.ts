/** The suite of every Target over repositories of a plain registry, one without a referrers API and one with it. */
import { openRegistryClient } from '../../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openPlainRegistry } from '../plain-registry.ts';
import { targetConformance } from '../target-conformance.ts';
import { type OpenedTarget, powerNames } from '../target-powers.ts';

for (const referrersApi of [false, true]) {
  const kind = referrersApi ? 'with a referrers API' : 'without a referrers API';
  targetConformance(`a repository of a plain registry ${kind}`, async (): Promise<OpenedTarget> => {
    const registry = await openPlainRegistry({ referrersApi });
    const client = openRegistryClient({ url: registry.url });
    return {
      target: client.repository(parseRepositoryName('team/app')),
      powers: powerNames,
      async close() {
        await client.close();
        await registry.close();
      },
    };
  });
}

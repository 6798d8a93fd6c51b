/** The suite of every Target over repositories of a registry of other people, one for each test. */
import { afterAll, beforeAll } from 'vitest';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { targetConformance } from '../oci/target-conformance.ts';
import { type OpenedTarget, powerNames } from '../oci/target-powers.ts';
import { type Distribution, openDistribution } from './distribution.ts';

let distribution: Distribution;
beforeAll(async () => {
  distribution = await openDistribution();
});
afterAll(() => distribution?.close());

let opened = 0;

targetConformance('a repository of a distribution registry', async (): Promise<OpenedTarget> => {
  const client = openRegistryClient({ url: distribution.url });
  opened += 1;
  const repository = (name: string) => client.repository(parseRepositoryName(`team-${opened}/${name}`));
  // Debian's version deletes manifests, and no tag alone: it takes a tag's name for a digest.
  const { deleteTag: _, ...target } = repository('app');
  return {
    target,
    sibling: repository('other'),
    powers: powerNames.filter((power) => power !== 'deleteTag'),
    close: () => client.close(),
  };
});

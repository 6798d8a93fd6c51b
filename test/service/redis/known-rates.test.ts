import { expect, it } from 'vitest';
import { knownRates } from '../../../service/redis/known-rates.ts';

it.each([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 10],
  ['ghcr.io', 3],
  ['europe-docker.pkg.dev', undefined],
  ['registry.example', undefined],
  ['ghcr.io.example', undefined],
  ['x123456789012.dkr.ecr.eu-central-1.amazonaws.com', undefined],
])('%s takes %s manifests a second', (host, perSecond) => {
  expect(knownRates(host)['manifest-write']?.perSecond).toBe(perSecond);
});

it('a registry that we know nothing of is not slowed down', () => {
  expect(knownRates('registry.example')).toEqual({});
});

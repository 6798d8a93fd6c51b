/** What is known of registries by their names. */
import { describe, expect, it } from 'vitest';
import { ordinaryQuirks, quirksOf } from '../../../oci/client/quirks.ts';

describe('the quirks of a registry', () => {
  it.each([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', ['put', 'chunks']],
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', ['put', 'chunks']],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', ['put', 'chunks']],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', ['put', 'chunks']],
    ['public.ecr.aws', ['put', 'chunks']],
    ['europe-west1-docker.pkg.dev', ['put']],
    ['eu.gcr.io', ['put']],
    ['gcr.io', ['put']],
    ['ghcr.io', ['put', 'patch', 'chunks']],
    ['Example.AzureCR.io', ['put', 'patch', 'chunks']],
  ])('at %s are ways to upload: %s', (host, ways) => {
    expect(quirksOf(host)).toMatchObject({ uploadWays: ways, anonymousMounts: 'never' });
  });

  it.each([
    'registry.example',
    'registry.example:5000',
    '127.0.0.1:5000',
    'notgcr.io',
    'ghcr.io.evil.test',
    'dkr.ecr.evil.test',
    'azurecr.io',
    'pkg.dev.evil.test',
  ])('at %s, which is none of them, are the ordinary ones', (host) => {
    expect(quirksOf(host)).toEqual(ordinaryQuirks);
  });

  it('do not depend on the port', () => {
    expect(quirksOf('quay.io:443')).toEqual(quirksOf('quay.io'));
  });
});

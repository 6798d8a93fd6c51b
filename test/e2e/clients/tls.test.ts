/**
 * All pairs of clients over TLS with a private authority, on a registry that runs alone, with a token. It listens on an
 * address that is not loopback, since docker trusts any certificate there; a network namespace has one for us alone. It
 * says its address, so clients fetch tokens from it, behind the same certificate.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAuthority } from '../../oci/client/certificates.ts';
import { namespaceAddress, openNetworkNamespace } from '../network-namespace.ts';
import { openScratchDirectory } from '../scratch-directory.ts';
import { openServed } from '../served.ts';
import { describeAllPairs } from './all-pairs.ts';

const port = '5443';

describeAllPairs('over TLS', async () => {
  const namespace = await openNetworkNamespace();
  const scratch = await openScratchDirectory('tls');
  const authority = openAuthority();
  const path = (name: string) => join(scratch.path, name);
  const { cert, key } = authority.issue(`IP:${namespaceAddress}`);
  await writeFile(path('ca.pem'), authority.ca);
  await writeFile(path('cert.pem'), cert);
  await writeFile(path('key.pem'), key);
  const { enter } = namespace;
  const url = `https://${namespaceAddress}:${port}`;
  const tls = ['--tls-cert', path('cert.pem'), '--tls-key', path('key.pem')];
  const served = await openServed({
    enter,
    words: ['--registry-only', '--host', namespaceAddress, '--port', port, '--url', url, ...tls],
  });
  return {
    host: `${namespaceAddress}:${port}`,
    caFile: path('ca.pem'),
    user: 'admin',
    secret: served.token,
    enter,
    close: async () => {
      await served.close();
      authority.close();
      await scratch.close();
      await namespace.close();
    },
  };
});

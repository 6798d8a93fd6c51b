/** A service or registry whose certificate no authority that is trusted here has signed. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openServiceTransport } from '../../../api/client/service-transport.ts';
import { openAuthority } from '../../oci/client/certificates.ts';

test('a certificate of an unknown authority is told as that, with the flag that names the authority', async () => {
  const authority = openAuthority();
  onTestFinished(() => authority.close());
  const server = createServer(authority.issue('IP:127.0.0.1'), (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const transport = openServiceTransport({ url: `https://127.0.0.1:${port}`, token: undefined, env: {} });
  onTestFinished(() => transport.close());
  await expect(transport.request('GET', '/', { signal: undefined })).rejects.toMatchObject({
    code: 'SERVICE_UNREACHABLE',
    message: expect.stringContaining('nobody who is trusted here signed its certificate'),
    wayOut: expect.stringContaining('--ca-file'),
  });
});

/** Certificates that container tools find by the name of a registry. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readHostCertificates } from '../../../../oci/client/wire/host-certificates.ts';
import { errorOf } from '../fixture.ts';

/** The two directories, after the files were written below them. */
async function write(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = await mkdtemp(join(tmpdir(), 'host-certificates-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return [join(root, 'one'), join(root, 'two')];
}

describe('the certificates of a registry', () => {
  it('are all its authorities, and its certificate with the key', async () => {
    const directories = await write({
      'two/registry.example:5000/a.crt': 'A',
      'two/registry.example:5000/b.crt': 'B',
      'two/registry.example:5000/client.cert': 'C',
      'two/registry.example:5000/client.key': 'K',
      'two/registry.example:5000/readme.txt': 'x',
    });
    expect(await readHostCertificates(directories, 'registry.example:5000')).toEqual({
      ca: 'A\nB',
      clientCertificate: { cert: 'C', key: 'K' },
    });
  });

  it('are those of the first directory that has some, alone', async () => {
    const directories = await write({
      'one/a.example/ca.crt': '1',
      'two/a.example/ca.crt': '2',
      'two/b.example/ca.crt': '3',
    });
    expect(await readHostCertificates(directories, 'a.example')).toEqual({ ca: '1' });
    expect(await readHostCertificates(directories, 'b.example')).toEqual({ ca: '3' });
  });

  it.each(['other.example', 'registry.example', 'registry.example:5001'])('are not those of %s', async (host) => {
    const directories = await write({ 'one/registry.example:5000/ca.crt': 'A' });
    expect(await readHostCertificates(directories, host)).toEqual({});
  });

  it('are an error when the key is missing', async () => {
    const directories = await write({ 'one/registry.example/client.cert': 'C' });
    const error = await errorOf(readHostCertificates(directories, 'registry.example'));
    expect(error).toMatchObject({ code: 'CREDENTIALS_INVALID' });
    expect(error.message).toContain('client.key');
  });
});

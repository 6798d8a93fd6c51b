/** Error answers, as the errors of whoever must act. */
import { describe, expect, it } from 'vitest';
import { AccessError, NotFoundError, RegistryError } from '../../../../errors/errors.ts';
import { errorOf, openTestClient } from '../fixture.ts';
import { openTranscript } from '../transcript.ts';

/** The error of a request that is answered so, in one attempt. */
async function refusedWith(status: number, answer: string, headers: Record<string, string> = {}): Promise<Error> {
  const attempts = status >= 500 || status === 429 ? 5 : 1;
  const server = await openTranscript(
    Array.from({ length: attempts }, () => ({ request: 'GET /v2/', status, answer, headers })),
  );
  return await errorOf(openTestClient({ url: server.url }).ping());
}

describe('a refusal', () => {
  it('keeps status and codes, and says what the registry said', async () => {
    const answer = '{"errors":[{"code":"UNSUPPORTED","message":"The operation\\nis unsupported."},{"code":"OWN"}]}';
    const error = await refusedWith(405, answer);
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status: 405, specCodes: ['UNSUPPORTED', 'OWN'], retryable: false });
    expect(error.message).toMatch(
      /^registry refused: 405 UNSUPPORTED OWN \(The operation is unsupported\.\): sign in to 127\.0\.0\.1:\d+$/,
    );
  });

  it.each([
    [401, AccessError, 'REGISTRY_DENIED', { signedIn: false }],
    [403, AccessError, 'REGISTRY_DENIED', { signedIn: true }],
    [404, RegistryError, 'REGISTRY_REFUSED', { status: 404 }],
    [429, RegistryError, 'REGISTRY_REFUSED', { retryable: true }],
    [501, RegistryError, 'REGISTRY_REFUSED', { retryable: true }],
  ])('with %i is a matter for %o', async (status, kind, code, fields) => {
    const error = await refusedWith(status, '');
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code, ...fields });
  });

  it.each([
    ['NAME_UNKNOWN', 'REPOSITORY_UNKNOWN'],
    ['NOT_FOUND', 'REPOSITORY_UNKNOWN'],
    ['BLOB_UNKNOWN', 'BLOB_UNKNOWN'],
    ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'],
    ['MANIFEST_UNKNOWN', 'MANIFEST_UNKNOWN'],
  ])('with 404 %s says %s', async (specCode, code) => {
    const error = await refusedWith(404, `{"errors":[{"code":"${specCode}"}]}`);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code });
  });

  it('may be the page of a proxy', async () => {
    const error = await refusedWith(502, '<html><body>Bad Gateway</body></html>', { 'content-type': 'text/html' });
    expect(error).toMatchObject({ status: 502, specCodes: [] });
  });

  it('may be longer than we read', async () => {
    const error = await refusedWith(400, `{"errors":[{"code":"X","message":"${'x'.repeat(70_000)}"}]}`);
    expect(error).toMatchObject({ status: 400, specCodes: [] });
  });

  it('does not fill the screen', async () => {
    const error = await refusedWith(400, `{"errors":[{"code":"X","message":"${'x'.repeat(1000)}"}]}`);
    expect(error.message.length).toBeLessThan(300);
  });

  it('may have a body that breaks off', async () => {
    const server = await openTranscript([{ request: 'GET /v2/', status: 400, answer: '{"errors":[', breaks: 3 }]);
    expect(await errorOf(openTestClient({ url: server.url }).ping())).toMatchObject({ status: 400 });
  });
});

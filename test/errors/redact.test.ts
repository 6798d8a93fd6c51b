/** What is a secret wherever it stands, and what is not. */
import { describe, expect, it } from 'vitest';
import { redact } from '../../errors/redact.ts';

/** No part of a token of anybody's. */
const secret = 'c3cretc3cretc3cret';

describe('a text', () => {
  it.each([
    ['user information of a URL', `https://ann:${secret}@registry.example/v2/`],
    ['a header', `authorization: Digest ${secret}`],
    ['a cookie', `"set-cookie": "session=${secret}"`],
    ['a password in Basic', `sent Basic ${secret}== to it`],
    ['a token in Bearer', `sent bearer ${secret} to it`],
    ['a token of ours', `rat_admin_${secret}`],
    ['a token of GitHub', `used ghp_${secret}.`],
    ['a fine-grained token of GitHub', `used github_pat_11AAAA_${secret}`],
    ['a token of GitLab', `(glpat-${secret})`],
    ['a token of Docker Hub', `dckr_pat_${secret}`],
    ['an access token of Google', `ya29.${secret}`],
    ['a signed token within a word', `x-eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.${secret}`],
    ['a signed token behind another word', `a.eyJhbGciOiJFUzI1NiJ9.${secret}`],
    ['user information in any scheme', `docker-archive://${secret}@x`],
    ['a signed token', `token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.${secret} is not good`],
    ['the claims of a signed token', `eyJhbGciOiJFUzI1NiJ9.${secret}.x`],
    ['the signature of S3', `https://s3.example/blob?a=1&X-Amz-Signature=${secret}&b=2`],
    ['the signature of Azure', `https://blob.example/x?sv=1&sig=${secret}`],
    ['a secret in a form', `?grant_type=x&client_secret=${secret}`],
  ])('loses %s', (_, text) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('***');
  });

  it.each([
    'manifest not found: registry.example/team/app@sha256:ab12',
    'https://registry.example/v2/team/app/manifests/1.2.3?n=100',
    'registry denied access: 403 DENIED: push blob ghcr.io/team/app',
    'basic auth is off',
    'eyJ is how a signed token begins',
  ])('that has none stays as it is: %s', (text) => expect(redact(text)).toBe(text));

  // With a look at its rest from every part of it, each would take hours.
  it.each(['a-', 'a.', 'eyJ-', 'eyJ12345678.a.', '://', 'cookie ', 'rat_a-', '?'])(
    'of a megabyte of %s is read through once',
    (part) => {
      const text = part.repeat((1024 * 1024) / part.length);
      expect(redact(text) === text).toBe(true);
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseErrorBody, specErrorCodes } from '../../../oci/spec/error-code.ts';

describe('the body of an error answer', () => {
  it('gives every specified error with its message and detail', () => {
    const errors = specErrorCodes.map((code) => ({ code, message: `about ${code}`, detail: { name: 'app' } }));
    expect(parseErrorBody(JSON.stringify({ errors }))).toEqual(errors);
  });

  it.each([
    [
      'a code of the registry itself',
      '{"errors":[{"code":"TAG_IMMUTABLE"}]}',
      [{ code: 'TAG_IMMUTABLE', message: '' }],
    ],
    ['a message that is no text', '{"errors":[{"code":"DENIED","message":{}}]}', [{ code: 'DENIED', message: '' }]],
    [
      'one good error among bad ones',
      '{"errors":[1,null,{},{"code":"DENIED","message":"no"}]}',
      [{ code: 'DENIED', message: 'no' }],
    ],
    [
      'what Amazon writes',
      '{"__type":"com.amazonaws.ecr#ThrottlingException","message":"Rate exceeded"}',
      [{ code: 'ThrottlingException', message: 'Rate exceeded' }],
    ],
    ['errors that are no list', '{"errors":{"code":"DENIED"}}', []],
    ['HTML', '<html><body>502</body></html>', []],
    ['plain text', '404 page not found', []],
    ['nothing', '', []],
  ])('may hold %s', (_, body, errors) => {
    expect(parseErrorBody(body)).toEqual(errors);
  });

  it('is read without failing, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"errors":[${json}]}`),
        ),
        (body) => {
          expect(Array.isArray(parseErrorBody(body))).toBe(true);
        },
      ),
    );
  });

  it('gives no more errors than anyone would read', () => {
    const errors = Array.from({ length: 1000 }, () => ({ code: 'DENIED' }));
    expect(parseErrorBody(JSON.stringify({ errors }))).toHaveLength(20);
  });
});

/** What a request is told whose parts are not well-formed. */
import { InputError } from '../../errors/errors.ts';

/** Characters of a wrong value that are repeated. */
const shownCharsMax = 100;

/** The error that tells every fault. One fault names its part and, where there is one, the wrong value. */
export function malformedRequest(...faults: readonly string[]): InputError {
  const [first = '', ...others] = faults;
  return new InputError({
    code: 'REQUEST_INVALID',
    message: others.length === 0 ? first : `${faults.length} faults in the request`,
    wayOut: 'correct the named parts; /api/v1/openapi.json describes them',
    fields: { problems: faults },
  });
}

/** `: value` as JSON, shortened; nothing for an absent one. What these requests carry is no secret, tokens and passwords excepted: never show those. */
export function shownValue(value: unknown): string {
  const whole = typeof value === 'string' && value.length > shownCharsMax ? `${value.slice(0, shownCharsMax)}…` : value;
  const text = JSON.stringify(whole) ?? '';
  // A quoted text that was shortened already keeps its closing quote.
  if (typeof value === 'string') return `: ${text}`;
  return text === '' ? '' : `: ${text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text}`;
}

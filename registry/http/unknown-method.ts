/** What is answered to a method that a resource does not have. */
import { type Answer, refusal } from './answer.ts';

/** The refusal, with the methods that there are. Spec: RFC 9110, "405 Method Not Allowed". */
export function unknownMethod(methods: readonly string[]): Answer {
  return refusal(405, 'UNSUPPORTED', 'the resource does not know this method', {
    headers: { allow: methods.join(', ') },
  });
}

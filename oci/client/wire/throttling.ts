/** Answers that mean 429 and say 400. */
import { streamOf } from '../../byte-stream.ts';
import { parseErrorBody } from '../../spec/error-code.ts';
import type { Answer } from './answer.ts';

/**
 * What the services of Amazon call it when there were too many requests: ECR passes it on with the status 400 of their own
 * protocol (concourse/docker-image-resource #115), where its documentation speaks of 429 and this name in one breath.
 */
const throttlingCodes: ReadonlySet<string> = new Set([
  'ThrottleException',
  'ThrottlingException',
  'TooManyRequestsException',
  'TOOMANYREQUESTS',
]);

/** Most of an error body we read for its code. */
const errorSizeBytesMax = 64 * 1024;

/**
 * The answer, as a 429 when it is a 400 that means one: it says nothing of the request, and the same one does better
 * later. The body of a 400 has been read by then, and can be read again.
 */
export async function toldAsThrottling(answer: Answer): Promise<Answer> {
  if (answer.status !== 400) return answer;
  const named = answer.header('x-amzn-errortype')?.split(':', 1)[0] ?? '';
  if (throttlingCodes.has(named)) return { ...answer, status: 429 };
  const bytes = (await answer.readBytes(errorSizeBytesMax).catch(() => undefined)) ?? new Uint8Array(0);
  const isThrottling = parseErrorBody(new TextDecoder().decode(bytes)).some(({ code }) => throttlingCodes.has(code));
  return {
    ...answer,
    status: isThrottling ? 429 : 400,
    readBytes: async (sizeBytesMax) => (bytes.length > sizeBytesMax ? undefined : bytes),
    take: () => streamOf(bytes),
    discard: async () => {},
  };
}

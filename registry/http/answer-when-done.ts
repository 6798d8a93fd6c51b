/** The answer about work that may take hours: what came of it, if it ends soon, else how far it is. */
import { type Answer, jsonAnswer } from './answer.ts';

/** An answer waits for the end so long; whoever asks again goes on waiting. */
const waitMsMax = 20_000;

/** 200 with what is known and the report, or 202 with what is known by then; rejects as the work does. */
export async function answerWhenDone(report: Promise<object>, known: () => object): Promise<Answer> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), waitMsMax);
  try {
    const done = await Promise.race([report, late.promise]);
    return done === undefined ? jsonAnswer(known(), { status: 202 }) : jsonAnswer({ ...known(), report: done });
  } finally {
    clearTimeout(timer);
  }
}

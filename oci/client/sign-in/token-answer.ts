/** The secret in the answer of a token service. */
import type { Answer } from '../wire/answer.ts';
import { type Asked, brokenAnswer, throwRefusal } from '../wire/refusal.ts';

/** What a token service made. */
export interface TokenAnswer {
  readonly token: string;
  /** How long it is good for, from when it was asked for. */
  readonly lifeMs: number;
}

/** Life of a token whose answer does not tell. Spec: distribution v3.0.0, "Token Authentication Specification". */
export const tokenLifeMsDefault = 60_000;

/** Longest life we believe; a token refused earlier is replaced anyway. */
const tokenLifeMsMax = 24 * 3_600_000;

/** Largest answer with a token. */
const tokenAnswerSizeBytesMax = 64 * 1024;

/** Characters a header value may have, so that a token cannot smuggle in another header. */
const tokenGrammar = /^[\x21-\x7e]+$/;

/**
 * The token in the first of these fields that has one.
 * @throws AccessError or RegistryError for a refusal; RegistryError REGISTRY_ANSWER_INVALID for an answer without a token.
 */
export async function readTokenAnswer(answer: Answer, names: readonly string[], asked: Asked): Promise<TokenAnswer> {
  if (answer.status !== 200) return await throwRefusal(answer, asked);
  const bytes = await answer.readBytes(tokenAnswerSizeBytesMax);
  if (bytes === undefined) throw brokenAnswer(answer, asked, `more than ${tokenAnswerSizeBytesMax} bytes`);
  const fields = parseFields(new TextDecoder().decode(bytes));
  const token = names.map((name) => fields?.[name]).find((value) => typeof value === 'string' && value !== '');
  if (typeof token !== 'string' || !tokenGrammar.test(token)) {
    throw brokenAnswer(answer, asked, 'no token in the answer');
  }
  return { token, lifeMs: parseLifeMs(fields?.['expires_in']) };
}

function parseFields(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function parseLifeMs(seconds: unknown): number {
  const valid = typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0;
  return valid ? Math.min(seconds * 1000, tokenLifeMsMax) : tokenLifeMsDefault;
}

/** Which end of a copy an error came from. */
import { RegistryError } from '../../errors/errors.ts';
import type { ByteStream } from './target.ts';

export type CopySide = 'source' | 'target';

/** The outcome of the work; a registry's error answer is marked with the side unless it bears one. */
export async function atSide<Result>(side: CopySide, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw withSide(side, error);
  }
}

/** The same chunks; a registry's error answer on the way is marked like in `atSide`. */
export async function* streamAtSide(side: CopySide, stream: ByteStream): ByteStream {
  try {
    yield* stream;
  } catch (error) {
    throw withSide(side, error);
  }
}

function withSide(side: CopySide, error: unknown): unknown {
  if (!(error instanceof RegistryError) || error.side !== undefined) return error;
  const { code, message, wayOut, fields, status, specCodes, retryable } = error;
  return new RegistryError({ code, message, wayOut, fields, status, specCodes, retryable, side, cause: error });
}

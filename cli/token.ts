/** The token a request is signed with. Never a flag's value: command lines are visible to every process. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors/errors.ts';

/** Name of the file in the data directory in which `serve` leaves the administrator's token. */
export const adminTokenFileName = 'admin.token';

/** Longest token read from a file: JSON web tokens with many claims stay below it. */
const tokenBytesMax = 16 * 1024;

export interface TokenPlaces {
  /** Value of REGISTRY_ACTION_TOKEN. */
  readonly fromEnvironment: string | undefined;
  /** Path given with `--token-file`; it wins. */
  readonly file: string | undefined;
  /** Data directory to look into last; undefined when the service is elsewhere. */
  readonly dataDirectory: string | undefined;
}

export interface FoundToken {
  readonly secret: string;
  /** For messages: the path of a file, or REGISTRY_ACTION_TOKEN. */
  readonly place: string;
}

/**
 * The first token there is: the flag's file, the environment's, the one `serve` left on this machine.
 * @throws InputError TOKEN_FILE_INVALID when the named file cannot be read or holds no token.
 */
export async function findToken(places: TokenPlaces): Promise<FoundToken | undefined> {
  if (places.file !== undefined) return { secret: await readTokenFile(places.file), place: places.file };
  const fromEnvironment = places.fromEnvironment?.trim() ?? '';
  if (fromEnvironment !== '') {
    return { secret: assertToken(fromEnvironment, 'REGISTRY_ACTION_TOKEN'), place: 'REGISTRY_ACTION_TOKEN' };
  }
  if (places.dataDirectory === undefined) return undefined;
  const left = join(places.dataDirectory, adminTokenFileName);
  try {
    return { secret: await readTokenFile(left), place: left };
  } catch (error) {
    // Nothing was left here, or for somebody else: the service will say that a token is needed.
    if (error instanceof InputError && error.fields['reason'] !== 'content') return undefined;
    throw error;
  }
}

async function readTokenFile(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(tokenBytesMax), 0, tokenBytesMax, 0);
      return assertToken(buffer.toString('utf8', 0, bytesRead).trim(), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InputError({
      code: 'TOKEN_FILE_INVALID',
      message: `cannot read the token file: ${path} (${reason})`,
      cause: error,
      fields: { reason },
    });
  }
}

/** A token is one word of visible ASCII; anything else would break the header it travels in. */
function assertToken(text: string, place: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new InputError({
    code: 'TOKEN_FILE_INVALID',
    message: `not a token: the content of ${place}`,
    fields: { reason: 'content' },
  });
}

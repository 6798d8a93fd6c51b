/** Credential helpers: programs that keep registry passwords, in the keychain of the system or of a cloud. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import type { Credentials } from './credentials.ts';

/** One question to a credential helper. */
export interface HelperCall {
  /** What stands after `docker-credential-`. */
  readonly name: string;
  /** Directories to look in, in the form of PATH; relative ones are passed over. */
  readonly helperPath: string;
  /** Registry whose credentials are wanted, as the helper knows it. */
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
}

/** Names that cannot leave the directory or pass for an option: the file that holds them may come from anywhere. */
const helperNameGrammar = /^[a-z0-9][a-z0-9-]*$/;

/** Longest run; helpers of clouds fetch from the network. */
const helperMsMax = 30_000;

const helperOutputBytesMax = 64 * 1024;

/** User name by which a helper says that the secret is an identity token. */
const identityTokenUser = '<token>';

/**
 * What the helper knows of the host; undefined when it knows nothing.
 *
 * Spec: docker-credential-helpers v0.9.3, "Development": `get`, the server on standard input, JSON on standard output.
 * @throws InputError CREDENTIALS_INVALID when the helper is not there, fails, or answers something else.
 */
export async function runCredentialHelper(call: HelperCall): Promise<Credentials | undefined> {
  if (!helperNameGrammar.test(call.name)) throw failed(call, 'its name is not one of a helper');
  const path = await findCredentialHelper(call.name, call.helperPath);
  if (path === undefined) throw failed(call, 'it is not installed');
  const output = await runGet(path, call);
  return output === undefined ? undefined : parseOutput(output, call);
}

/** Path of the program, in the first of the directories that has it. */
export async function findCredentialHelper(name: string, helperPath: string): Promise<string | undefined> {
  for (const directory of helperPath.split(delimiter)) {
    const path = join(directory, `docker-credential-${name}`);
    const isThere = isAbsolute(directory) && (await isExecutable(path));
    if (isThere) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Standard output; undefined when the helper says, in its one agreed sentence, that it has nothing. */
async function runGet(path: string, call: HelperCall): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const options = {
    timeout: helperMsMax,
    killSignal: 'SIGKILL',
    maxBuffer: helperOutputBytesMax,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  } as const;
  const helper = execFile(path, ['get'], options, (error, stdout) => {
    if (error === null) return resolve(stdout);
    if (call.signal?.aborted) return reject(call.signal.reason);
    // Neither text is repeated: a helper may print what it should not.
    if (/credentials not found/i.test(stdout)) return resolve(undefined);
    reject(failed(call, error.killed === true ? 'it took too long or said too much' : `it failed (${error.code})`));
  });
  // A helper that ends without reading closes the pipe; what matters is what it printed.
  helper.stdin?.on('error', () => {});
  helper.stdin?.end(call.host);
  return await promise;
}

function parseOutput(output: string, call: HelperCall): Credentials | undefined {
  const { Username: username, Secret: secret } = parseFields(output);
  if (typeof username !== 'string' || typeof secret !== 'string') throw failed(call, 'its answer has no credentials');
  if (secret === '') return undefined;
  return username === identityTokenUser ? { identityToken: secret } : { username, password: secret };
}

function parseFields(output: string): { readonly Username?: unknown; readonly Secret?: unknown } {
  try {
    const value: unknown = JSON.parse(output);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function failed(call: HelperCall, why: string): InputError {
  return new InputError({
    code: 'CREDENTIALS_INVALID',
    message: `credential helper cannot be used: docker-credential-${call.name} for ${call.host}: ${why}`,
  });
}

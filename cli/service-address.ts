/** Where the service on this machine listens: `serve` leaves it in the data directory, other verbs find it there. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The addresses; undefined for what is not served. */
export interface ServiceAddressFile {
  readonly apiUrl?: string | undefined;
  readonly registryUrl?: string | undefined;
  /** How clients call the registry, as an address. */
  readonly registryName?: string | undefined;
  /** File with the certificates that the registry is known by; undefined where it speaks plain HTTP. */
  readonly registryCertificateFile?: string | undefined;
}

/** An address that was left, or will be. */
export interface LeftAddress {
  /** Leaves it no more, and takes away what was left unless that is another's by now. */
  end(options: { readonly removes: boolean }): Promise<void>;
}

/** How often it is tried again where the disk takes no writes, in milliseconds. */
const retryMs = 2_000;

/**
 * Leaves the addresses for other verbs, until they are no longer true. Where that cannot be done, why is told once, and it
 * is tried again: what is served does not depend on it.
 */
export async function leaveServiceAddress(
  dataDirectory: string,
  address: ServiceAddressFile,
  onFailed: (why: string) => void,
): Promise<LeftAddress> {
  const write = () => writeServiceAddress(dataDirectory, address);
  let timer: NodeJS.Timeout | undefined;
  let writing = write().catch((error: unknown) => {
    onFailed(String(error));
    const retry = () => {
      writing = write().then(
        () => clearInterval(timer),
        () => undefined,
      );
    };
    timer = setInterval(retry, retryMs).unref();
  });
  await writing;
  return {
    async end({ removes }) {
      clearInterval(timer);
      await writing;
      if (!removes) return;
      // On a disk that is read-only by now it stays, and the next start replaces it.
      await rm(pathIn(dataDirectory), { force: true }).catch(() => undefined);
    },
  };
}

/** What is there already, as after a start that was killed, needs no disk that takes writes. */
export async function writeServiceAddress(dataDirectory: string, address: ServiceAddressFile): Promise<void> {
  const path = pathIn(dataDirectory);
  const text = `${JSON.stringify(address)}\n`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The addresses that were left; none when nothing serves from here, or the file is not ours to read. */
export async function readServiceAddress(dataDirectory: string): Promise<ServiceAddressFile> {
  try {
    const left: unknown = JSON.parse(await readFile(pathIn(dataDirectory), 'utf8'));
    if (typeof left !== 'object' || left === null) return {};
    return {
      apiUrl: 'apiUrl' in left ? asUrl(left.apiUrl) : undefined,
      registryUrl: 'registryUrl' in left ? asUrl(left.registryUrl) : undefined,
      registryName: 'registryName' in left ? asUrl(left.registryName) : undefined,
      registryCertificateFile: 'registryCertificateFile' in left ? asText(left.registryCertificateFile) : undefined,
    };
  } catch {
    return {};
  }
}

function asUrl(value: unknown): string | undefined {
  return typeof value === 'string' && URL.canParse(value) ? value : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function pathIn(dataDirectory: string): string {
  return join(dataDirectory, 'serve.json');
}

/** Where the service on this machine listens: `serve` leaves it in the data directory, other verbs find it there. */
import { readFile, rm, writeFile } from 'node:fs/promises';
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

/** Leaves the addresses for other verbs; the one who wrote them removes them when they are no longer true. */
export async function writeServiceAddress(dataDirectory: string, address: ServiceAddressFile): Promise<void> {
  await writeFile(pathIn(dataDirectory), `${JSON.stringify(address)}\n`, { mode: 0o600 });
}

/** Takes the addresses away. */
export async function removeServiceAddress(dataDirectory: string): Promise<void> {
  await rm(pathIn(dataDirectory), { force: true });
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

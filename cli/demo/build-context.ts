/** What the demo's images are built from: the files, and how to put them into one. */
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DemoFile } from './demo-file.ts';
import { webCommand, webEntrypoint, webPort } from './web-files.ts';

/** Writes the files below the directory, each with a modification time that does not tell when the demo ran. */
export async function writeContext(directory: string, files: readonly DemoFile[]): Promise<void> {
  for (const { path, bytes, mode } of files) {
    const place = join(directory, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes, { mode });
    await utimes(place, 0, 0);
  }
}

/** The text of a Containerfile for them. */
export function containerfile(): string {
  return [
    'FROM scratch',
    'COPY . /',
    `EXPOSE ${webPort}`,
    `ENTRYPOINT ${JSON.stringify(webEntrypoint)}`,
    `CMD ${JSON.stringify(webCommand)}`,
    '',
  ].join('\n');
}

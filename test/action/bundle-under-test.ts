/** The bundle that tests run: the checked-in one, or one of the sources as they are while somebody works on them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleAction, writeBundle } from '../../scripts/bundle.ts';

const dist = join(import.meta.dirname, '..', '..', 'dist');
let directory: Promise<string> | undefined;

/** Directory with `index.cjs`. In CI it is `dist/`, whatever the sources say; another suite compares the two. */
export function bundleDirectory(): Promise<string> {
  directory ??= process.env['REGISTRY_ACTION_CI_SUITE'] === undefined ? currentBundle() : Promise.resolve(dist);
  return directory;
}

async function currentBundle(): Promise<string> {
  const { files } = await bundleAction();
  const isCurrent = [...files].every(([name, content]) => {
    const path = join(dist, name);
    return existsSync(path) && readFileSync(path).equals(Buffer.from(content));
  });
  if (isCurrent) return dist;
  const fresh = mkdtempSync(join(tmpdir(), 'registry-action-bundle-'));
  process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
  writeBundle(fresh, files);
  return fresh;
}

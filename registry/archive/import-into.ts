/** An import as a whole: from which directory, into which, and what came of it. */
import { join } from 'node:path';
import { type DiskImportInit, openDiskImport } from './disk-import.ts';
import { tellDiskTrouble } from './disk-trouble.ts';
import { openDistributionLayout } from './distribution-layout.ts';
import { openDryImport } from './dry-import.ts';
import { importDistribution } from './import-distribution.ts';
import { type ImportReport, openImportTally } from './import-report.ts';

export interface ImportIntoInit extends Omit<DiskImportInit, 'root'> {
  /** Distribution's root directory. */
  readonly source: string;
  /** What holds, or will hold, the registry's directory. */
  readonly dataDirectory: string;
  readonly dryRun: boolean;
}

/**
 * Imports everything that is sound, and reports the rest.
 * @throws InputError IMPORT_SOURCE_INVALID, DISK_UNUSABLE; ConflictError DATA_DIRECTORY_IN_USE while a registry serves from there.
 */
export function importInto(init: ImportIntoInit): Promise<ImportReport> {
  return tellDiskTrouble(init.dataDirectory, () => importAll(init));
}

async function importAll(init: ImportIntoInit): Promise<ImportReport> {
  const source = await openDistributionLayout(init.source);
  const root = join(init.dataDirectory, 'registry');
  const target = init.dryRun ? openDryImport({ ...init, root }) : await openDiskImport({ ...init, root });
  const tally = openImportTally();
  try {
    await importDistribution({ source, target, tally, signal: init.signal });
  } finally {
    await target.close();
  }
  return tally.report(init.dryRun);
}

/** A fault of the configuration: where it is, and what is wrong there. */

/** Key path in the file, such as ['environments', 'staging', 'from']. */
export type KeyPath = readonly PropertyKey[];

/** One fault of the configuration. */
export interface ConfigProblem {
  readonly path: KeyPath;
  /** Lower case, no full stop. Never holds a value that could be a secret. */
  readonly message: string;
}

/** Takes a fault that was found at a path. */
export type ReportProblem = (path: KeyPath, message: string) => void;

/** `environments.staging.from`; keys that hold dots or spaces are quoted. */
export function formatKeyPath(path: KeyPath): string {
  return path.map((key) => (/^[\w/-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key)))).join('.');
}

/** Paths of files that a configuration names. */

/** The path as seen from the configuration's folder; absolute paths as they are. */
export function fromDirectory(directory: string, path: string): string {
  if (directory === '' || path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return path;
  return `${directory}/${path}`;
}

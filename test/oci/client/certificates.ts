/** Certificates made anew for each run, by openssl: an authority, and what it signs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** PEM of its certificate. */
  readonly ca: string;
  /** A certificate for the names, such as `DNS:registry.test` or `IP:127.0.0.1`; for nobody in particular without. */
  issue(...names: readonly string[]): KeyPair;
  /** Removes its files. */
  close(): void;
}

const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** A new authority; whoever opens it closes it. */
export function openAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'authority-'));
  const openssl = (...options: readonly string[]) =>
    execFileSync('openssl', [...request, ...options], { cwd: directory, stdio: 'pipe' });
  const read = (name: string) => readFileSync(join(directory, name), 'utf8');
  openssl('-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  return {
    ca: read('ca.pem'),
    issue(...names) {
      const alternatives = names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`];
      openssl(
        ...['-subj', '/CN=somebody', ...alternatives, '-addext', 'basicConstraints=critical,CA:FALSE'],
        ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'own.key', '-out', 'own.pem'],
      );
      return { key: read('own.key'), cert: read('own.pem') };
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

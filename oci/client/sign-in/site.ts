/** Whether two hosts belong to the same owner, as far as their names tell. */
import { isIP } from 'node:net';

/** Second-level names below which countries register: `co.uk`, `com.au`. */
const countrySuffix = /^(?:ac|co|com|edu|go|gov|ne|net|or|org)\.[a-z]{2}$/;

/** Names below which a provider gives a host to everyone, so that neighbours are strangers. */
const sharedSuffixes: ReadonlySet<string> = new Set([
  'amazonaws.com',
  'appspot.com',
  'azurecr.io',
  'azurewebsites.net',
  'cloudfront.net',
  'digitaloceanspaces.com',
  'fly.dev',
  'github.io',
  'googleapis.com',
  'herokuapp.com',
  'jfrog.io',
  'netlify.app',
  'ngrok.app',
  'ngrok.io',
  'onrender.com',
  'pages.dev',
  'pkg.dev',
  'run.app',
  'vercel.app',
  'windows.net',
  'workers.dev',
]);

/**
 * Whether the hosts are one, or lie below one registered name: `registry.gitlab.com` and `gitlab.com`.
 *
 * This is the custom of browsers without their list of 10 000 suffixes: an unlisted shared suffix would make strangers
 * of one site, which is why it decides only together with the rules of realm.ts.
 */
export function isSameSite(one: string, other: string): boolean {
  if (one === other) return true;
  const site = siteOf(one);
  return site !== undefined && site === siteOf(other);
}

/** The registered name; undefined for addresses, for suffixes, and where neighbours are strangers. */
function siteOf(hostname: string): string | undefined {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  const labels = hostname.replace(/\.$/, '').split('.');
  // Names without a dot exist in private networks only: a stranger cannot have one.
  if (labels.length === 1) return '';
  const parent = labels.slice(-2).join('.');
  if (sharedSuffixes.has(parent)) return undefined;
  if (!countrySuffix.test(parent)) return parent;
  return labels.length === 2 ? undefined : labels.slice(-3).join('.');
}

/** What went wrong when no answer came. */
import { TransportError } from '../../../errors/errors.ts';
import { notPinnedCode } from './pinned-certificate.ts';

/**
 * Failures that another attempt cannot change: the name does not exist, the certificate is not to be trusted, the client
 * was closed, the proxy wants other credentials.
 */
const lastingCodes: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ENOTFOUND',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_PRX_TLS',
]);

const certificateCodes = /CERT|ISSUER|LEAF_SIGNATURE|PRX_TLS/;

/** What TLS makes of an answer that is none: most likely it is plain HTTP. */
const noTlsCodes: ReadonlySet<string> = new Set(['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_WRONG_VERSION_NUMBER']);

/** What the other side says to a client without a certificate, or with one it does not take. */
const clientCertificateCodes = /_ALERT_.*(?:CERTIFICATE|UNKNOWN_CA)/;

/** The other side hung up. On a connection that was kept alive this says nothing about the request. */
const hungUpCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Nothing was ever sent: no connection came about. */
const unconnectedCodes: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_CONN',
]);

/** The cause as an error that names the host; one that is a TransportError already stays as it is. */
export function transportFailure(host: string, cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  const code = networkCodeOf(cause);
  const told = cause instanceof Error && cause.message !== '' ? cause.message : code;
  const why = noTlsCodes.has(code) ? 'it does not speak TLS' : told;
  return new TransportError({
    code: 'REGISTRY_UNREACHABLE',
    message: `registry does not answer: ${host}: ${why}`,
    ...wayOutOf(code),
    cause,
    fields: { registry: host, networkCode: code, reached: unconnectedCodes.has(code) ? false : undefined },
  });
}

/** The error for a host that stopped moving bytes, or never began to. */
export function stalled(host: string, what: string, limitMs: number): TransportError {
  return new TransportError({
    code: 'REGISTRY_UNREACHABLE',
    message: `registry stalled: ${host}: ${what} for ${limitMs / 1000} s`,
    fields: { registry: host, networkCode: 'STALLED' },
  });
}

/** The error for a body that ended, in good order, before all of it was there. */
export function bodyCutShort(registry: string, readBytes: number, sizeBytes: number): TransportError {
  return new TransportError({
    code: 'REGISTRY_UNREACHABLE',
    message: `registry broke off: ${registry}: ${readBytes} of ${sizeBytes} bytes`,
    fields: { registry, networkCode: 'CUT_SHORT' },
  });
}

/** Whether another attempt may fare better. */
export function mayPass(error: TransportError): boolean {
  const code = String(error.fields['networkCode']);
  return !lastingCodes.has(code) && !clientCertificateCodes.test(code);
}

/** Whether the other side closed a connection that was open, as registries do with idle ones. */
export function isHungUp(error: TransportError): boolean {
  return hungUpCodes.has(String(error.fields['networkCode']));
}

function wayOutOf(code: string): { readonly wayOut?: string } {
  if (code === notPinnedCode)
    return { wayOut: 'see what else listens there; the registry may just renew its certificate' };
  if (clientCertificateCodes.test(code)) {
    return { wayOut: 'name the client certificate that this registry takes in the configuration' };
  }
  if (noTlsCodes.has(code)) return { wayOut: 'if it speaks plain HTTP, say so: --plain-http, or http:// in its URL' };
  if (!certificateCodes.test(code)) return {};
  return { wayOut: 'check the clock, and name the certificate authority: --ca-file, or `ca` in the configuration' };
}

/** The system's or undici's code, also of an attempt over several addresses. */
function networkCodeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UNKNOWN';
  if (cause instanceof AggregateError && !('code' in cause)) return networkCodeOf(cause.errors[0]);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

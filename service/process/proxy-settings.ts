/** The proxy that the environment names. */
import type { ProxySettings } from '../../oci/client/wire/proxy.ts';
import type { Environment } from './part-settings.ts';

/** Lower case first, as curl does: upper-case HTTP_PROXY can be set by a request's header in CGI surroundings. */
export function readProxySettings(environment: Environment): ProxySettings {
  const http = environment['http_proxy'] ?? environment['HTTP_PROXY'];
  const https = environment['https_proxy'] ?? environment['HTTPS_PROXY'];
  const no = environment['no_proxy'] ?? environment['NO_PROXY'];
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

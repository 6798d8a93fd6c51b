/** The proxy that an environment names. */

/** Values of the three variables, as they are written. */
export interface ProxyEnvironment {
  readonly http?: string;
  readonly https?: string;
  readonly no?: string;
}

/** Lower case first, as curl does: upper-case HTTP_PROXY can be set by a request's header in CGI surroundings. */
export function readProxyEnvironment(environment: Readonly<Record<string, string | undefined>>): ProxyEnvironment {
  const http = environment['http_proxy'] ?? environment['HTTP_PROXY'];
  const https = environment['https_proxy'] ?? environment['HTTPS_PROXY'];
  const no = environment['no_proxy'] ?? environment['NO_PROXY'];
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

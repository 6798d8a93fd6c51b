/** The embedded registry's own resources, beside the distribution API, as the command line asks for them. */
import { z } from 'zod';
import { type CodedError, TransportError } from '../../errors/errors.ts';
import { isErrorCode, restoreError } from '../../errors/restore-error.ts';
import { openServiceTransport, type ServiceAddress } from './service-transport.ts';

export interface RegistryAdmin {
  readonly url: string;
  /**
   * The answer's JSON, as the schema has it.
   * @throws the error class that a refusal's code stands for; TransportError when no answer came, or another's.
   */
  request<Schema extends z.ZodType>(asked: AdminRequest<Schema>): Promise<z.infer<Schema>>;
  close(): Promise<void>;
}

export interface AdminRequest<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly schema: Schema;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const refusalSchema = z.object({
  errors: z
    .array(z.object({ code: z.string(), message: z.string(), wayOut: z.string().optional() }))
    .min(1)
    .readonly(),
});

/** A client for the registry at one address; the caller closes it. */
export function openRegistryAdmin(address: ServiceAddress): RegistryAdmin {
  const wayOut = 'start it with `registry-action serve`, or name its address with --registry';
  const transport = openServiceTransport(address, { name: 'registry', wayOut });
  return {
    url: address.url,
    async request({ method, path, schema, body, headers = {}, signal }) {
      const answer = await transport.request(method, path, { body, headers, signal });
      if (answer.status >= 400) throw refusalError(address.url, answer.status, answer.json);
      const parsed = schema.safeParse(answer.json);
      if (parsed.success) return parsed.data;
      throw foreignAnswer(address.url, parsed.error.issues[0]?.path.join('.') || 'not the expected JSON');
    },
    close: () => transport.close(),
  };
}

function refusalError(url: string, status: number, json: unknown): CodedError {
  const refusal = refusalSchema.safeParse(json);
  const errors = refusal.success ? refusal.data.errors : [];
  const [error] = errors;
  if (error === undefined) return foreignAnswer(url, `status ${status}`);
  const { code, wayOut } = error;
  const message = errors.map((each) => each.message).join('; ');
  if (isErrorCode(code)) return restoreError({ code, message, ...(wayOut === undefined ? {} : { wayOut }) }, status);
  if (status === 401) return restoreError({ code: 'ACCESS_DENIED', message, wayOut: unknownWayOut }, status);
  if (status === 403) return restoreError({ code: 'ACCESS_DENIED', message }, status);
  if (status === 429 || status >= 500) {
    return restoreError({ code: 'REGISTRY_REFUSED', message: `${url} answers ${status}: ${message}` }, status);
  }
  return foreignAnswer(url, `${code}: ${message}`);
}

/** Of whom nothing is known yet. */
const unknownWayOut =
  'show a token that is good still: --token-file names its file, REGISTRY_ACTION_TOKEN holds it, and --data finds the one that serve left';

function foreignAnswer(url: string, what: string): TransportError {
  return new TransportError({
    code: 'SERVICE_ANSWER_INVALID',
    message: `unexpected answer from ${url}: ${what}`,
    wayOut: 'name an embedded registry with --registry, with https:// before it where it speaks TLS',
  });
}

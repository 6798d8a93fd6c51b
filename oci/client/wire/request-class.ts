/** Kinds of requests, as registries count and limit them. */

/** What a request works on: blobs or documents, to read or to write them. */
export type RequestClass = 'read' | 'manifest-read' | 'write' | 'manifest-write';

/** Who goes first where requests wait for one another. */
export type RequestPriority = 'rollback' | 'production' | 'rest';

/** Priorities, the most urgent first. */
export const priorities = ['rollback', 'production', 'rest'] as const satisfies readonly RequestPriority[];

/**
 * The class of a request. Whatever reads and is no blob is a document: manifests, tags, referrers, the catalog; whatever
 * writes and is no manifest belongs to an upload, whose location a registry may choose freely.
 * Spec: distribution-spec v1.1.1, "Endpoints".
 */
export function requestClassOf(method: string, path: string): RequestClass {
  if (method === 'GET' || method === 'HEAD') {
    return /\/blobs\/(?:uploads\/)?[^/]+$/.test(path) ? 'read' : 'manifest-read';
  }
  return /\/manifests\/[^/]+$/.test(path) ? 'manifest-write' : 'write';
}

/** Whether a request lasts as long as the bytes of a blob do. */
export function movesBlob(method: string, requestClass: RequestClass): boolean {
  return (requestClass === 'read' && method === 'GET') || (requestClass === 'write' && /^(?:PATCH|PUT)$/.test(method));
}

/** Which methods each resource of the distribution API knows. */
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Operation, Operations } from '../http/exchange.ts';
import type { Route } from '../http/route.ts';
import { unknownMethod } from '../http/unknown-method.ts';
import { blobOperations } from './blobs.ts';
import { catalogOperations } from './catalog.ts';
import { manifestOperations } from './manifests.ts';
import { referrersOperations } from './referrers.ts';
import { tagsOperations } from './tags.ts';
import { uploadOperations } from './upload.ts';
import { uploadsOperations } from './uploads.ts';

/** What the method does there, or the refusal of a method that the resource does not know. */
export function operationOf(
  route: Exclude<Route, { kind: 'refused' }>,
  method: string | undefined,
): Operation | Answer {
  const operations = operationsOf(route);
  for (const [known, operation] of Object.entries(operations)) {
    if (known === method && operation !== undefined) return operation;
  }
  return unknownMethod(Object.keys(operations));
}

function operationsOf(route: Exclude<Route, { kind: 'refused' }>): Operations {
  switch (route.kind) {
    case 'ping':
      return { GET: ping, HEAD: ping };
    case 'catalog':
      return catalogOperations();
    case 'blob':
      return blobOperations(route);
    case 'uploads':
      return uploadsOperations(route);
    case 'upload':
      return uploadOperations(route);
    case 'manifest':
      return manifestOperations(route);
    case 'tags':
      return tagsOperations(route);
    case 'referrers':
      return referrersOperations(route);
  }
}

/** Signing in is all there is to it. Spec: distribution-spec v1.1.1, "Determining Support". */
const ping: Operation = { verb: undefined, answer: async () => jsonAnswer({}) };

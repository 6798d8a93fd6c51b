/** The OpenAPI document, made from the schemas and the table of operations. Spec: OpenAPI 3.1.1, "OpenAPI Object". */
import { type Operation, type OperationAnswer, operations, type ParameterName } from './operation.ts';
import { problemMediaType } from './problem.ts';
import { jsonSchemas, type SchemaName, schemaPath } from './schemas.ts';

/** Statuses that any operation may answer: malformed, wrong host, too many, our fault. */
const commonProblems: readonly number[] = [400, 421, 429, 500];

/** Statuses that an operation behind a sign-in may answer besides. */
const accessProblems: readonly number[] = [401, 403];

/** The OpenAPI 3.1 document of this version of the service. */
export function openApiDocument(version: string): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.1',
    info: {
      title: 'registry-action',
      version,
      description: 'Promotes container images from environment to environment by digest, and rolls back.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: Object.fromEntries(
      [...new Set(operations.map(({ path }) => path))].map((path) => [
        path,
        Object.fromEntries(
          operations.filter((operation) => operation.path === path).map((each) => [each.method, operationObject(each)]),
        ),
      ]),
    ),
    components: {
      schemas: jsonSchemas(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An API token (rat_…) with a role, or the token of a workload (a JSON Web Token) from an issuer that the ' +
            'configuration names, for which access rules say what it may do where.',
        },
      },
    },
  };
}

function operationObject(operation: Operation): Readonly<Record<string, unknown>> {
  const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(name ?? ''));
  const parameters = [...named, ...(operation.parameters ?? []).map(otherParameter)];
  const problems = [...commonProblems, ...(operation.verb === undefined ? [] : accessProblems), ...operation.problems];
  return {
    operationId: operation.operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.verb === undefined ? { security: [] } : { 'x-role-verb': operation.verb }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: bodyObject(operation.body) }),
    responses: Object.fromEntries([
      ...operation.answers.map((answer) => [answer.status, answerObject(answer)]),
      ...problems.sort((a, b) => a - b).map((status) => [status, problemObject(status)]),
    ]),
  };
}

function bodyObject(body: { readonly schema: SchemaName; readonly required: boolean }) {
  return { required: body.required, content: { 'application/json': { schema: reference(body.schema) } } };
}

function answerObject(answer: OperationAnswer): Readonly<Record<string, unknown>> {
  const { header, schema, mediaType } = answer;
  const content =
    schema !== undefined
      ? { content: { 'application/json': { schema: reference(schema) } } }
      : mediaType !== undefined
        ? { content: { [mediaType]: {} } }
        : {};
  const headers =
    header === undefined
      ? {}
      : { headers: { [header.name]: { description: header.description, schema: { type: 'string' } } } };
  return { description: answer.description, ...headers, ...content };
}

function problemObject(status: number): Readonly<Record<string, unknown>> {
  return {
    description: problemDescriptions[status] ?? 'Problem.',
    content: { [problemMediaType]: { schema: reference('Problem') } },
  };
}

const problemDescriptions: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  401: 'Nobody is signed in.',
  403: 'Neither a role nor an access rule allows this here; the reasons are in the answer.',
  404: 'What the path or body names is not there.',
  409: 'The world moved, or a gate refused; then the plan and every reason are in the answer.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  421: 'The Host header names another host.',
  422: 'A version, digest or name is none.',
  429: 'Too many requests of this kind.',
  500: 'A fault of the service.',
  502: 'A registry answered with an error, or with wrong bytes.',
  503: 'Redis or an issuer of identities does not answer, or the service is at its limit; try again.',
  504: 'A registry does not answer; try again.',
};

function pathParameter(name: string): Readonly<Record<string, unknown>> {
  return { name, in: 'path', required: true, description: pathDescriptions[name], schema: { type: 'string' } };
}

const pathDescriptions: Readonly<Record<string, string>> = {
  app: 'Name of the app; a slash in it is written %2F.',
  environment: 'Name of the environment.',
  id: 'Id from an earlier answer.',
  name: 'Name of the user.',
};

function otherParameter(name: ParameterName): Readonly<Record<string, unknown>> {
  switch (name) {
    case 'Idempotency-Key':
      return header(name, 'Repeating a request with the same key answers what the first one answered.');
    case 'Last-Event-ID':
      return header(name, 'Id of the last event seen; wins over since.');
    case 'since':
      return {
        name,
        in: 'query',
        description: 'Id of the last event seen; 0 for all that are kept; absent: from now on.',
        schema: { type: 'string' },
      };
  }
}

function header(name: string, description: string): Readonly<Record<string, unknown>> {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function reference(name: SchemaName): { readonly $ref: string } {
  return { $ref: schemaPath(name) };
}

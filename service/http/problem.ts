/** The one mapping from errors and refusals to problem answers of the API. */
import type { PlanView } from '../../api/plan.ts';
import type { Problem } from '../../api/problem.ts';
import { type ErrorCode, errorCatalogue } from '../../errors/catalogue.ts';
import {
  AccessError,
  CodedError,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../../errors/errors.ts';

/** Which request the problem answers. */
export interface ProblemContext {
  /** Path of the request, without query. */
  readonly instance: string;
  readonly requestId: string;
}

/**
 * Codes whose status is not their class's: the HTTP standard has a better one, or the fault is the service's own
 * set-up (its registry credentials, its files), which the caller of the API cannot mend.
 */
const statusOfCode: Partial<Readonly<Record<ErrorCode, number>>> = {
  ACCESS_FILE_INVALID: 500,
  BODY_TOO_LARGE: 413,
  BODY_TYPE_UNSUPPORTED: 415,
  CONFIG_INVALID: 500,
  CREDENTIALS_INVALID: 500,
  HOST_REFUSED: 421,
  METHOD_NOT_ALLOWED: 405,
  REGISTRY_DENIED: 502,
  REGISTRY_UNREACHABLE: 504,
  REQUEST_INVALID: 400,
  SIGN_IN_LIMITED: 429,
};

/** The status of an error's answer: by code where one is listed, else by class. Anything unknown is our fault. */
export function problemStatus(error: unknown): number {
  if (!(error instanceof CodedError)) return 500;
  return statusOfCode[error.code] ?? statusOfClass(error);
}

function statusOfClass(error: CodedError): number {
  if (error instanceof InputError) return 422;
  if (error instanceof AccessError) return error.signedIn ? 403 : 401;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof ConflictError) return 409;
  if (error instanceof RegistryError) return 502;
  if (error instanceof TransportError) return 503;
  if (error instanceof IntegrityError) return 502;
  if (error instanceof InvariantError) return 500;
  return 500;
}

/** The problem of an error. Of unknown errors nothing is told: their text may hold anything. */
export function problemOfError(error: unknown, context: ProblemContext): Problem {
  if (!(error instanceof CodedError)) {
    const detail = 'unexpected fault of the service; its log has the request id';
    const { wayOut } = errorCatalogue.INVARIANT_BROKEN;
    return { ...frame('INVARIANT_BROKEN', 500, context), detail, wayOut };
  }
  const { problems, ...others } = error.fields;
  const fields = definedFields(others);
  const reasons = Array.isArray(problems)
    ? problems.map((message) => ({ code: error.code, message: String(message), wayOut: error.wayOut }))
    : undefined;
  return {
    ...frame(error.code, problemStatus(error), context),
    detail: error.message,
    wayOut: error.wayOut,
    ...(reasons === undefined ? {} : { reasons }),
    ...(fields === undefined ? {} : { fields }),
  };
}

/** The problem of a plan that a gate refused, with every reason and the plan itself. */
export function problemOfRefusal(plan: PlanView, context: ProblemContext): Problem {
  const { reasons } = plan.decision;
  const [first, ...others] = reasons;
  const { wayOut } = errorCatalogue.REFUSED_BY_POLICY;
  return {
    ...frame('REFUSED_BY_POLICY', 409, context),
    detail: `refused by policy: ${reasons.map(({ message }) => message).join('; ')}`,
    wayOut: first !== undefined && others.length === 0 ? first.wayOut : wayOut,
    reasons,
    plan,
  };
}

function frame(code: ErrorCode, status: number, context: ProblemContext) {
  const type = `urn:registry-action:error:${code}`;
  return { type, title: errorCatalogue[code].means, status, code, ...context };
}

function definedFields(fields: CodedError['fields']): Problem['fields'] {
  const defined = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return defined.length === 0 ? undefined : Object.fromEntries(defined);
}

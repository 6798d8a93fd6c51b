/** Every schema of the API by the name it has in the OpenAPI document. */
import { z } from 'zod';
import { environmentEventSchema, eventViewSchema } from './event.ts';
import { readinessSchema } from './health.ts';
import { historyEntrySchema, historyViewSchema } from './history.ts';
import { decisionViewSchema, planViewSchema } from './plan.ts';
import { problemSchema } from './problem.ts';
import { promotionBodySchema, promotionViewSchema, rollbackBodySchema, submittedSchema } from './promotion.ts';
import { reasonSchema } from './reason.ts';
import { appStatusSchema, environmentStatusSchema, statusMatrixSchema } from './status.ts';
import { tokenCreatedSchema, tokenListSchema, tokenRequestSchema, tokenViewSchema } from './token.ts';
import { userListSchema, userRequestSchema, userViewSchema } from './user.ts';
import { grantViewSchema, whoamiSchema } from './whoami.ts';

/** The schemas by name. */
export const apiSchemas = {
  AppStatus: appStatusSchema,
  Decision: decisionViewSchema,
  EnvironmentEvent: environmentEventSchema,
  EnvironmentStatus: environmentStatusSchema,
  Event: eventViewSchema,
  Grant: grantViewSchema,
  History: historyViewSchema,
  HistoryEntry: historyEntrySchema,
  Plan: planViewSchema,
  Problem: problemSchema,
  Promotion: promotionViewSchema,
  PromotionBody: promotionBodySchema,
  Readiness: readinessSchema,
  Reason: reasonSchema,
  RollbackBody: rollbackBodySchema,
  StatusMatrix: statusMatrixSchema,
  Submitted: submittedSchema,
  Token: tokenViewSchema,
  TokenCreated: tokenCreatedSchema,
  TokenList: tokenListSchema,
  TokenRequest: tokenRequestSchema,
  User: userViewSchema,
  UserList: userListSchema,
  UserRequest: userRequestSchema,
  Whoami: whoamiSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** Name of a schema in the OpenAPI document. */
export type SchemaName = keyof typeof apiSchemas;

/** Where a schema lies in the OpenAPI document. */
export function schemaPath(name: string): string {
  return `#/components/schemas/${name}`;
}

/** The schemas as JSON Schema (draft 2020-12), which refer to one another by `schemaPath`. */
export function jsonSchemas(): Readonly<Record<string, unknown>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(apiSchemas)) registry.add(schema, { ...schema.meta(), id });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    io: 'input',
    uri: schemaPath,
    override: ({ jsonSchema }) => {
      // `readOnly` speaks of the writer in OpenAPI and of immutability in zod; the pattern repeats what the format says.
      delete jsonSchema.readOnly;
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}

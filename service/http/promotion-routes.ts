/** Promotions and rollbacks over HTTP. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { promotionBodySchema, rollbackBodySchema, type Submitted } from '../../api/promotion.ts';
import type { Promotions } from '../promotions.ts';
import { answerProblem, problemContext } from './answer-problem.ts';
import { problemOfRefusal } from './problem.ts';
import { parseBody, parseEnvironmentParams, parseIdempotencyKey, parseIdParam } from './read-request.ts';
import { actorOf } from './route-access.ts';

const environmentPath = '/api/v1/apps/:app/environments/:environment';

/** The routes that promote, roll back, and tell what became of it. */
export function promotionRoutes(promotions: Promotions): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    app.post(`${environmentPath}/promotions`, { config: { access: 'promote' } }, async (request, reply) => {
      const body = parseBody(request, promotionBodySchema);
      const wanted = { ...parseEnvironmentParams(request), ...body };
      const submitted = await promotions.submitPromotion(wanted, actorOf(request), parseIdempotencyKey(request));
      return answerSubmitted(request, reply, submitted, body.dryRun === true);
    });
    app.post(`${environmentPath}/rollbacks`, { config: { access: 'rollback' } }, async (request, reply) => {
      const body = parseBody(request, rollbackBodySchema);
      const wanted = { ...parseEnvironmentParams(request), ...body };
      const submitted = await promotions.submitRollback(wanted, actorOf(request), parseIdempotencyKey(request));
      return answerSubmitted(request, reply, submitted, body.dryRun === true);
    });
    app.get('/api/v1/promotions/:id', { config: { access: 'read' } }, (request) =>
      promotions.read(parseIdParam(request)),
    );
  };
}

/** 202 with the promotion's path when one was queued, a problem when the gates refused, else 200. */
function answerSubmitted(request: FastifyRequest, reply: FastifyReply, submitted: Submitted, dryRun: boolean) {
  const { plan, promotion } = submitted;
  if (!dryRun && !plan.decision.allowed) {
    return answerProblem(reply, problemOfRefusal(plan, problemContext(request)));
  }
  if (promotion === undefined || !submitted.changed) return reply.code(200).send(submitted);
  return reply
    .code(202)
    .header('location', `/api/v1/promotions/${encodeURIComponent(promotion.id)}`)
    .send(submitted);
}

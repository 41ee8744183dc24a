import { z } from 'zod';
import { purposes } from '../../register/terms.ts';
import { GatewayError } from '../../shared/errors.ts';
import { defineRoute, nothing } from '../route.ts';
import { flowStatusSchema, openDocument, problemResponse } from '../schemas.ts';

export const listFlows = defineRoute({
  method: 'get',
  path: '/api/flows',
  summary: 'The flows this client may use, each admitted or refused today, with every reason',
  query: nothing,
  params: nothing,
  responses: {
    200: { description: 'Flows', content: { 'application/json': z.strictObject({ flows: z.array(flowStatusSchema) }) } },
    401: problemResponse('No valid token'),
    403: problemResponse('Scope missing'),
  },
  async handle(call, context) {
    const own = call.caller().flows;
    const flows = await context.flows.status([...own]);
    // Asked for own flows only, and looked at once more: an answer too many here would be another sender's business.
    call.response.json({ flows: flows.filter((status) => own.has(status.flow)) });
  },
});

export const readJourney = defineRoute({
  method: 'get',
  path: '/api/journeys/:recipientPseudonym',
  summary: "One pseudonymised journey, for a project and a purpose, by the project's own pseudonym",
  query: z.strictObject({
    project: z
      .string()
      .regex(/^[\w-]+$/)
      .max(100),
    purpose: z.enum(purposes),
  }),
  // Crockford base 32, 160 bits: the form of every pseudonym here.
  params: z.strictObject({ recipientPseudonym: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{32}$/) }),
  responses: {
    200: { description: 'Journey', content: { 'application/json': openDocument } },
    401: problemResponse('No valid token'),
    403: problemResponse('Scope missing, not of this project, or the purpose is not one of its purposes'),
    404: problemResponse('Nobody this project may see'),
  },
  async handle(call, context) {
    const { project, purpose } = call.query;
    const journey = await context.journeys.read({
      recipientPseudonym: call.params.recipientPseudonym,
      project,
      purpose,
      actor: call.callerId,
      ...(call.actor === undefined ? {} : { holder: call.actor }),
    });
    if (journey === undefined) throw new GatewayError('JOURNEY_UNKNOWN', 'There is nobody here this project may see.', { status: 404 });
    call.response.json(journey);
  },
});

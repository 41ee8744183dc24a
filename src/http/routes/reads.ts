import { z } from 'zod';
import { purposes } from '../../register/terms.ts';
import { GatewayError } from '../../shared/errors.ts';
import { daySchema, readPeriod } from '../period.ts';
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
    from: daySchema.optional().describe('First day of events, of the day they began; left out: from the first one on'),
    to: daySchema.optional().describe('Last day of events, itself within; left out: to the last one'),
  }),
  // Crockford base 32, 160 bits: the form of every pseudonym here.
  params: z.strictObject({ recipientPseudonym: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{32}$/) }),
  responses: {
    200: { description: 'Journey: the events that began on the days asked for', content: { 'application/json': openDocument } },
    400: problemResponse('Not such a question, or the days are not a period'),
    401: problemResponse('No valid token'),
    403: problemResponse('Scope missing, not of this project, or the purpose is not one of its purposes'),
    404: problemResponse('Nobody this project may see'),
    422: problemResponse('More events than one answer holds: ask for fewer days with `from` and `to`'),
  },
  async handle(call, context) {
    const { project, purpose } = call.query;
    const journey = await context.journeys.read({
      recipientPseudonym: call.params.recipientPseudonym,
      project,
      purpose,
      period: readPeriod(call.query),
      actor: call.callerId,
      ...(call.actor === undefined ? {} : { holder: call.actor }),
    });
    if (journey === undefined) throw new GatewayError('JOURNEY_UNKNOWN', 'There is nobody here this project may see.', { status: 404 });
    call.response.json(journey);
  },
});

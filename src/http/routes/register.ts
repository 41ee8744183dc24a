import { z } from 'zod';
import { type LocalDate, parseLocalDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { readJsonBody } from '../json-body.ts';
import { defineRoute, type HttpContext, nothing } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';
import type { RegisterDesk } from '../services.ts';

export const placeInQuery = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80)
  .describe('Place the caller has a seat in');
export const dateInQuery = z
  .string()
  .refine((text) => parseLocalDate(text) !== undefined)
  .transform((text) => text as LocalDate)
  .meta({ type: 'string', format: 'date' });
const flow = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80);
const changeParams = z.strictObject({
  change: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .describe('Number of the change'),
});

const answers = (description: string) => ({
  200: { description, content: { 'application/json': openDocument } },
  401: problemResponse('No valid token'),
  403: problemResponse('No seat that allows it in this place, with every reason'),
  404: problemResponse('Not in the register of this place'),
});
const decides = (description: string) => ({ ...answers(description), 409: problemResponse('Decided already, or nothing to decide') });
const takes = (description: string) => ({ ...decides(description), 422: problemResponse('What is wrong with it, all at once') });

function desk(context: HttpContext): RegisterDesk {
  if (context.register !== undefined) return context.register;
  throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
}

export const checkRegisterRoute = defineRoute({
  method: 'get',
  path: '/api/register/check',
  summary: 'Every flow of the place: admitted, or all the reasons against, each with its clause',
  query: z.strictObject({ place: placeInQuery, at: dateInQuery.optional() }),
  params: nothing,
  responses: answers('Every flow, with findings'),
  async handle({ query, response }, context) {
    response.json(await desk(context).check(query.place, query.at));
  },
});

export const readOutlook = defineRoute({
  method: 'get',
  path: '/api/register/outlook',
  summary: 'What stops in the days ahead if nobody changes the register, and why',
  query: z.strictObject({ place: placeInQuery, days: z.coerce.number().int().min(1).max(3660).default(90) }),
  params: nothing,
  responses: answers('Flows that stop, their causes, and what else ends'),
  async handle({ query, response }, context) {
    response.json(await desk(context).outlook(query.place, query.days));
  },
});

export const readRegisterAsOf = defineRoute({
  method: 'get',
  path: '/api/register/as-of',
  summary: 'The register of the place as it stood at the end of a day, and what the gate answered; with flow, only for that one',
  query: z.strictObject({ place: placeInQuery, date: dateInQuery, flow: flow.optional() }),
  params: nothing,
  responses: answers('Version, document and check of that day'),
  async handle({ query, response }, context) {
    response.json(await desk(context).asOf(query.place, query.date, query.flow));
  },
});

export const listRegisterChanges = defineRoute({
  method: 'get',
  path: '/api/register/changes',
  summary: 'Changes of the place that wait, with their difference in words; with all=true also what became of others',
  query: z.strictObject({ place: placeInQuery, all: z.enum(['true', 'false']).default('false') }),
  params: nothing,
  responses: answers('Changes, newest first'),
  async handle({ query, response }, context) {
    response.json(await desk(context).changes(query.place, query.all === 'true'));
  },
});

export const readRegisterChange = defineRoute({
  method: 'get',
  path: '/api/register/changes/:change',
  summary: 'One change of the place',
  query: z.strictObject({ place: placeInQuery }),
  params: changeParams,
  responses: answers('The change'),
  async handle({ query, params, response }, context) {
    response.json(await desk(context).change(query.place, params.change));
  },
});

export const proposeRegisterChange = defineRoute({
  method: 'post',
  path: '/api/register/changes',
  summary: 'Proposes the document as the register of the place; nothing changes until somebody else approves',
  query: z.strictObject({ place: placeInQuery, effective: dateInQuery.optional() }),
  params: nothing,
  body: { description: 'The whole document of the place, as `as-of` answers it', content: { 'application/json': openDocument } },
  responses: takes('The change, with its difference in words and the notice it wants'),
  async handle(call, context) {
    const { person } = call.person();
    const body = await readJsonBody(call.request, context.settings);
    const proposal = { place: call.query.place, person, body, effectiveOn: call.query.effective };
    call.response.json(await desk(context).propose(proposal));
  },
});

export const approveRegisterChange = defineRoute({
  method: 'post',
  path: '/api/register/changes/:change/approve',
  summary: 'Approves what somebody else proposed; in force on its day, when every notice was given',
  query: z.strictObject({ place: placeInQuery }),
  params: changeParams,
  responses: decides('The change as it stands now'),
  async handle(call, context) {
    const { person } = call.person();
    call.response.json(await desk(context).approve({ place: call.query.place, person, change: call.params.change }));
  },
});

export const notifyRegisterChange = defineRoute({
  method: 'post',
  path: '/api/register/changes/:change/notify',
  summary: 'Records that notice of the change was given as a condition wants it',
  query: z.strictObject({ place: placeInQuery }),
  params: changeParams,
  body: { description: 'What shows it', content: { 'application/json': z.strictObject({ evidence: z.string() }) } },
  responses: takes('The change as it stands now'),
  async handle(call, context) {
    const { person } = call.person();
    const body = await readJsonBody(call.request, context.settings);
    call.response.json(await desk(context).notify({ place: call.query.place, person, change: call.params.change, body }));
  },
});

export const withdrawRegisterChange = defineRoute({
  method: 'post',
  path: '/api/register/changes/:change/withdraw',
  summary: 'Takes back a change that is not in force',
  query: z.strictObject({ place: placeInQuery }),
  params: changeParams,
  responses: decides('The change as it stands now'),
  async handle(call, context) {
    const { person } = call.person();
    call.response.json(await desk(context).withdraw({ place: call.query.place, person, change: call.params.change }));
  },
});

/** The register, for people with a seat in the place. */
export const registerRoutes = [
  checkRegisterRoute,
  readOutlook,
  readRegisterAsOf,
  listRegisterChanges,
  readRegisterChange,
  proposeRegisterChange,
  approveRegisterChange,
  notifyRegisterChange,
  withdrawRegisterChange,
] as const;

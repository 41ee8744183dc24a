import { z } from 'zod';
import { breachActions } from '../../obligations/breach-act.ts';
import { breachRisks } from '../../obligations/breach-clock.ts';
import type { ObligationDesk } from '../../obligations/desk.ts';
import { dayWithin } from '../../obligations/tasks.ts';
import { GatewayError } from '../../shared/errors.ts';
import { readJsonBody } from '../json-body.ts';
import { type Call, defineRoute, type HttpContext, nothing, type RouteDefinition } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80);
const place = id.describe('Place the caller has a seat in');
const inPlace = z.strictObject({ place });
const taskParams = z.strictObject({ task: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,199}$/) });
const breachParams = z.strictObject({
  breach: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number)
    .describe('Number of the breach'),
});
const words = z.string().trim().min(1).max(2000).describe("In words, without anybody's name or number");

const evidenceSchema = z.strictObject({ reference: words });
const judgementSchema = z.strictObject({ refuseBecause: words.optional() });
const reportSchema = z.strictObject({
  what: words,
  discoveredAt: z.iso.datetime({ offset: true }),
  flows: z.array(id).max(1000).default([]),
  agreements: z.array(id).max(100).default([]),
  persons: z.int().nonnegative().optional().describe('How many people; left out while nobody knows'),
  identifiable: z.boolean().default(true),
  risk: z.enum(breachRisks).default('not-judged'),
});
const actionSchema = z.strictObject({
  kind: z.enum(Object.keys(breachActions) as [keyof typeof breachActions, ...(keyof typeof breachActions)[]]),
  note: words,
  organisation: z
    .string()
    .regex(/^[A-Z0-9]{3,12}$/)
    .optional()
    .describe('ODS code of who was told, for told-organisation'),
});

const answers = (description: string) => ({
  200: { description, content: { 'application/json': openDocument } },
  401: problemResponse('No valid token'),
  403: problemResponse('No seat that allows it in this place, or the same person as before'),
  404: problemResponse('Not of this place'),
});
const decides = (description: string) => ({ ...answers(description), 409: problemResponse('Decided already, or not ready to be') });

function desk(context: HttpContext): ObligationDesk {
  if (context.obligations !== undefined) return context.obligations;
  throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
}

async function bodyOf<Schema extends z.ZodType>(
  call: Call<unknown, unknown>,
  schema: Schema,
  context: HttpContext,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJsonBody(call.request, context.settings));
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? '')).filter((name) => name !== ''))];
  throw new GatewayError(
    'REQUEST_INVALID',
    names.length === 0 ? 'The body is not one this address takes.' : `The body is not right at: ${names.join(', ')}.`,
  );
}

export const listObligations = defineRoute({
  method: 'get',
  path: '/api/obligations',
  summary: 'What the agreements of the place oblige people to, the oldest first',
  query: z.strictObject({
    place,
    agreement: id.optional(),
    'due-within': z
      .string()
      .regex(/^\d{1,4}d$/)
      .optional()
      .describe('Only what is late or due by then, like 90d'),
    all: z.enum(['true', 'false']).default('false').describe('Also what is accepted or closed'),
  }),
  params: nothing,
  responses: answers('Tasks with dates, owners, evidence and state'),
  async handle({ query, response }, context) {
    const within = query['due-within'];
    const dueBy = within === undefined ? undefined : dayWithin(within, context.clock);
    response.json({
      tasks: await desk(context).tasks({ place: query.place, agreement: query.agreement, dueBy, all: query.all === 'true' }),
    });
  },
});

export const supplyObligationEvidence = defineRoute({
  method: 'post',
  path: '/api/obligations/:task/evidence',
  summary: 'Says where the evidence for a task is kept',
  query: inPlace,
  params: taskParams,
  body: { description: 'Where it is kept, never the evidence itself', content: { 'application/json': evidenceSchema } },
  responses: decides('The task as it stands now'),
  async handle(call, context) {
    const { reference } = await bodyOf(call, evidenceSchema, context);
    const task = await desk(context).task(call.params.task, call.query.place);
    call.response.json(await desk(context).supply({ id: task.id, reference, actor: call.person().person }));
  },
});

export const judgeObligationEvidence = defineRoute({
  method: 'post',
  path: '/api/obligations/:task/judgement',
  summary: 'Accepts the evidence for a task, or refuses it with a reason; somebody else than supplied it',
  query: inPlace,
  params: taskParams,
  body: { description: 'Empty to accept', content: { 'application/json': judgementSchema } },
  responses: decides('The task as it stands now'),
  async handle(call, context) {
    const { refuseBecause } = await bodyOf(call, judgementSchema, context);
    const task = await desk(context).task(call.params.task, call.query.place);
    const judgement = { id: task.id, actor: call.person().person, ...(refuseBecause === undefined ? {} : { refuseBecause }) };
    call.response.json(await desk(context).judge(judgement));
  },
});

export const listBreachesRoute = defineRoute({
  method: 'get',
  path: '/api/breaches',
  summary: 'Breaches of the place with their clocks and what was done, the newest first',
  query: z.strictObject({ place, open: z.enum(['true', 'false']).default('false') }),
  params: nothing,
  responses: answers('Breaches'),
  async handle({ query, response }, context) {
    response.json({ breaches: await desk(context).breaches({ place: query.place, open: query.open === 'true' }) });
  },
});

export const reportBreachRoute = defineRoute({
  method: 'post',
  path: '/api/breaches',
  summary: 'Records a breach, starts its clocks and opens its tasks',
  query: inPlace,
  params: nothing,
  body: { description: 'What happened', content: { 'application/json': reportSchema } },
  responses: answers('The breach with its clocks'),
  async handle(call, context) {
    const { discoveredAt, ...report } = await bodyOf(call, reportSchema, context);
    const actor = call.person().person;
    call.response.json(await desk(context).report({ ...report, place: call.query.place, discoveredAt: new Date(discoveredAt), actor }));
  },
});

export const actOnBreachRoute = defineRoute({
  method: 'post',
  path: '/api/breaches/:breach/actions',
  summary: 'Records what was done about a breach, as the evidence of its task',
  query: inPlace,
  params: breachParams,
  body: { description: 'What was done', content: { 'application/json': actionSchema } },
  responses: decides('The breach as it stands now'),
  async handle(call, context) {
    const action = await bodyOf(call, actionSchema, context);
    const { no } = await desk(context).breach(call.params.breach, call.query.place);
    call.response.json(await desk(context).act({ ...action, no, actor: call.person().person }));
  },
});

export const closeBreachRoute = defineRoute({
  method: 'post',
  path: '/api/breaches/:breach/closure',
  summary: 'Closes a breach: somebody else than reported it, when every task is accepted',
  query: inPlace,
  params: breachParams,
  responses: decides('The breach, closed'),
  async handle(call, context) {
    const { no } = await desk(context).breach(call.params.breach, call.query.place);
    call.response.json(await desk(context).close({ no, actor: call.person().person }));
  },
});

export const obligationRoutes: readonly RouteDefinition[] = [
  listObligations,
  supplyObligationEvidence,
  judgeObligationEvidence,
  listBreachesRoute,
  reportBreachRoute,
  actOnBreachRoute,
  closeBreachRoute,
];

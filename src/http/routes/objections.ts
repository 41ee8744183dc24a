import { z } from 'zod';
import { capacityDeciders } from '../../objections/arriving.ts';
import { objectionKinds } from '../../objections/kinds.ts';
import { purposes } from '../../register/terms.ts';
import { GatewayError } from '../../shared/errors.ts';
import { settings } from '../../shared/settings.ts';
import { checkBody, readBody } from '../body.ts';
import { daySchema, readPeriod } from '../period.ts';
import { defineRoute, type HttpContext, nothing } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';
import type { ObjectionService } from '../services.ts';

const place = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80);
const query = z.strictObject({ place });
const day = z.iso.date();
const nhsNumber = z.string().describe('Read by the black box alone, and kept nowhere');

const objectionSchema = z.strictObject({
  nhsNumber,
  kind: z.enum(objectionKinds),
  source: z.string().describe('Who said it, as a name: letter, practice-f81001'),
  setOn: day.optional().describe('Left out: in force from today, or only a withdrawal'),
  withdrawnOn: day.optional(),
  about: z.enum(settings).optional().describe('For local-sharing: whose records are not to be shared'),
  purpose: z.enum(purposes).optional().describe('For right-to-object: the one purpose objected to'),
  recordedIn: z.enum(settings).optional(),
  evidence: z.string().max(200).optional().describe('Reference of the letter or note; without any number of ten digits'),
  decidedBy: z.enum(capacityDeciders).optional().describe('For lack-of-capacity: in which role somebody decided'),
});

const responses = (description: string, formats: Readonly<Record<string, z.ZodType>> = {}) => ({
  200: { description, content: { 'application/json': openDocument, ...formats } },
  400: problemResponse('Not such a document'),
  401: problemResponse('No valid token'),
  403: problemResponse('No seat as IG lead of this place, with every reason'),
  422: problemResponse('The number or the objection cannot be used'),
});

export function objectionService({ objections }: HttpContext): ObjectionService {
  if (objections === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
  return objections;
}

export const recordObjectionRoute = defineRoute({
  method: 'post',
  path: '/api/objections',
  summary: 'Records one objection, or the withdrawal of one, and removes what it covers; answers with the receipt',
  query,
  params: nothing,
  body: { description: 'Read by the black box alone', content: { 'application/json': objectionSchema } },
  responses: responses('What was recorded and removed'),
  async handle(call, context) {
    checkBody(call.request, ['application/json'], context.settings);
    call.response.json(await objectionService(context).record(call.person(), readBody(call.request, context.settings)));
  },
});

export const explainObjections = defineRoute({
  method: 'post',
  path: '/api/objections/explain',
  summary: 'What the objections of one person do: per flow and purpose, what applies and why; that it was asked is on record',
  query,
  params: nothing,
  body: { description: 'Read by the black box alone', content: { 'application/json': z.strictObject({ nhsNumber }) } },
  responses: responses('Every use, with the reason; as a letter with Accept: text/plain', { 'text/plain': z.string() }),
  async handle(call, context) {
    checkBody(call.request, ['application/json'], context.settings);
    const { json, letter } = await objectionService(context).explain(call.person(), readBody(call.request, context.settings));
    if (call.request.accepts(['application/json', 'text/plain']) === 'text/plain') call.response.type('text/plain').send(letter);
    else call.response.json(json);
  },
});

export const reportObjectionsRoute = defineRoute({
  method: 'get',
  path: '/api/objections/report',
  summary: 'How many people object, by kind and setting, when each list was applied, and whom no list can speak for',
  query: z.strictObject({
    place,
    from: daySchema.optional().describe('First day; left out: the first of this year'),
    to: daySchema.optional().describe('Last day; left out: today'),
  }),
  params: nothing,
  responses: {
    200: { description: 'Counts of people: 1 to 7 is *, more is rounded to 5', content: { 'application/json': openDocument } },
    400: problemResponse('The days are not a period'),
    401: problemResponse('No valid token'),
    403: problemResponse('No seat as IG lead or auditor of this place, with every reason'),
    404: problemResponse('A place without flows'),
    409: problemResponse('Counts were shown since this was made that would give others away: ask again'),
  },
  async handle(call, context) {
    call.response.json(await objectionService(context).report(call.query.place, readPeriod(call.query)));
  },
});

import { z } from 'zod';
import type { ReturnsDesk } from '../../returns/lifecycle/desk.ts';
import { returnFileForms, returnFileTypes } from '../../returns/lifecycle/files.ts';
import type { ReturnKey } from '../../returns/lifecycle/history.ts';
import { answerSchema } from '../../returns/return.ts';
import { GatewayError } from '../../shared/errors.ts';
import { readJsonBody } from '../json-body.ts';
import { type Call, defineRoute, type HttpContext, nothing, type RouteDefinition } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';
import { placeInQuery } from './register.ts';

const templateId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80)
  .describe('Template of the return, e.g. bcf-2016-17-q2');
const ofTemplate = z.strictObject({ template: templateId });
const inPlace = z.strictObject({ place: placeInQuery });
const versionInQuery = z.coerce.number().int().min(1).max(10_000).optional().describe('Data version; the newest when left out');
const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);
const words = z.string().trim().min(1).max(2000).describe("In words, without anybody's name or number");
const sheet = z.string().min(1).max(100).describe('Name of the sheet as it is printed');
const person = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .max(80);

const declarationBody = z.strictObject({
  answers: z.record(z.string().max(200), answerSchema).describe('By question id; null takes an answer back. All are taken or none'),
  reason: words.optional(),
});
const decisionBody = z.strictObject({
  proposals: z.array(z.int().positive()).min(1).max(1000),
  accept: z.boolean(),
  reason: words.optional(),
});
const ownerBody = z.strictObject({ sheets: z.array(sheet).min(1).max(50), owner: person.describe('Staff id of the register') });
const reviewBody = z.strictObject({ sheet });
const acknowledgementBody = z.strictObject({
  rule: z.string().regex(/^[A-Z][A-Z0-9_]{1,79}$/),
  question: z.string().max(200).optional().describe('Only where the contradiction is about this question'),
  reason: words,
});
const signOffBody = z.strictObject({
  answers: hexDigest.describe('Digest of the answers, as the return shows it: what is signed is what was read'),
  signedAs: z.string().trim().min(1).max(200).describe('Office in which the person signs, e.g. Chair of the Health and Wellbeing Board'),
});
const submissionBody = z.strictObject({
  how: z.string().trim().min(1).max(300).describe('By which way it was sent'),
  fileSha256: hexDigest.describe('SHA-256 of the file that was sent'),
  at: z.iso.datetime({ offset: true }).optional().describe('When it was sent; now when left out'),
});
const amendmentBody = z.strictObject({ because: words });

const answers = (description: string) => ({
  200: { description, content: { 'application/json': openDocument } },
  401: problemResponse('No valid token'),
  403: problemResponse('No seat that allows it in this place, or the same person as before'),
  404: problemResponse('Not of this place'),
});
const decides = (description: string) => ({
  ...answers(description),
  409: problemResponse('Frozen, not ready, or decided already, with every reason'),
  422: problemResponse('What is wrong with it, all at once'),
});
const stands = 'The return as it stands now';

function desk(context: HttpContext): ReturnsDesk {
  if (context.returns !== undefined) return context.returns;
  throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
}

type Decided = Call<{ readonly place: string }, { readonly template: string }>;
const keyOf = ({ query, params }: Decided): ReturnKey => ({ place: query.place, template: params.template });

async function bodyOf<Schema extends z.ZodType>(call: Decided, schema: Schema, context: HttpContext): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJsonBody(call.request, context.settings));
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? '')).filter((name) => name !== ''))];
  throw new GatewayError(
    'REQUEST_INVALID',
    names.length === 0 ? 'The body is not one this address takes.' : `The body is not right at: ${names.join(', ')}.`,
  );
}

/** A decision about one return: its body, and what becomes of the return. */
function decision<Schema extends z.ZodType>(
  step: string,
  summary: string,
  body: { readonly schema: Schema; readonly description: string } | undefined,
  decide: (context: HttpContext, key: ReturnKey, body: z.output<Schema>, by: string) => Promise<object>,
): RouteDefinition {
  return defineRoute({
    method: 'post',
    path: `/api/returns/:template/${step}`,
    summary,
    query: inPlace,
    params: ofTemplate,
    ...(body === undefined ? {} : { body: { description: body.description, content: { 'application/json': body.schema } } }),
    responses: decides(stands),
    async handle(call, context) {
      const given = (body === undefined ? undefined : await bodyOf(call, body.schema, context)) as z.output<Schema>;
      call.response.json(await decide(context, keyOf(call), given, call.person().person));
    },
  });
}

const listReturns = defineRoute({
  method: 'get',
  path: '/api/returns',
  summary: 'Every template with the data versions the place has of it',
  query: inPlace,
  params: nothing,
  responses: answers('Templates'),
  async handle({ query, response }, context) {
    response.json({ templates: await desk(context).templates(query.place) });
  },
});

const listReturnNotices = defineRoute({
  method: 'get',
  path: '/api/returns/notices',
  summary: 'What the authors of returns were told: what changed, and what is missing; unread ones unless all=true',
  query: z.strictObject({ place: placeInQuery, all: z.enum(['true', 'false']).default('false') }),
  params: nothing,
  responses: answers('Notices, newest first'),
  async handle({ query, response }, context) {
    response.json({ notices: await desk(context).notices(query.place, query.all === 'true') });
  },
});

const readReturnNotice = defineRoute({
  method: 'post',
  path: '/api/returns/notices/:notice/read',
  summary: 'Says that a notice was read',
  query: inPlace,
  params: z.strictObject({
    notice: z
      .string()
      .regex(/^[1-9]\d{0,14}$/)
      .transform(Number),
  }),
  responses: answers('Read'),
  async handle(call, context) {
    const { notice } = call.params;
    await desk(context).readNotice({ place: call.query.place, notice, by: call.person().person });
    call.response.json({ notice, read: true });
  },
});

const readReturnStatus = defineRoute({
  method: 'get',
  path: '/api/returns/:template',
  summary: 'How a return stands: sheets, what is missing, contradictions, who signed',
  query: z.strictObject({ place: placeInQuery, version: versionInQuery }),
  params: ofTemplate,
  responses: answers(stands),
  async handle(call, context) {
    call.response.json(await desk(context).status(keyOf(call), call.query.version));
  },
});

const readReturnHistory = defineRoute({
  method: 'get',
  path: '/api/returns/:template/history',
  summary: 'Who did what with a return and when',
  query: inPlace,
  params: ofTemplate,
  responses: answers('Steps, oldest first'),
  async handle(call, context) {
    call.response.json({ steps: await desk(context).history(keyOf(call)) });
  },
});

const readReturnDifference = defineRoute({
  method: 'get',
  path: '/api/returns/:template/difference',
  summary: 'What differs, in words: from another version of the return, or from another quarter',
  query: z.strictObject({
    place: placeInQuery,
    version: versionInQuery,
    'from-version': versionInQuery,
    from: templateId.optional().describe('Template of the other quarter; the same return when left out'),
  }),
  params: ofTemplate,
  responses: answers('One sentence for each difference'),
  async handle({ query, params, response }, context) {
    const differences = await desk(context).difference(query.place, {
      before: { template: query.from ?? params.template, version: query['from-version'] },
      after: { template: params.template, version: query.version },
    });
    response.json({ differences });
  },
});

const listReturnProposals = defineRoute({
  method: 'get',
  path: '/api/returns/:template/proposals',
  summary: 'Answers carried forward from the quarter before, with what was decided about each',
  query: inPlace,
  params: ofTemplate,
  responses: answers('Proposals, open ones first'),
  async handle(call, context) {
    call.response.json({ proposals: await desk(context).proposals(keyOf(call)) });
  },
});

const readReturnFile = defineRoute({
  method: 'get',
  path: '/api/returns/:template/files/:form',
  summary: 'A return as a file: document, workbook, board paper, table, FHIR MeasureReport, evidence, matrix',
  query: z.strictObject({ place: placeInQuery, version: versionInQuery }),
  params: z.strictObject({ template: templateId, form: z.enum(returnFileForms) }),
  responses: {
    ...answers('The file'),
    200: {
      description: 'The file',
      content: {
        ...Object.fromEntries(Object.values(returnFileTypes).map((type) => [type, z.string()])),
        'application/json': openDocument,
      },
    },
  },
  async handle(call, context) {
    const { name, mediaType, content } = await desk(context).file(keyOf(call), call.params.form, call.query.version);
    // Always saved and never shown: a page that opens here would run under our address.
    call.response.attachment(name).type(mediaType).send(content);
  },
});

/** Returns, for people with a seat in the place. */
export const returnRoutes: readonly RouteDefinition[] = [
  listReturns,
  listReturnNotices,
  readReturnNotice,
  readReturnStatus,
  readReturnHistory,
  readReturnDifference,
  listReturnProposals,
  readReturnFile,
  decision('build', 'Builds the return again from what is seen and declared now', undefined, (context, key, _, by) =>
    desk(context).build(key, { by }),
  ),
  decision(
    'declarations',
    'Answers questions by name; the answers are taken all or not at all',
    { schema: declarationBody, description: 'Answers' },
    (context, key, given, by) => desk(context).declare(key, { ...given, by, source: 'Interface' }),
  ),
  decision('proposals', 'Offers what the quarter before answered; each waits for a person', undefined, async (context, key, _, by) => ({
    proposals: await desk(context).propose(key, { by }),
  })),
  decision(
    'proposals/decision',
    'Accepts proposals as own answers, or rejects them',
    { schema: decisionBody, description: 'Numbers of proposals' },
    (context, key, given, by) => desk(context).decide(key, { ...given, by }),
  ),
  decision('owners', 'Names who reviews sheets', { schema: ownerBody, description: 'Sheets and their owner' }, (context, key, given, by) =>
    desk(context).nameOwner(key, { ...given, by }),
  ),
  decision(
    'reviews',
    'Reviews a sheet with the answers it holds now, as its owner',
    { schema: reviewBody, description: 'The sheet' },
    (context, key, given, by) => desk(context).review(key, { ...given, by }),
  ),
  decision(
    'acknowledgements',
    'Lets a contradiction of severity error stand, by name and with a reason',
    { schema: acknowledgementBody, description: 'The rule and the reason' },
    (context, key, given, by) => desk(context).acknowledge(key, { ...given, by }),
  ),
  decision(
    'sign-off',
    'Signs a complete and reviewed return for the Health and Wellbeing Board and freezes it; somebody else than answered',
    { schema: signOffBody, description: 'What was read, and in which office it is signed' },
    (context, key, given, by) => desk(context).signOff(key, { ...given, by }),
  ),
  decision(
    'submission',
    'Records that a signed return was sent',
    { schema: submissionBody, description: 'When, how, and which file' },
    (context, key, { at, ...given }, by) =>
      desk(context).submit(key, { ...given, at: at === undefined ? context.clock.now() : new Date(at), by }),
  ),
  decision(
    'amendments',
    'Begins a new version of a return that was signed',
    { schema: amendmentBody, description: 'Why' },
    (context, key, given, by) => desk(context).amend(key, { ...given, by }),
  ),
];

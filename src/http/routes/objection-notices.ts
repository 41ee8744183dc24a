import { z } from 'zod';
import { defineRoute, nothing } from '../route.ts';
import { problemResponse } from '../schemas.ts';
import { objectionService } from './objections.ts';

const query = z.strictObject({
  project: z
    .string()
    .regex(/^[\w-]+$/)
    .max(100),
});
const params = z.strictObject({ notice: z.string().regex(/^[1-9]\d{0,17}$/) });

const noticeSchema = z.strictObject({
  notice: z.string(),
  project: z.string(),
  epoch: z.int(),
  people: z.string().describe('1 to 7 is *, more is rounded to 5'),
  issuedAt: z.string(),
  acknowledgedAt: z.string().nullable(),
});

const refusals = {
  401: problemResponse('No valid token'),
  403: problemResponse('Not of this project'),
  404: problemResponse('No open notice of this number for this project'),
};

const listNotices = defineRoute({
  method: 'get',
  path: '/api/objections/notices',
  summary: 'Notices that people this project was given have objected, open ones first',
  query,
  params: nothing,
  responses: {
    200: { description: 'Notices', content: { 'application/json': z.strictObject({ notices: z.array(noticeSchema) }) } },
    401: refusals[401],
    403: refusals[403],
  },
  async handle(call, context) {
    call.response.json({ notices: await objectionService(context).notices(call.query.project) });
  },
});

const readNotice = defineRoute({
  method: 'get',
  path: '/api/objections/notices/:notice',
  summary: "The project's own pseudonyms of the people it has to remove; neither which objection nor whose. That it was read is on record",
  query,
  params,
  responses: {
    200: {
      description: 'Whom to remove',
      content: { 'application/json': z.strictObject({ notice: z.string(), remove: z.array(z.string()) }) },
    },
    ...refusals,
  },
  async handle(call, context) {
    const { notice } = call.params;
    const asked = { notice, project: call.query.project, actor: call.callerId };
    call.response.json({ notice, remove: await objectionService(context).readNotice(asked) });
  },
});

const acknowledgeNotice = defineRoute({
  method: 'post',
  path: '/api/objections/notices/:notice/acknowledgement',
  summary: 'Says that the people of the notice were removed; the notice forgets them, and keeps how many and when',
  query,
  params,
  responses: {
    200: {
      description: 'Acknowledged',
      content: { 'application/json': z.strictObject({ notice: z.string(), acknowledged: z.literal(true) }) },
    },
    ...refusals,
    409: problemResponse('Nobody has read the notice yet'),
  },
  async handle(call, context) {
    const { notice } = call.params;
    await objectionService(context).acknowledgeNotice({ notice, project: call.query.project, actor: call.callerId });
    call.response.json({ notice, acknowledged: true });
  },
});

export const objectionNoticeRoutes = [listNotices, readNotice, acknowledgeNotice];

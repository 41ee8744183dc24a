import { z } from 'zod';
import { GatewayError } from '../../shared/errors.ts';
import { checkBody, readBody } from '../body.ts';
import { defineRoute, nothing } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';

const requestSchema = z.strictObject({
  nhsNumber: z.string().describe('Of the person who asks'),
  decision: z
    .string()
    .min(20)
    .max(2000)
    .describe('How the person was identified, and why this is answered; without any number of ten digits'),
});

export const answerSubject = defineRoute({
  method: 'post',
  path: '/api/subject-access',
  summary: 'Everything held in one place about one person who asks for it, by the recorded decision of an IG lead',
  query: z.strictObject({
    place: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/)
      .max(80),
  }),
  params: nothing,
  body: { description: 'Read by the black box alone', content: { 'application/json': requestSchema } },
  responses: {
    200: {
      description: 'Everything held; as a page with Accept: text/html',
      content: { 'application/json': openDocument, 'text/html': z.string() },
    },
    401: problemResponse('No valid token'),
    403: problemResponse('No seat as IG lead of this place, with every reason'),
    422: problemResponse('The number or the decision cannot be used'),
    429: problemResponse('More requests than people decide'),
  },
  async handle(call, context) {
    if (context.subjectAccess === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
    checkBody(call.request, ['application/json'], context.settings);
    const { person, place } = call.person();
    const answer = await context.subjectAccess.answer({ person, place, bytes: readBody(call.request, context.settings) });
    if (call.request.accepts(['application/json', 'text/html']) === 'text/html') call.response.type('html').send(answer.page);
    else call.response.type('json').send(answer.json);
  },
});

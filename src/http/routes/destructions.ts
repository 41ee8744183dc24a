import { z } from 'zod';
import { GatewayError } from '../../shared/errors.ts';
import { defineRoute, nothing } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';

export const listDestructionsOfPlace = defineRoute({
  method: 'get',
  path: '/api/destructions',
  summary: 'What was destroyed in one place or asked for, newest first: who asked, who approved, and the certificate',
  query: z.strictObject({
    place: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/)
      .max(80),
  }),
  params: nothing,
  responses: {
    200: { description: 'Destructions', content: { 'application/json': z.strictObject({ destructions: z.array(openDocument) }) } },
    401: problemResponse('No valid token'),
    403: problemResponse('No seat as IG lead or auditor of this place, with every reason'),
  },
  async handle(call, context) {
    if (context.destructions === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
    call.response.json({ destructions: await context.destructions(call.query.place) });
  },
});

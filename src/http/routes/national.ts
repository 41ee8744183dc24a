import { z } from 'zod';
import { GatewayError } from '../../shared/errors.ts';
import { defineRoute, nothing } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';

export const readNationalStatus = defineRoute({
  method: 'get',
  path: '/api/ndop/status',
  summary: 'How the national opt-out check stands for each purpose, and the latest requests: counts and times, no person',
  query: z.strictObject({
    place: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/)
      .max(80),
  }),
  params: nothing,
  responses: {
    200: {
      description: 'Fresh, stale or missing for each purpose; state and reason of each request file',
      content: { 'application/json': openDocument },
    },
    401: problemResponse('No valid token'),
    403: problemResponse('No seat as IG lead or auditor of this place, with every reason'),
  },
  async handle(call, context) {
    if (context.nationalStatus === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
    call.response.json(await context.nationalStatus());
  },
});

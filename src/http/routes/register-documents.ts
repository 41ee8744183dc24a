import type { Response } from 'express';
import { z } from 'zod';
import { type DocumentFormat, documentFormats, documentNames } from '../../register/documents/produce.ts';
import { GatewayError } from '../../shared/errors.ts';
import { documentHeaders } from '../headers.ts';
import { defineRoute } from '../route.ts';
import { openDocument, problemResponse } from '../schemas.ts';
import { dateInQuery, placeInQuery } from './register.ts';

const types: Readonly<Record<DocumentFormat, string>> = {
  json: 'application/json',
  html: 'text/html',
  md: 'text/markdown',
  csv: 'text/csv',
  svg: 'image/svg+xml',
};

export const readRegisterDocument = defineRoute({
  method: 'get',
  path: '/api/register/documents/:name',
  summary: 'A document made of the register: record of processing, flow map, public data, impact assessment, section 251 annex',
  query: z.strictObject({
    place: placeInQuery,
    at: dateInQuery.optional().describe('As the register stood at the end of this day; today when left out'),
    format: z.enum(documentFormats).default('json'),
    agreement: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/)
      .max(80)
      .optional()
      .describe('dpia and cag-annex: only this agreement'),
  }),
  params: z.strictObject({ name: z.enum(documentNames) }),
  responses: {
    200: {
      description: 'The document',
      content: {
        'application/json': openDocument,
        ...Object.fromEntries(
          Object.values(types)
            .slice(1)
            .map((type) => [type, z.string()]),
        ),
      },
    },
    400: problemResponse('The document does not come in this form, or takes no agreement'),
    401: problemResponse('No valid token'),
    403: problemResponse('No seat that allows it in this place, with every reason'),
    404: problemResponse('Not in the register of this place'),
  },
  async handle({ query, params, response }, context) {
    if (context.documents === undefined) throw new GatewayError('NOT_FOUND', 'There is nothing at this address.', { status: 404 });
    const { formats } = await context.documents({ ...query, name: params.name });
    const make = formats[query.format];
    if (make === undefined) {
      throw new GatewayError('FORMAT_NOT_MADE', `This document comes as ${Object.keys(formats).join(', ')}.`, { status: 400 });
    }
    send(response, query.format, make());
  },
});

/** A page may use its own style sheet; a drawing may use nothing at all. */
function send(response: Response, format: DocumentFormat, body: string): void {
  if (format === 'html') documentHeaders(response);
  response.type(types[format]).send(body);
}

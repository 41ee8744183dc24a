import { once } from 'node:events';
import { z } from 'zod';
import type { Issue } from '../../feeds/record.ts';
import type { Receipt } from '../../landing/receipt.ts';
import { receiptForSender } from '../../landing/sender-receipt.ts';
import { GatewayError } from '../../shared/errors.ts';
import { checkBody, discardRest, readBody } from '../body.ts';
import { type Fault, toProblem } from '../problem.ts';
import { recordOf } from '../request-record.ts';
import { type Call, defineRoute, type HttpContext, nothing } from '../route.ts';
import { batchIdSchema, flowIdSchema, problemResponse, receiptSchema, refusedDeliverySchema } from '../schemas.ts';

const deliveryKinds = [
  'text/csv',
  'application/json',
  'application/fhir+json',
  'application/x-ndjson',
  'application/ndjson',
  'application/fhir+ndjson',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
] as const;

export const deliveryQuery = z.strictObject({ flow: flowIdSchema, batch: batchIdSchema.optional() });
export type DeliveryCall = Call<z.output<typeof deliveryQuery>, unknown>;

const binary = z.string().meta({ format: 'binary' });

export const documentedContent = (kinds: readonly string[]): Record<string, z.ZodType> =>
  Object.fromEntries(kinds.map((kind) => [kind, binary]));

/** Deliveries one client may have under way: each holds a connection of the black box, which others need too. */
const atOnce = 3;
const underWay = new WeakMap<HttpContext, Map<string, number>>();

/** @throws GatewayError TOO_MANY_DELIVERIES: nothing was read */
function takeTurn(context: HttpContext, clientId: string): () => void {
  const counts = underWay.get(context) ?? new Map<string, number>();
  underWay.set(context, counts);
  const running = counts.get(clientId) ?? 0;
  if (running >= atOnce) {
    throw new GatewayError(
      'TOO_MANY_DELIVERIES',
      `Up to ${atOnce} deliveries may be under way at once. Send this one when another has ended.`,
      {
        status: 429,
      },
    );
  }
  counts.set(clientId, running + 1);
  return () => {
    const left = (counts.get(clientId) ?? 1) - 1;
    if (left > 0) counts.set(clientId, left);
    else counts.delete(clientId);
  };
}

/** Hands the stream to the landing stage and counts what became of it. Common to /api and /fhir. */
export async function receive(call: DeliveryCall, kinds: readonly string[], context: HttpContext): Promise<Receipt> {
  checkBody(call.request, kinds, context.settings);
  const { flow, batch } = call.query;
  const { clientId } = call.caller();
  const giveBack = takeTurn(context, clientId);
  const receipt = await context.landing
    .deliver({
      flowId: flow,
      ...(batch === undefined ? {} : { batchId: batch }),
      bytes: readBody(call.request, context.settings),
      actor: clientId,
    })
    .finally(giveBack);
  context.metrics.observeReceipt(receipt);
  // The gate refuses before it reads: what is still on its way is taken in for a moment, so that the sender hears the answer.
  if (!(await discardRest(call.request))) call.response.setHeader('connection', 'close');
  return toSender(receipt, context);
}

export const receiptAddress = (delivery: string, context: HttpContext): string =>
  `${context.settings.publicBaseUrl}/api/deliveries/${delivery}`;

/** What leaves to a machine: small numbers protected, and the row report by its address instead of a path of this machine. */
const toSender = (receipt: Receipt, context: HttpContext): Receipt => ({
  ...receiptForSender(receipt, context.settings.smallNumbers),
  problems: `${receiptAddress(receipt.delivery, context)}/problems`,
});

/** The register's no is final for today (403); a no that needed the bytes can be put right and sent again (422). */
export const refusalOf = (receipt: Receipt): Fault =>
  receipt.sha256 === ''
    ? { status: 403, code: 'DELIVERY_REFUSED', message: 'The gate refused this delivery; refusals holds every reason.' }
    : { status: 422, code: 'DELIVERY_UNACCEPTABLE', message: 'This delivery cannot be taken as it is; refusals holds every reason.' };

export const deliver = defineRoute({
  method: 'post',
  path: '/api/deliveries',
  summary: 'Deliver one file for a flow; the body is streamed and either lands whole or not at all',
  query: deliveryQuery,
  params: nothing,
  body: { description: 'CSV, JSON or NDJSON, plain or gzip', content: documentedContent(deliveryKinds) },
  responses: {
    200: { description: 'Duplicate: these bytes landed before, nothing changed', content: { 'application/json': receiptSchema } },
    201: { description: 'Landed', content: { 'application/json': receiptSchema } },
    400: problemResponse('The delivery cannot be read, or ended early'),
    401: problemResponse('No valid token'),
    403: {
      description: 'Refused by the gate, with the receipt, or not permitted',
      content: { 'application/problem+json': refusedDeliverySchema },
    },
    422: {
      description: 'Cannot be taken as it is (its columns, its batch id), with the receipt',
      content: { 'application/problem+json': refusedDeliverySchema },
    },
    409: problemResponse('The same batch was delivered with other content'),
    413: problemResponse('Too large'),
    415: problemResponse('Content type or encoding not supported'),
    429: problemResponse('Too many requests'),
    503: problemResponse('A part the gateway needs does not answer'),
  },
  async handle(call, context) {
    const receipt = await receive(call, deliveryKinds, context);
    call.response.setHeader('location', receiptAddress(receipt.delivery, context));
    if (receipt.state !== 'refused') {
      call.response.status(receipt.state === 'landed' ? 201 : 200).json(receipt);
      return;
    }
    const fault = refusalOf(receipt);
    recordOf(call.response).code = fault.code;
    call.response
      .status(fault.status)
      .type('application/problem+json')
      .json({ ...toProblem(fault, call.reference), ...receipt });
  },
});

const deliveryParams = z.strictObject({ id: z.uuid() });

export const readReceipt = defineRoute({
  method: 'get',
  path: '/api/deliveries/:id',
  summary: 'The receipt of a delivery',
  query: nothing,
  params: deliveryParams,
  responses: {
    200: { description: 'Receipt', content: { 'application/json': receiptSchema } },
    401: problemResponse('No valid token'),
    403: problemResponse('Scope missing'),
    404: problemResponse('No such delivery for this client'),
  },
  async handle(call, context) {
    const receipt = await context.landing.find(call.params.id);
    if (receipt === undefined) throw new GatewayError('DELIVERY_UNKNOWN', 'There is no such delivery for this client.', { status: 404 });
    call.response.json(toSender(receipt, context));
  },
});

const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const problemLine = (issue: Issue): string =>
  `${[String(issue.row), issue.field, issue.rule, issue.severity, issue.guidance].map(quote).join(',')}\r\n`;

export const readRowReport = defineRoute({
  method: 'get',
  path: '/api/deliveries/:id/problems',
  summary: 'The row report of a delivery: row, field, rule, severity and guidance, never a value',
  query: nothing,
  params: deliveryParams,
  responses: {
    200: { description: 'RFC 4180 CSV, streamed', content: { 'text/csv': z.string() } },
    401: problemResponse('No valid token'),
    403: problemResponse('Scope missing'),
    404: problemResponse('No such delivery for this client'),
  },
  async handle({ response, params }, context) {
    const issues = context.landing.problems(params.id)[Symbol.asyncIterator]();
    // The first row before the first byte, so that a failure is still an error and not half a file.
    let next = await issues.next();
    response.type('text/csv; charset=utf-8; header=present');
    response.setHeader('content-disposition', `attachment; filename="problems-${params.id}.csv"`);
    response.write('row,field,rule,severity,guidance\r\n');
    try {
      while (next.done !== true && !response.destroyed) {
        if (!response.write(problemLine(next.value))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
        next = await issues.next();
      }
    } finally {
      await issues.return?.();
    }
    response.end();
  },
});

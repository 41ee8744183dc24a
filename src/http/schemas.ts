import { z } from 'zod';

/** Shapes of the answers, for the OpenAPI document. The receipt is the one of interfaces: landing/receipt.ts. */
const counts = z.record(z.string(), z.int().nonnegative());

export const flowIdSchema = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .max(100)
  .describe('Flow id from the register');
export const batchIdSchema = z
  .string()
  .regex(/^[\w.:-]+$/)
  .max(200)
  .describe('Name the sender gives to this batch; the same name with other content is a conflict');

const refusalSchema = z.strictObject({ code: z.string(), clause: z.string(), message: z.string() }).meta({ id: 'Refusal' });

const receiptFields = {
  delivery: z.uuid(),
  flow: z.string(),
  batch: z.string().optional(),
  sha256: z.string(),
  state: z.enum(['landed', 'refused', 'duplicate']),
  received: z.int().nonnegative(),
  landed: z.int().nonnegative(),
  updated: z.int().nonnegative(),
  unchanged: z.int().nonnegative(),
  withheld: counts.describe('By reason; one total WITHHELD_BY_POLICY where a reason would be a small number'),
  quarantined: counts,
  removed: z.int().nonnegative(),
  outOfScope: counts,
  dropped: counts,
  warnings: counts,
  linkage: z
    .strictObject({ existing: z.int().nonnegative(), new: z.int().nonnegative() })
    .describe('To the nearest 5; 0 and 0 where either is a small number'),
  refusals: z.array(refusalSchema),
  problems: z.string().describe('Address of the row report'),
  duplicateOf: z.string().optional(),
  started: z.string(),
  finished: z.string(),
};

export const receiptSchema = z
  .strictObject(receiptFields)
  .meta({ id: 'Receipt', description: 'received = landed + updated + unchanged + withheld + quarantined, to the row' });

const problemFields = {
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable, UPPER_SNAKE'),
  detail: z.string(),
  reference: z.uuid().describe('Id of the request; also in X-Request-ID'),
};
export const problemSchema = z.strictObject(problemFields).meta({ id: 'Problem', description: 'RFC 9457' });
export const refusedDeliverySchema = z
  .strictObject({ ...problemFields, ...receiptFields })
  .meta({ id: 'RefusedDelivery', description: 'A problem that carries the receipt of the refused delivery' });

export const flowStatusSchema = z
  .strictObject({
    flow: z.string(),
    feed: z.string(),
    agreement: z.string(),
    setting: z.string(),
    state: z.enum(['admitted', 'refused']),
    refusals: z.array(refusalSchema),
  })
  .meta({ id: 'FlowStatus' });

export const operationOutcomeSchema = z
  .object({ resourceType: z.literal('OperationOutcome'), issue: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'OperationOutcome', description: 'FHIR R4 OperationOutcome' });

export const openDocument = z.record(z.string(), z.unknown()).meta({ id: 'Document' });

export const problemResponse = (description: string) => ({ description, content: { 'application/problem+json': problemSchema } });
export const outcomeResponse = (description: string) => ({ description, content: { 'application/fhir+json': operationOutcomeSchema } });

import { z } from 'zod';

const share = z.number().min(0).max(1);
const reason = z.string().min(1);

/** What turns a measurement into an answer. Data, with its reasons, because the template defines none of it. */
export const thresholdsSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.string(),
  nhsNumberOnCorrespondence: z.strictObject({
    id: z.string(),
    completeness: share.describe('Least share of records about a person that carry a usable NHS number'),
    verified: share.nullable().describe('Least share with number status 01, of the data sets that carry a status; null = not asked'),
    minimumRecords: z.int().min(8).describe('Fewer records than this answer nothing'),
    reason,
  }),
  retrieveByNhsNumber: z.strictObject({
    id: z.string(),
    completeness: share.describe('Least share of records about a person that carry a usable NHS number: the rest cannot be found by one'),
    verified: share.nullable(),
    minimumRecords: z.int().min(8),
    reason,
  }),
  openApi: z
    .strictObject({ id: z.string(), reason })
    .describe("The rule itself is the register's: one rule, wherever a route is classified"),
  endpointProbe: z.strictObject({
    id: z.string(),
    maxAgeDays: z.int().min(1).max(92).describe('An endpoint that has not answered for longer is not live'),
    timeoutSeconds: z.number().min(0.1).max(60),
    maxBytes: z.int().min(1_000).max(20_000_000),
    allowedNetworks: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .describe(
        'Networks that are not public and may be asked all the same, e.g. HSCN; plain http only where 127.0.0.0/8 or ::1/128 is listed',
      ),
    reason,
  }),
  personalHealthBudgets: z.strictObject({ id: z.string(), reason }),
  informationGovernance: z.strictObject({ id: z.string(), reason }),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

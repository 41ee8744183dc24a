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
  retrieveByNhsNumber: z.strictObject({ id: z.string(), verified: share.nullable(), minimumRecords: z.int().min(8), reason }),
  openApi: z
    .strictObject({ id: z.string(), reason })
    .describe("The rule itself is the register's: one rule, wherever a route is classified"),
  personalHealthBudgets: z.strictObject({ id: z.string(), reason }),
  informationGovernance: z.strictObject({ id: z.string(), reason }),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

import { z } from 'zod';
import { answerSchema } from './return.ts';

const role = z.string().min(1).max(200).describe('A role, not a name: the file is kept with the configuration');

/** What humans answered, before or beside the gateway: one file per place and template. */
export const declaredSchema = z.strictObject({
  $schema: z.string().optional(),
  template: z.string(),
  place: z.string(),
  source: z.string().describe('Where these answers were written down'),
  filledBy: role.describe('Who answers, unless the answer says otherwise'),
  answers: z.record(
    z.string(),
    z.strictObject({
      answer: answerSchema,
      filledBy: role.optional(),
      reviewedBy: role.optional(),
      carriedForwardFrom: z.string().optional().describe('Earlier template this answer was copied from'),
    }),
  ),
  previous: z
    .record(z.string(), z.record(z.string(), answerSchema))
    .default({})
    .describe('Answers of earlier quarters by template, for the pre-populated columns and the checks across quarters'),
});
export type Declared = z.infer<typeof declaredSchema>;

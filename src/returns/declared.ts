import { z } from 'zod';
import { answerSchema, statementSchema } from './return.ts';

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
      source: z.string().optional().describe('Where this answer was written down, when not where the others were'),
      at: z.iso.date().optional().describe('Day of the declaration'),
      onlyInPeriod: z
        .boolean()
        .optional()
        .describe("True for a fact of the template's own period, which a rehearsal over another period does not repeat"),
      carriedForwardFrom: z.string().optional().describe('Earlier template this answer was copied from'),
    }),
  ),
  previous: z
    .record(z.string(), z.record(z.string(), answerSchema))
    .default({})
    .describe('Answers of earlier quarters by template, for the pre-populated columns and the checks across quarters'),
  elsewhere: z.array(statementSchema).optional().describe('Statements published elsewhere about the same quarter, for the checks'),
});
export type Declared = z.infer<typeof declaredSchema>;

/** The declarations that hold for a build: a rehearsal leaves out what was said about the template's own period only. */
export function declarationsFor(declared: Declared | undefined, rehearsal: boolean): Declared | undefined {
  if (declared === undefined || !rehearsal) return declared;
  return {
    ...declared,
    answers: Object.fromEntries(Object.entries(declared.answers).filter(([, { onlyInPeriod }]) => onlyInPeriod !== true)),
  };
}

import { z } from 'zod';

/**
 * What must be decided before an identity is opened. So far one purpose exists: a person asked what is held about them, and
 * an IG lead decided to answer. No analyst's role is among the roles, so no such request can even be written down.
 */
export const openingDecisionSchema = z.strictObject({
  decisionId: z.uuid(),
  purpose: z.literal('subject-access'),
  role: z.literal('ig-lead'),
  /** Staff id. */
  decidedBy: z.string().regex(/^[a-z0-9][a-z0-9-]{0,79}$/),
  /** All of one person; several only where numbers of the same person were merged. */
  landingPseudonyms: z
    .array(z.string().regex(/^[0-9A-HJKMNP-TV-Z]{32}$/))
    .min(1)
    .max(10),
});
export type OpeningDecision = z.infer<typeof openingDecisionSchema>;

export const openedSchema = z.strictObject({ identities: z.array(z.strictObject({ nhsNumber: z.string() })) });
export type Opened = z.infer<typeof openedSchema>;

import type { PersonRole } from '../register/people.ts';

/** What each role is for, as the rule book says it. */
export const roleMeanings: Readonly<Record<PersonRole, { readonly may: string; readonly never: string }>> = {
  ordinary: { may: 'view pseudonymised cohorts and journeys of the project', never: 'change anything, or see an identity' },
  'super-user': { may: 'build cohorts, lists and analyses in the project', never: 'see an identity' },
  'aggregate-only': { may: 'see suppressed counts', never: 'see a row of one person' },
  professional: {
    may: 'open one identity at a time for direct care, with a reason',
    never: 'see cohorts of other practices, or work in bulk',
  },
  'ig-lead': {
    may: 'keep the register, agreements and objections; answer a subject access request under a recorded decision',
    never: 'approve what the same person proposed, or analyse',
  },
  'returns-author': { may: 'fill, review and sign returns', never: 'see a row of one person' },
  auditor: { may: 'read the audit log and verify it', never: 'change anything' },
  operator: { may: 'run, back up and upgrade the gateway', never: 'decide about data, or see a row of one person' },
};

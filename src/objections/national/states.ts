/** What becomes of a request file, as the check constraint of ndop.request lists it. */
export const requestStates = ['decided', 'prepared', 'sent', 'receipted', 'answered', 'applied', 'held', 'failed'] as const;
export type RequestState = (typeof requestStates)[number];

/** Meaning of each state, and what may follow; also the rule book's table. A step that is not listed does not exist. */
export const stateRows: Readonly<Record<RequestState, { readonly means: string; readonly next: readonly RequestState[] }>> = {
  decided: { means: 'an information governance lead decided it; the list is not written yet', next: ['prepared', 'failed'] },
  prepared: { means: 'the file is written', next: ['sent', 'receipted', 'answered', 'held', 'failed'] },
  sent: { means: 'MESH took the file', next: ['receipted', 'answered', 'held', 'failed'] },
  receipted: { means: 'the service works on it', next: ['answered', 'held', 'failed'] },
  answered: { means: 'the reply was checked and kept; new objections count from now on', next: ['applied'] },
  applied: { means: 'what the objections cover is removed; releases may use the answer', next: [] },
  held: { means: 'a person must look: nothing of the reply was believed', next: ['answered', 'held', 'failed'] },
  failed: { means: 'nobody was checked; a new request is needed', next: [] },
};

export const mayFollow = (from: RequestState, to: RequestState): boolean => stateRows[from].next.includes(to);

/** States a reply may still arrive in. */
export const awaitsReply = (state: RequestState): boolean => mayFollow(state, 'answered');

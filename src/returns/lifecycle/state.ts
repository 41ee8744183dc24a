/** Where a data version of a return stands; from sign-off on it is frozen. */
export const versionStates = ['draft', 'reviewed', 'signed-off', 'submitted'] as const;
export type VersionState = (typeof versionStates)[number];

export const isFrozen = (state: VersionState): boolean => state === 'signed-off' || state === 'submitted';

/** One sheet of the return as it stands: its answers, and who has looked at them. */
export interface SheetStanding {
  readonly name: string;
  readonly answered: number;
  readonly total: number;
  /** Digest of its answers as they are now. */
  readonly answers: string;
  /** Digest of the answers that the last review saw; undefined before the first. */
  readonly reviewed: string | undefined;
  readonly reviewedBy: string | undefined;
  readonly owner: string | undefined;
  /** Who gave the answers that stand in it now. */
  readonly authors: readonly string[];
}

/** Everything that decides whether a return may go one step on. */
export interface ReturnStanding {
  readonly state: VersionState;
  readonly rehearsal: boolean;
  /** The period the return asks about has ended. */
  readonly periodOver: boolean;
  /** Digest of all answers. */
  readonly answers: string;
  /** Knows everything that people have answered. */
  readonly current: boolean;
  readonly sheets: readonly SheetStanding[];
  /** Questions answered by a copy of the quarter before that nobody has accepted. */
  readonly unaccepted: readonly string[];
  /** Rules of severity error that nobody has let stand. */
  readonly unacknowledged: readonly string[];
}

/** Why a step is refused. The ids are stable; each has a row in test/spec/returns/lifecycle.test.ts and is in docs/rules. */
export const lifecycleReasons = {
  RETURN_FROZEN: 'The return was signed off. Amend it: a new version begins where this one ended.',
  RETURN_REHEARSAL: 'A rehearsal is practice over another period. It is never reviewed, signed or sent.',
  PERIOD_NOT_OVER: 'The period the return asks about has not ended.',
  RETURN_NOT_CURRENT: 'Somebody answered after this was built. Build it again.',
  ANSWERS_CHANGED: 'The answers are not the ones that were read. Read the return again and give its digest.',
  SHEET_WITHOUT_OWNER: 'A sheet has no owner who could review it. Name one with `haven return owner`.',
  NOT_THE_OWNER: 'Only the owner of the sheet reviews it.',
  OWN_ANSWERS: 'Somebody else than gave the answers reviews and signs them.',
  SHEET_NOT_REVIEWED: 'A sheet was not reviewed, or an answer changed since it was.',
  SECTION_INCOMPLETE: 'A section of the checklist is not complete.',
  PROPOSAL_NOT_ACCEPTED: 'An answer is a copy from the quarter before that nobody has accepted.',
  ERROR_NOT_ACKNOWLEDGED: 'A contradiction of severity error stands. Correct it, or let it stand by name and with a reason.',
  NOT_SIGNED_OFF: 'Only a return that was signed off is submitted, and once.',
  NOT_FROZEN: 'Only a return that was signed off can be amended; this one is still open and can be changed.',
} as const satisfies Readonly<Record<string, string>>;
export type LifecycleReason = keyof typeof lifecycleReasons;

export interface Refusal {
  readonly reason: LifecycleReason;
  /** Sheets, questions or rules it is about: words of the template, never an answer. */
  readonly about: readonly string[];
}

const because = (holds: boolean, reason: LifecycleReason, about: readonly string[] = []): Refusal[] => (holds ? [{ reason, about }] : []);

/** Reviewed: every sheet, with the answers it holds now. One changed answer makes it a draft again. */
export const stateOf = (sheets: readonly Pick<SheetStanding, 'answers' | 'reviewed'>[]): 'draft' | 'reviewed' =>
  sheets.length > 0 && sheets.every(({ answers, reviewed }) => answers === reviewed) ? 'reviewed' : 'draft';

/** Whether a person is one of these; the same human may have several ids (register.same_human). */
export type IsOneOf = (people: readonly string[]) => boolean;

/** Why this person may not review this sheet now; empty when they may. */
export function refusalsOfReview(standing: ReturnStanding, sheet: SheetStanding, reviewer: string, isOneOf: IsOneOf): Refusal[] {
  return [
    ...because(isFrozen(standing.state), 'RETURN_FROZEN'),
    ...because(standing.rehearsal, 'RETURN_REHEARSAL'),
    ...because(!standing.current, 'RETURN_NOT_CURRENT'),
    ...because(sheet.owner === undefined, 'SHEET_WITHOUT_OWNER', [sheet.name]),
    ...because(sheet.owner !== undefined && sheet.owner !== reviewer, 'NOT_THE_OWNER', [sheet.name]),
    ...because(isOneOf(sheet.authors), 'OWN_ANSWERS', [sheet.name]),
  ];
}

/**
 * Why a return may not be signed off now by this person; empty when it may. Every reason at once.
 * @param read digest of the answers that the person says they have read
 */
export function refusalsOfSignOff(standing: ReturnStanding, read: string, isOneOf: IsOneOf): Refusal[] {
  const { sheets, unaccepted, unacknowledged } = standing;
  const names = (of: readonly SheetStanding[]): string[] => of.map(({ name }) => name);
  const open = sheets.filter(({ answers, reviewed }) => answers !== reviewed);
  const incomplete = sheets.filter(({ answered, total }) => answered !== total);
  return [
    ...because(isFrozen(standing.state), 'RETURN_FROZEN'),
    ...because(standing.rehearsal, 'RETURN_REHEARSAL'),
    ...because(!standing.periodOver, 'PERIOD_NOT_OVER'),
    ...because(!standing.current, 'RETURN_NOT_CURRENT'),
    ...because(standing.answers !== read, 'ANSWERS_CHANGED'),
    ...because(incomplete.length > 0 || sheets.length === 0, 'SECTION_INCOMPLETE', names(incomplete)),
    ...because(unaccepted.length > 0, 'PROPOSAL_NOT_ACCEPTED', unaccepted),
    ...because(open.length > 0 || standing.state !== 'reviewed', 'SHEET_NOT_REVIEWED', names(open)),
    ...because(unacknowledged.length > 0, 'ERROR_NOT_ACKNOWLEDGED', unacknowledged),
    ...because(isOneOf(sheets.flatMap(({ authors }) => authors)), 'OWN_ANSWERS'),
  ];
}

export const refusalsOfSubmission = (state: VersionState): Refusal[] => because(state !== 'signed-off', 'NOT_SIGNED_OFF');
export const refusalsOfAmendment = (state: VersionState): Refusal[] => because(!isFrozen(state), 'NOT_FROZEN');

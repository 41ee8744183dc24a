import { type Purpose, purposes } from '../register/terms.ts';
import { parseLocalDate } from '../shared/clock.ts';
import { type Setting, settings } from '../shared/settings.ts';
import { type ObjectionKind, objectionKinds } from './kinds.ts';

/** Roles that may decide for a person who lacks capacity (check constraint of objections.objection). */
export const capacityDeciders = [
  'family',
  'care-home-manager',
  'attorney',
  'deputy',
  'court-of-protection',
  'best-interests-meeting',
  'clinician',
  'social-worker',
] as const;

/** One objection as the black box hands it over: the NHS number is a pseudonym already; the rest is text as it was sent. */
export interface ArrivingObjection {
  readonly landingPseudonym: string;
  readonly kind: string;
  /** `YYYY-MM-DD`; '' when the list says only that the objection is in force (or only that it was withdrawn). */
  readonly setOn: string;
  /** `YYYY-MM-DD`, or '' while it stands. */
  readonly withdrawnOn: string;
  readonly source: string;
  /** For local-sharing: the setting whose records are not to be shared; '' = all. */
  readonly about?: string;
  /** For right-to-object: the one purpose objected to; '' = every purpose (UK GDPR art. 21). */
  readonly purpose?: string;
  /** The setting whose service recorded it; '' = as the kind implies. */
  readonly recordedIn?: string;
  readonly evidence?: string;
  /** For lack-of-capacity: who decided, as a role. */
  readonly decidedBy?: string;
}

/** A row the black box could not turn into a pseudonym, by the rule it broke: it is counted, never kept. */
export interface UnusableRow {
  readonly quarantine: string;
}

export type ArrivingRow = ArrivingObjection | UnusableRow;
/** One by one, or many at a time: a turn of the event loop for each row of a list costs as much as reading it. */
export type ArrivingRows = AsyncIterable<ArrivingRow | readonly ArrivingRow[]>;

export interface CheckedObjection {
  readonly landingPseudonym: string;
  readonly kind: ObjectionKind;
  /** Null: in force now, since an unknown day. */
  readonly setOn: string | null;
  readonly withdrawnOn: string | null;
  /** Only a withdrawal was said: it ends what stands, and was never in force itself. */
  readonly endsOnly: boolean;
  readonly source: string;
  readonly about: Setting | null;
  readonly purpose: Purpose | null;
  readonly recordedIn: Setting | null;
  readonly evidence: string | null;
  readonly decidedBy: string | null;
}

const known = <T extends string>(values: readonly T[], value: string): value is T => (values as readonly string[]).includes(value);

/** Type 2 by any of its names: GP systems still send it, and it is never acted on (RULE-OPT-1). */
const typeTwo = /^type[- ]?2\b/i;

/** Where a kind is recorded when nobody says (nhs-standards: "Where recorded"): type 1 exists in the GP record only. */
function usualSetting(kind: ObjectionKind, about: Setting | null): Setting | null {
  if (kind === 'type-1') return 'gp';
  if (kind === 'social-care-consent-withheld' || kind === 'social-care-consent-withdrawn') return 'social-care';
  return kind === 'local-sharing' ? about : null;
}

/** An objection that can be kept, or the rule it breaks. */
export function checkObjection(row: ArrivingObjection): CheckedObjection | UnusableRow {
  const { landingPseudonym, kind, setOn, withdrawnOn, source } = row;
  const { about = '', purpose = '', recordedIn = '', evidence = '', decidedBy = '' } = row;
  if (typeTwo.test(kind)) return { quarantine: 'TYPE2_NOT_PROCESSED' };
  if (!known(objectionKinds, kind)) return { quarantine: 'OBJECTION_KIND_UNKNOWN' };
  if (!/^[0-9A-HJKMNP-TV-Z]{32}$/.test(landingPseudonym)) return { quarantine: 'NHS_NUMBER_ABSENT' };
  if ([setOn, withdrawnOn].some((date) => date !== '' && parseLocalDate(date) === undefined)) return { quarantine: 'DATE_INVALID' };
  if (setOn !== '' && withdrawnOn !== '' && withdrawnOn < setOn) return { quarantine: 'WITHDRAWN_BEFORE_SET' };
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(source)) return { quarantine: 'SOURCE_INVALID' };
  if (about !== '' && !known(settings, about)) return { quarantine: 'SETTING_UNKNOWN' };
  if (recordedIn !== '' && !known(settings, recordedIn)) return { quarantine: 'SETTING_UNKNOWN' };
  if (purpose !== '' && !known(purposes, purpose)) return { quarantine: 'PURPOSE_UNKNOWN' };
  if (purpose !== '' && kind !== 'right-to-object') return { quarantine: 'PURPOSE_NOT_ALLOWED' };
  if (decidedBy !== '' && !known(capacityDeciders, decidedBy)) return { quarantine: 'DECIDED_BY_UNKNOWN' };
  if (kind === 'lack-of-capacity' && decidedBy === '') return { quarantine: 'DECIDED_BY_ABSENT' };
  if (evidence.length > 200 || /\d{10}/.test(evidence.replace(/[ -]/g, ''))) return { quarantine: 'EVIDENCE_NOT_ALLOWED' };
  const aboutSetting = about === '' ? null : about;
  return {
    landingPseudonym,
    kind,
    setOn: setOn || withdrawnOn || null,
    withdrawnOn: withdrawnOn || null,
    endsOnly: setOn === '' && withdrawnOn !== '',
    source,
    about: aboutSetting,
    purpose: purpose || null,
    recordedIn: recordedIn || usualSetting(kind, aboutSetting),
    evidence: evidence || null,
    decidedBy: decidedBy || null,
  };
}

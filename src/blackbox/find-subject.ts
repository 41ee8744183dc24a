import { z } from 'zod';
import { type NationalAnswer, nationalAnswersAbout } from '../objections/national/answers-about.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, nhsNumberRule } from './nhs-number.ts';
import { type LandingPseudonym, landingPseudonymiser, recipientPseudonymiser } from './pseudonymise.ts';
import { readRequest } from './read-request.ts';

const requestSchema = z.strictObject({ nhsNumber: z.string().max(40), decision: z.string().max(2000).default('') });

/** What is known here of the person who asks what is held about them; pseudonyms and dates, and no identifier. */
export interface FoundSubject {
  readonly decision: string;
  /** Undefined when nothing of this person was ever landed. */
  readonly personId: number | undefined;
  /** Every landing pseudonym of the person, those of merged numbers included. */
  readonly landingPseudonyms: readonly string[];
  readonly objections: readonly SubjectObjection[];
  readonly nationalChecks: readonly NationalAnswer[];
  /** What each project knew or knows them by, also where an objection took them out since: the log is asked by these. */
  readonly recipients: readonly { readonly project: string; readonly pseudonym: string }[];
}

export interface SubjectObjection {
  readonly kind: string;
  readonly setOn: string;
  readonly withdrawnOn: string | null;
  readonly source: string;
  readonly about: Setting | null;
  /** The one purpose of a right to object; null = every purpose. */
  readonly purpose: string | null;
  readonly recordedIn: Setting | null;
  readonly evidence: string | null;
  readonly decidedBy: string | null;
  readonly inForce: boolean;
}

/**
 * From the number of one person to what this installation calls them. The number goes no further than this function.
 * @throws GatewayError with the rule of the number (422), REQUEST_INVALID (400).
 */
export async function findSubject(box: BlackBox, bytes: AsyncIterable<Buffer>): Promise<FoundSubject> {
  const { nhsNumber, decision } = await readRequest(
    bytes,
    requestSchema,
    'Send a JSON object with exactly nhsNumber, and decision where one is asked for.',
  );
  const canonical = canonicalNhsNumber(nhsNumber.trim());
  const found = classifyNhsNumber(canonical, box.numbers);
  if (found !== 'usable') throw new GatewayError(nhsNumberRule[found].rule, nhsNumberRule[found].guidance, { status: 422 });
  const pseudonym = landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch))(canonical as NhsNumber);
  const { rows } = await box.lookups.query<{ personId: number; pseudonyms: string[] }>(
    // A merge points every pseudonym of the person at the one who stays, so no chain has to be followed.
    `select own.person_id as "personId",
            array(select l.landing_pseudonym from linkage.pseudonym l where l.person_id = own.person_id order by 1) as pseudonyms
       from linkage.pseudonym own where own.landing_pseudonym = $1`,
    [pseudonym],
  );
  const person = rows[0];
  // Somebody of whom no record landed can still have objected: that is held about them too.
  const landingPseudonyms = person?.pseudonyms ?? [pseudonym];
  const objections = await box.lookups.query<SubjectObjection>(
    `select o.kind, to_char(o.set_on, 'YYYY-MM-DD') as "setOn", to_char(o.withdrawn_on, 'YYYY-MM-DD') as "withdrawnOn",
            o.source, o.about::text as about, o.purpose, o.recorded_in::text as "recordedIn", o.evidence, o.decided_by as "decidedBy",
            exists (select from objections.standing($2::date) s where s.objection_no = o.objection_no) as "inForce"
       from objections.objection o where o.landing_pseudonym = any ($1::text[]) order by o.set_on, o.kind, o.source`,
    [landingPseudonyms, localDate(box.clock.now())],
  );
  const nationalChecks = await nationalAnswersAbout(box.national, landingPseudonyms);
  const recipients = await recipientsOf(box, landingPseudonyms);
  return { decision, personId: person?.personId, landingPseudonyms, objections: objections.rows, nationalChecks, recipients };
}

/** Computed and not read: removal deletes the rows, and whoever was taken out may still ask who looked before. */
async function recipientsOf(box: BlackBox, landingPseudonyms: readonly string[]): Promise<FoundSubject['recipients']> {
  const { rows } = await box.lookups.query<{ project: string; epochs: number }>(
    `select project_id as project, max(epoch) as epochs
     from (select project_id, epoch from environment.recipient_pseudonym union all select project_id, epoch from objections.notice) as given
     group by project_id order by project_id`,
  );
  return rows.flatMap(({ project, epochs }) =>
    Array.from({ length: epochs }, (_, before) =>
      recipientPseudonymiser(deriveKey(box.rootKey, `recipient:${project}`, before + 1)),
    ).flatMap((pseudonymise) => landingPseudonyms.map((landing) => ({ project, pseudonym: pseudonymise(landing as LandingPseudonym) }))),
  );
}

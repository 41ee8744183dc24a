import { z } from 'zod';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, nhsNumberRule } from './nhs-number.ts';
import { landingPseudonymiser } from './pseudonymise.ts';

const longestRequest = 8192;
const requestSchema = z.strictObject({ nhsNumber: z.string().max(40), decision: z.string().max(2000) });

/** What is known here of the person who asks what is held about them; pseudonyms and dates, and no identifier. */
export interface FoundSubject {
  readonly decision: string;
  /** Undefined when nothing of this person was ever landed. */
  readonly personId: number | undefined;
  /** Every landing pseudonym of the person, those of merged numbers included. */
  readonly landingPseudonyms: readonly string[];
  readonly objections: readonly SubjectObjection[];
}

export interface SubjectObjection {
  readonly kind: string;
  readonly setOn: string;
  readonly withdrawnOn: string | null;
  readonly source: string;
  readonly about: string | null;
  readonly decidedBy: string | null;
}

/**
 * From the number of one person to what this installation calls them. The number goes no further than this function.
 * @throws GatewayError with the rule of the number (422), REQUEST_INVALID (400).
 */
export async function findSubject(box: BlackBox, bytes: AsyncIterable<Buffer>): Promise<FoundSubject> {
  const { nhsNumber, decision } = await readRequest(bytes);
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
    `select kind, to_char(set_on, 'YYYY-MM-DD') as "setOn", to_char(withdrawn_on, 'YYYY-MM-DD') as "withdrawnOn",
            source, about::text as about, decided_by as "decidedBy"
       from objections.objection where landing_pseudonym = any ($1::text[]) order by set_on, kind, source`,
    [landingPseudonyms],
  );
  return { decision, personId: person?.personId, landingPseudonyms, objections: objections.rows };
}

async function readRequest(bytes: AsyncIterable<Buffer>): Promise<z.infer<typeof requestSchema>> {
  const invalid = new GatewayError('REQUEST_INVALID', 'Send a JSON object with exactly nhsNumber and decision.', { status: 400 });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > longestRequest) throw invalid;
    chunks.push(chunk);
  }
  try {
    return requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch {
    throw invalid;
  }
}

import { z } from 'zod';
import { checkObjection, type UnusableRow } from '../objections/arriving.ts';
import { type ImportReceipt, importObjections } from '../objections/import.ts';
import { objectionKinds } from '../objections/kinds.ts';
import { flowTerms } from '../register/flow-terms.ts';
import { GatewayError } from '../shared/errors.ts';
import type { BlackBox } from './box.ts';
import { deriveKey } from './keys.ts';
import { canonicalNhsNumber, classifyNhsNumber, type NhsNumber, nhsNumberRule } from './nhs-number.ts';
import { landingPseudonymiser } from './pseudonymise.ts';
import { readRequest } from './read-request.ts';

const text = z.string().max(400);
const requestSchema = z.strictObject({
  nhsNumber: z.string().max(40),
  kind: z.enum(objectionKinds),
  source: text,
  setOn: text.default(''),
  withdrawnOn: text.default(''),
  about: text.default(''),
  purpose: text.default(''),
  recordedIn: text.default(''),
  evidence: text.default(''),
  decidedBy: text.default(''),
});

const guidance: Readonly<Record<string, string>> = {
  DATE_INVALID: 'Write dates as YYYY-MM-DD.',
  WITHDRAWN_BEFORE_SET: 'An objection cannot be withdrawn before it was set.',
  SOURCE_INVALID: 'The source is a name in small letters, digits and hyphens, for example "letter" or "practice-f81001".',
  SETTING_UNKNOWN: 'The setting is not one the register knows.',
  PURPOSE_UNKNOWN: 'The purpose is not one the register knows.',
  PURPOSE_NOT_ALLOWED: 'Only a right to object is about one purpose.',
  DECIDED_BY_UNKNOWN: 'Who decided is a role: family, attorney, deputy, best-interests-meeting and so on.',
  DECIDED_BY_ABSENT: 'Say in which role somebody decided for the person who lacks capacity.',
  EVIDENCE_NOT_ALLOWED: 'Evidence is at most 200 characters, without an NHS number or any other number of ten digits.',
};

/**
 * Records one objection, or the withdrawal of one, that a person wrote down, and removes what it covers.
 * @throws GatewayError REQUEST_INVALID (400); the rule of the number or of the objection (422). Nothing is kept then.
 */
export async function recordOneObjection(
  box: BlackBox,
  request: { readonly actor: string; readonly place: string; readonly bytes: AsyncIterable<Buffer> },
): Promise<ImportReceipt> {
  const { nhsNumber, ...said } = await readRequest(
    request.bytes,
    requestSchema,
    'Send a JSON object with nhsNumber, kind and source; setOn, withdrawnOn, about, purpose, recordedIn, evidence and decidedBy where they apply.',
  );
  const canonical = canonicalNhsNumber(nhsNumber.trim());
  const found = classifyNhsNumber(canonical, box.numbers);
  if (found !== 'usable') throw new GatewayError(nhsNumberRule[found].rule, nhsNumberRule[found].guidance, { status: 422 });
  const landingPseudonym = landingPseudonymiser(deriveKey(box.rootKey, 'landing', box.landingEpoch))(canonical as NhsNumber);
  const objection = { ...said, landingPseudonym };
  const checked = checkObjection(objection);
  if ('quarantine' in checked) refuse(checked);
  const register = await box.register();
  async function* one() {
    yield objection;
  }
  return importObjections(box.lookups, one(), {
    table: box.decisionTable,
    flows: [...register.flows.values()].flatMap((entry) => flowTerms(entry) ?? []),
    actor: request.actor,
    place: request.place,
    clock: box.clock,
  });
}

function refuse({ quarantine }: UnusableRow): never {
  throw new GatewayError(quarantine, guidance[quarantine] ?? 'The objection cannot be recorded as it is.', { status: 422 });
}

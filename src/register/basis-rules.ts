import { type AdmissionRule, type Found, handlers, nameOf, rule } from './admission-rule.ts';
import { type AdmissionTable, admissionTable as table } from './admission-table.ts';
import type { Agreement } from './agreement.ts';
import { type BasisState, stepAt } from './history.ts';

const provision = ({ legalBasis }: Agreement): string =>
  legalBasis.reference === undefined ? legalBasis.clause : `${legalBasis.reference}, ${legalBasis.clause}`;

/** Only `in-force` is a yes. Approved with conditions is not: the conditions are still to be met. */
const notInForce: Readonly<Record<Exclude<BasisState, 'in-force'>, keyof AdmissionTable['basis']['refusals']>> = {
  applied: 'LEGAL_BASIS_APPLIED',
  deferred: 'LEGAL_BASIS_DEFERRED',
  'approved-with-conditions': 'LEGAL_BASIS_CONDITIONS_OUTSTANDING',
  suspended: 'LEGAL_BASIS_SUSPENDED',
  expired: 'LEGAL_BASIS_EXPIRED',
  withdrawn: 'LEGAL_BASIS_WITHDRAWN',
};

const basis = rule(table.basis, ({ agreement }, at) => {
  const clause = provision(agreement);
  const step = stepAt(agreement.legalBasis.history, at);
  if (step === undefined) return [{ code: 'LEGAL_BASIS_MISSING', clause }];
  return step.state === 'in-force' ? [] : [{ code: notInForce[step.state], clause, values: { on: step.on } }];
});

const basisTerm = rule(table.basisTerm, ({ agreement }, at) => {
  const clause = provision(agreement);
  const { history, validFrom, validTo } = agreement.legalBasis;
  if (validFrom !== undefined && at < validFrom) return [{ code: 'LEGAL_BASIS_NOT_STARTED', clause, values: { on: validFrom } }];
  // Said once: a basis recorded as expired has given its reason already.
  return validTo !== undefined && at > validTo && stepAt(history, at)?.state !== 'expired'
    ? [{ code: 'LEGAL_BASIS_EXPIRED', clause, values: { on: validTo } }]
    : [];
});

/** What a basis of this kind must have on paper. */
export function missingEvidence({ kind, reference, validTo }: Agreement['legalBasis']): string[] {
  const missing: string[] = [];
  if ((kind === 'section-251' || kind === 'contract') && reference === undefined)
    missing.push(kind === 'contract' ? 'reference' : 'CAG reference');
  if (kind === 'section-251' && validTo === undefined) missing.push('last day');
  return missing;
}

const basisEvidence = rule(table.basisEvidence, ({ agreement }) =>
  missingEvidence(agreement.legalBasis).map((missing) => ({
    code: 'LEGAL_BASIS_NOT_EVIDENCED',
    clause: provision(agreement),
    values: { missing },
  })),
);

const consent = rule(table.consent, (entry) => {
  const { legalBasis, controllers, purposes } = entry.agreement;
  if (legalBasis.kind !== 'consent') return [];
  const given = legalBasis.consent;
  if (given === undefined) return [{ code: 'CONSENT_NOT_EVIDENCED' }];
  const controlling = new Set(controllers.map((controller) => controller.organisation));
  const found: Found<'CONSENT_PURPOSE_NOT_COVERED' | 'CONSENT_PROCESSOR_NOT_NAMED'>[] = [];
  for (const purpose of purposes) {
    if (!given.purposes.includes(purpose)) found.push({ code: 'CONSENT_PURPOSE_NOT_COVERED', values: { purpose } });
  }
  for (const organisation of handlers(entry)) {
    if (organisation === entry.sender || controlling.has(organisation.ods) || given.namedProcessors.includes(organisation.ods)) continue;
    found.push({ code: 'CONSENT_PROCESSOR_NOT_NAMED', values: nameOf(organisation) });
  }
  return found;
});

/** The legal basis: its state, its term, its paper, and what consent must say. */
export const basisRules: readonly AdmissionRule[] = [basis, basisTerm, basisEvidence, consent];

import type { LocalDate } from '../shared/clock.ts';
import { type AdmissionRule, type Found, handlers, nameOf, rule, signatureAt, withdrawnBy, within } from './admission-rule.ts';
import { admissionTable as table } from './admission-table.ts';
import type { Organisation } from './organisation.ts';
import type { RegisteredFlow } from './register.ts';

const signature = rule(table.signature, ({ agreement, sender }, at) => {
  const practice = sender.roles.includes('gp-practice');
  const signed = signatureAt(agreement.signatories, sender.ods, at);
  if (signed === undefined) return [{ code: practice ? 'PRACTICE_NOT_SIGNED' : 'SENDER_NOT_SIGNED' }];
  const on = withdrawnBy(signed, at);
  return on === undefined ? [] : [{ code: practice ? 'PRACTICE_WITHDRAWN' : 'SENDER_WITHDRAWN', values: { on } }];
});

const controller = rule(table.controller, ({ agreement, place }, at) => {
  const recorded = agreement.controllers.filter((one) => within(one, at));
  if (recorded.length === 0) return [{ code: 'CONTROLLER_MISSING' }];
  const found: Found<'CONTROLLER_CLOSED' | 'CONTROLLER_ARRANGEMENT_MISSING'>[] = [];
  for (const { organisation } of recorded) {
    const who = place.organisations.get(organisation);
    if (who?.closedOn !== undefined && who.closedOn <= at) {
      found.push({ code: 'CONTROLLER_CLOSED', values: { ...nameOf(who), on: who.closedOn } });
    }
  }
  if (agreement.clauses.controllers === undefined && recorded.some((one) => one.capacity === 'joint')) {
    found.push({ code: 'CONTROLLER_ARRANGEMENT_MISSING' });
  }
  return found;
});

/** Whoever handles the data and is neither sender, controller nor a care setting that receives for care needs a contract. */
function processorsOf(entry: RegisteredFlow, at: LocalDate): readonly Organisation[] {
  const { agreement, recipient, sender, through, to } = entry;
  const handling = to.setting === 'linked-data-set' ? [...new Set([...through, recipient])] : through;
  const controlling = agreement.controllers.filter((one) => within(one, at)).map((one) => one.organisation);
  return handling.filter((organisation) => organisation !== sender && !controlling.includes(organisation.ods));
}

const processor = rule(table.processor, (entry, at) =>
  processorsOf(entry, at).flatMap((organisation): Found<'PROCESSOR_CONTRACT_MISSING' | 'PROCESSOR_CONTRACT_EXPIRED'>[] => {
    const contracts = entry.agreement.processors.filter((one) => one.organisation === organisation.ods);
    if (contracts.some((contract) => within(contract, at))) return [];
    const ended = contracts.flatMap((contract) => (contract.to !== undefined && contract.to < at ? [contract.to] : [])).sort();
    const on = ended.at(-1);
    const values = nameOf(organisation);
    return on === undefined
      ? [{ code: 'PROCESSOR_CONTRACT_MISSING', values }]
      : [{ code: 'PROCESSOR_CONTRACT_EXPIRED', values: { ...values, on } }];
  }),
);

const contract = rule(table.contract, (entry, at) =>
  processorsOf(entry, at).flatMap((organisation) => {
    const running = entry.agreement.processors.filter((one) => one.organisation === organisation.ods && within(one, at));
    const [newest] = running.sort((a, b) => b.from.localeCompare(a.from));
    if (newest === undefined) return [];
    const missing = [...(newest.liabilities ? [] : ['liabilities and penalties']), ...(newest.auditRights ? [] : ['audit rights'])];
    return missing.length === 0
      ? []
      : [{ code: 'PROCESSOR_CONTRACT_INCOMPLETE', values: { ...nameOf(organisation), missing: missing.join(', ') } }];
  }),
);

const open = rule(table.open, (entry, at) =>
  handlers(entry).flatMap((organisation): Found<'ORGANISATION_NOT_OPEN' | 'ORGANISATION_CLOSED'>[] => {
    const { openedOn, closedOn, succeededBy } = organisation;
    const values = nameOf(organisation);
    if (openedOn !== undefined && at < openedOn) return [{ code: 'ORGANISATION_NOT_OPEN', values: { ...values, on: openedOn } }];
    if (closedOn === undefined || at < closedOn) return [];
    const successors = succeededBy.map((one) => one.organisation).join(', ');
    const then = successors === '' ? '' : ` Its successor is ${successors}.`;
    return [{ code: 'ORGANISATION_CLOSED', values: { ...values, on: closedOn, then } }];
  }),
);

/** Stale or failed assurance of anyone who handles the data, whatever the place's policy makes of it. */
export const assurance = rule(table.assured, (entry, at) =>
  handlers(entry).flatMap((organisation): Found<'DSPT_STALE' | 'DSPT_NOT_MET'>[] => {
    const values = nameOf(organisation);
    const [latest] = organisation.assurance
      .filter((one) => one.publishedOn <= at)
      .sort((a, b) => b.publishedOn.localeCompare(a.publishedOn));
    if (latest === undefined || latest.validTo < at) return [{ code: 'DSPT_STALE', values }];
    return latest.status === 'standards-not-met' ? [{ code: 'DSPT_NOT_MET', values: { ...values, version: latest.version } }] : [];
  }),
);

const assured: AdmissionRule = {
  text: assurance.text,
  refusals: (entry, at) => (entry.place.place.assurance === 'warn' ? [] : assurance.refusals(entry, at)),
};

const fee = rule(table.fee, (entry, at) =>
  handlers(entry).flatMap((organisation) => {
    const ends = organisation.icoRegistration?.validTo;
    return ends !== undefined && ends < at ? [{ code: 'ICO_REGISTRATION_EXPIRED', values: { ...nameOf(organisation), on: ends } }] : [];
  }),
);

/** Who signs, who decides, who is under contract. */
export const partyRules: readonly AdmissionRule[] = [signature, controller, processor, contract];
/** What must be true of every organisation that handles the data. */
export const organisationRules: readonly AdmissionRule[] = [open, assured, fee];

import type { LocalDate } from '../../shared/clock.ts';
import { signatureAt, withdrawnBy } from '../admission-rule.ts';
import type { Agreement } from '../agreement.ts';
import type { LegalBasisKind, Purpose } from '../terms.ts';
import {
  assuranceOf,
  basisStandingOf,
  type FlowFacts,
  isCurrent,
  isInForce,
  nameOf,
  type PlaceFacts,
  standingOf,
  titleOf,
} from './facts.ts';
import { type FlowGroup, groupFlows } from './flow-groups.ts';
import { longDate } from './words.ts';

interface Party {
  readonly ods: string;
  readonly name: string;
  readonly from: LocalDate;
  readonly to: LocalDate | null;
}

/** Categories of data of one data set, each with why it is needed. */
export interface DataCategory {
  readonly feed: string;
  readonly title: string;
  readonly why: string;
  readonly identifying: boolean;
  readonly origin: 'national' | 'local';
  readonly fields: readonly string[];
}

/** What UK GDPR art. 30(1) wants recorded of one agreement; null where the register holds nothing. */
export interface RopaAgreement {
  readonly id: string;
  readonly title: string;
  readonly inForce: boolean;
  readonly standing: string;
  readonly controllers: readonly (Party & { readonly capacity: string; readonly icoRegistration: string | null })[];
  readonly processors: readonly (Party & {
    readonly contract: string;
    readonly liabilities: string | null;
    readonly auditRights: string | null;
  })[];
  readonly purposes: readonly Purpose[];
  readonly legalBasis: {
    readonly kind: LegalBasisKind;
    readonly clause: string;
    readonly reference: string | null;
    readonly article6: string | null;
    readonly article9: string | null;
    readonly standing: string;
  };
  readonly subjects: { readonly minimumAge: number; readonly settings: readonly string[] };
  readonly form: string;
  readonly categories: readonly DataCategory[];
  readonly recipients: readonly { readonly who: string; readonly form: string; readonly condition: string }[];
  readonly retention: { readonly months: number; readonly destruction: string } | null;
  readonly sensitiveCodes: { readonly excluded: boolean; readonly approval: string | null };
  readonly dpia: { readonly reference: string; readonly on: LocalDate; readonly reviewBy: LocalDate | null } | null;
  readonly told: readonly string[];
  readonly signatures: { readonly signed: number; readonly withdrawn: number };
  readonly flows: readonly FlowGroup[];
}

export interface Ropa {
  readonly agreements: readonly RopaAgreement[];
  /** Security assessments of everybody who handles the data. */
  readonly assurance: readonly { readonly ods: string; readonly name: string; readonly assessment: string }[];
  /** Every flow by its id, so that nothing is hidden in a group. */
  readonly flows: readonly {
    readonly flow: string;
    readonly title: string;
    readonly agreement: string;
    readonly sender: string;
    readonly recipient: string;
    readonly dataSet: string;
    readonly running: boolean;
    readonly reasons: readonly string[];
  }[];
}

/** The record of processing activities of a place: one entry for each agreement, in force or not, because its data may still be here. */
export function recordOfProcessing(facts: PlaceFacts): Ropa {
  const { place, at, flows } = facts;
  const agreements = [...place.agreements.values()].map((agreement) => entryOf(facts, agreement));
  const handlers = new Map(flows.flatMap(({ entry }) => [entry.sender, ...entry.through, entry.recipient].map((one) => [one.ods, one])));
  return {
    agreements: agreements.toSorted((a, b) => Number(b.inForce) - Number(a.inForce)),
    assurance: [...handlers.values()]
      .filter(({ closedOn }) => closedOn === undefined || at < closedOn)
      .map((one) => ({ ods: one.ods, name: one.name, assessment: assuranceOf(one, at) })),
    flows: flows.map(({ entry, admission }) => ({
      flow: entry.flow.id,
      title: entry.flow.title,
      agreement: entry.agreement.id,
      sender: entry.sender.name,
      recipient: entry.recipient.name,
      dataSet: titleOf(facts, entry.flow.feed),
      running: admission.admitted,
      reasons: admission.admitted ? [] : admission.refusals.map(({ message }) => message),
    })),
  };
}

function entryOf(facts: PlaceFacts, agreement: Agreement): RopaAgreement {
  const { place, at } = facts;
  const { legalBasis, retention, sensitiveCodes, dpia } = agreement;
  const flows = facts.flows.filter(({ entry }) => entry.agreement === agreement);
  const party = (part: { readonly organisation: string; readonly from: LocalDate; readonly to?: LocalDate | undefined }): Party => ({
    ods: part.organisation,
    name: nameOf(place, part.organisation),
    from: part.from,
    to: part.to ?? null,
  });
  return {
    id: agreement.id,
    title: agreement.title,
    inForce: isInForce(agreement, at),
    standing: standingOf(agreement, at),
    controllers: agreement.controllers.map((one) => ({
      ...party(one),
      capacity: one.capacity,
      icoRegistration: place.organisations.get(one.organisation)?.icoRegistration?.number ?? null,
    })),
    processors: agreement.processors.map((one) => ({
      ...party(one),
      contract: one.contract,
      liabilities: one.liabilities ?? null,
      auditRights: one.auditRights ?? null,
    })),
    purposes: agreement.purposes,
    legalBasis: {
      kind: legalBasis.kind,
      clause: legalBasis.clause,
      reference: legalBasis.reference ?? null,
      article6: legalBasis.article6 ?? null,
      article9: legalBasis.article9 ?? null,
      standing: basisStandingOf(agreement, at),
    },
    subjects: { minimumAge: agreement.minimumAge, settings: [...new Set(flows.map(({ entry }) => entry.from.setting))] },
    form: agreement.form,
    categories: categoriesOf(facts, agreement),
    recipients: recipientsOf(facts, agreement, flows),
    retention: retention ?? null,
    sensitiveCodes: { excluded: sensitiveCodes.exclude, approval: sensitiveCodes.exclude ? null : sensitiveCodes.approval },
    dpia: dpia === undefined ? null : { reference: dpia.reference, on: dpia.on, reviewBy: dpia.reviewBy ?? null },
    told: agreement.fairProcessing.filter(({ on, until }) => isCurrent({ from: on, to: until }, at)).map(({ channel }) => channel),
    signatures: signaturesOf(agreement, at),
    flows: groupFlows(facts, flows),
  };
}

/** Organisations by their newest signature: who withdrew may have signed again. */
function signaturesOf({ signatories }: Agreement, at: LocalDate): RopaAgreement['signatures'] {
  const newest = [...new Set(signatories.map(({ organisation }) => organisation))]
    .map((organisation) => signatureAt(signatories, organisation, at))
    .filter((signature) => signature !== undefined);
  const withdrawn = newest.filter((signature) => withdrawnBy(signature, at) !== undefined).length;
  return { signed: newest.length - withdrawn, withdrawn };
}

const categoriesOf = (facts: PlaceFacts, agreement: Agreement): DataCategory[] =>
  agreement.dataIn.flatMap(({ feed, items }) =>
    items.map(({ fields, identifying, origin, justification }) => ({
      ...{ feed, title: titleOf(facts, feed), why: justification },
      ...{ identifying, origin, fields },
    })),
  );

/** Who gets data: receiving organisations, what the agreement lets out, and the licences it feeds. */
function recipientsOf({ place, at }: PlaceFacts, agreement: Agreement, flows: readonly FlowFacts[]): RopaAgreement['recipients'] {
  const receiving = new Map(flows.map(({ entry }) => [entry.recipient.ods, entry]));
  return [
    ...[...receiving.values()].map(({ recipient, flow }) => ({
      who: recipient.name,
      form: flow.form ?? agreement.form,
      condition: 'Receives the flows of this agreement',
    })),
    ...agreement.dataOut.map(({ to, form, condition }) => ({ who: to, form, condition })),
    ...place.document.projects
      .filter((project) => project.agreements.includes(agreement.id) && isCurrent({ from: project.validFrom, to: project.validTo }, at))
      .map((project) => ({
        who: `${project.title} (${nameOf(place, project.organisation)})`,
        form: 'pseudonymised-limited-access',
        condition: `Licence: ${project.licence}, ${project.seats} seats, until ${longDate(project.validTo)}. ${project.contract}`,
      })),
  ];
}

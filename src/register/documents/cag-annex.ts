import type { LocalDate } from '../../shared/clock.ts';
import type { Agreement } from '../agreement.ts';
import { assuranceOf, basisStandingOf, type FlowFacts, isCurrent, nameOf, type PlaceFacts, standingOf, titleOf } from './facts.ts';
import { type FlowGroup, groupFlows } from './flow-groups.ts';

/** A field or identifier that is asked for, with why; health and social care are told apart, as the letter of 2014 wants. */
export interface JustifiedItem {
  readonly field: string;
  readonly identifying: boolean;
  readonly origin: 'national' | 'local';
  readonly justification: string;
}

export interface AnnexDataSet {
  readonly agreement: string;
  readonly feed: string;
  readonly title: string;
  readonly sector: 'health' | 'social-care';
  /** National where every item is; local where none is. */
  readonly origin: 'national' | 'local' | 'national and local' | 'not recorded';
  readonly senders: readonly string[];
  readonly linkByLocalId: boolean;
  readonly items: readonly JustifiedItem[];
}

export interface AnnexAgreement {
  readonly id: string;
  readonly title: string;
  readonly standing: string;
  readonly section251: boolean;
  readonly reference: string | null;
  readonly clause: string;
  readonly basisStanding: string;
  readonly supportUntil: LocalDate | null;
  readonly purposes: Agreement['purposes'];
  readonly controllers: readonly { readonly name: string; readonly capacity: string }[];
  readonly processors: readonly {
    readonly name: string;
    readonly contract: string;
    readonly liabilities: string | null;
    readonly auditRights: string | null;
  }[];
  readonly dataOut: Agreement['dataOut'];
  readonly sensitiveCodes: string | null;
  /** Documents by which an objection is not honoured here; none is the rule. */
  readonly objectionsSetAside: NonNullable<Agreement['objectionsSetAside']>;
  /** Clause that lets holders who also see a source system have its rows. */
  readonly sourceSystemAccess: string | null;
  readonly minimumAge: number;
  readonly retention: NonNullable<Agreement['retention']> | null;
  readonly told: readonly { readonly channel: string; readonly evidence: string; readonly on: LocalDate }[];
  readonly conditions: Agreement['conditions'];
}

export interface CagAnnex {
  readonly agreements: readonly AnnexAgreement[];
  readonly flows: readonly FlowGroup[];
  readonly dataSets: readonly AnnexDataSet[];
  readonly assurance: readonly { readonly ods: string; readonly name: string; readonly assessment: string }[];
}

/**
 * What an application to the Confidentiality Advisory Group annexes: every agreement that feeds the linked data set and has not ended,
 * because what is linked is judged as a whole. With `agreement`, only that one.
 */
export function cagAnnex(facts: PlaceFacts, agreement?: string): CagAnnex {
  const { place, at } = facts;
  const chosen = [...place.agreements.values()]
    .filter((one) => (agreement === undefined ? feedsLinkedData(facts, one) : one.id === agreement))
    .toSorted((a, b) => onSupport(b) - onSupport(a));
  const flows = facts.flows.filter(({ entry }) => chosen.includes(entry.agreement));
  const handlers = new Map(flows.flatMap(({ entry }) => [entry.sender, ...entry.through, entry.recipient].map((one) => [one.ods, one])));
  return {
    agreements: chosen.map((one) => agreementOf(facts, one)),
    flows: groupFlows(facts, flows),
    dataSets: chosen.flatMap((one) => dataSetsOf(facts, one)),
    assurance: [...handlers.values()].map((one) => ({ ods: one.ods, name: one.name, assessment: assuranceOf(one, at) })),
  };
}

const onSupport = ({ legalBasis }: Agreement): number => Number(legalBasis.kind === 'section-251');

function feedsLinkedData({ flows, at }: PlaceFacts, agreement: Agreement): boolean {
  const terminated = agreement.history.some(({ state, on }) => state === 'terminated' && on <= at);
  if (terminated || at > agreement.validTo) return false;
  return flows.some(({ entry }) => entry.agreement === agreement && entry.to.setting === 'linked-data-set');
}

function agreementOf({ place, at }: PlaceFacts, agreement: Agreement): AnnexAgreement {
  const { legalBasis, sensitiveCodes } = agreement;
  return {
    id: agreement.id,
    title: agreement.title,
    standing: standingOf(agreement, at),
    section251: legalBasis.kind === 'section-251',
    reference: legalBasis.reference ?? null,
    clause: legalBasis.clause,
    basisStanding: basisStandingOf(agreement, at),
    supportUntil: legalBasis.validTo ?? null,
    purposes: agreement.purposes,
    controllers: agreement.controllers.map(({ organisation, capacity }) => ({ name: nameOf(place, organisation), capacity })),
    processors: agreement.processors.map(({ organisation, contract, liabilities, auditRights }) => ({
      name: nameOf(place, organisation),
      contract,
      liabilities: liabilities ?? null,
      auditRights: auditRights ?? null,
    })),
    dataOut: agreement.dataOut,
    sensitiveCodes: sensitiveCodes.exclude ? null : sensitiveCodes.approval,
    objectionsSetAside: agreement.objectionsSetAside ?? [],
    sourceSystemAccess: agreement.sourceSystemAccess ?? null,
    minimumAge: agreement.minimumAge,
    retention: agreement.retention ?? null,
    told: agreement.fairProcessing
      .filter(({ on, until }) => isCurrent({ from: on, to: until }, at))
      .map(({ channel, evidence, on }) => ({ channel, evidence, on })),
    conditions: agreement.conditions,
  };
}

const sectorOf = ({ entry }: FlowFacts): AnnexDataSet['sector'] => (entry.from.setting === 'social-care' ? 'social-care' : 'health');

/** Data sets that flows carry or the agreement lists; one that senders of both sectors send stands in both lists. */
function dataSetsOf(facts: PlaceFacts, agreement: Agreement): AnnexDataSet[] {
  const flows = facts.flows.filter(({ entry }) => entry.agreement === agreement);
  const feeds = new Set([...agreement.dataIn.map(({ feed }) => feed), ...flows.map(({ entry }) => entry.flow.feed)]);
  return [...feeds].flatMap((feed) => {
    const listed = agreement.dataIn.find((one) => one.feed === feed);
    const items = (listed?.items ?? []).flatMap(({ fields, identifying, origin, justification }) =>
      fields.map((field) => ({ field, identifying, origin, justification })),
    );
    const carrying = flows.filter(({ entry }) => entry.flow.feed === feed);
    // A data set that is listed and not sent stands where others of the place send it.
    const known = carrying.length > 0 ? carrying : facts.flows.filter(({ entry }) => entry.flow.feed === feed);
    const sectors = known.length === 0 ? (['health'] as const) : [...new Set(known.map(sectorOf))];
    return sectors.map((sector): AnnexDataSet => {
      const senders = [...new Set(carrying.filter((flow) => sectorOf(flow) === sector).map(({ entry }) => entry.sender.name))];
      const local = { linkByLocalId: listed?.linkByLocalId ?? false };
      return { agreement: agreement.id, feed, title: titleOf(facts, feed), sector, origin: originOf(items), senders, ...local, items };
    });
  });
}

function originOf(items: readonly JustifiedItem[]): AnnexDataSet['origin'] {
  const origins = new Set(items.map(({ origin }) => origin));
  if (origins.size === 2) return 'national and local';
  return [...origins][0] ?? 'not recorded';
}

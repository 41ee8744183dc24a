import type { Queryable } from '../database/query.ts';
import { countObjections, inForceAnywhere, type ObjectionCount } from '../objections/counts.ts';
import type { Register } from '../register/register.ts';
import { releaseCount } from '../returns/disclosure.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { changesInYear, flowsInYear } from './annual-report-flows.ts';
import { accessInYear, destructionsInYear } from './annual-report-log.ts';
import { listBreaches } from './breach-list.ts';
import { dateOf } from './dates.ts';
import { standingOf } from './standing.ts';
import { listTasks } from './tasks.ts';

/** A count of people or of their records, protected: 1 to 7 as `*`, anything above to the nearest 5. */
export type Protected = ReturnType<typeof releaseCount>;

export interface FlowYear {
  readonly flow: string;
  readonly title: string;
  readonly sender: string;
  readonly deliveries: number;
  readonly refused: number;
  readonly received: Protected;
  /** New and changed records together. */
  readonly landed: Protected;
  readonly unchanged: Protected;
  readonly removed: Protected;
  readonly withheld: Readonly<Record<string, Protected>>;
  readonly quarantined: Readonly<Record<string, Protected>>;
}

/** What is reported of one agreement for one calendar year. Everything in it comes from the register, the receipts or the log. */
export interface AnnualReport {
  readonly agreement: { readonly id: string; readonly title: string; readonly from: LocalDate; readonly to: LocalDate };
  readonly place: { readonly id: string; readonly name: string };
  readonly year: number;
  readonly madeOn: LocalDate;
  readonly registerVersion: number;
  readonly standing: string;
  readonly purposes: readonly string[];
  readonly legalBasis: { readonly kind: string; readonly reference: string | null; readonly until: LocalDate | null };
  readonly controllers: readonly string[];
  readonly processors: readonly string[];
  readonly flows: readonly FlowYear[];
  /** Recorded for the place; those recorded for none, as the lists of the nation are, hold here too and are in `wholeGateway`. */
  readonly objections: readonly (ObjectionCount & { readonly wholeGateway: string })[];
  readonly changes: readonly { readonly on: string; readonly by: string; readonly words: readonly string[] }[];
  readonly notices: readonly { readonly title: string; readonly due: LocalDate; readonly state: string }[];
  readonly breaches: readonly {
    readonly no: number;
    readonly discovered: string;
    readonly persons: Protected | 'not known';
    readonly identifiable: boolean;
    readonly risk: string;
    readonly state: string;
    readonly done: readonly string[];
  }[];
  readonly obligations: readonly { readonly title: string; readonly clause: string; readonly due: LocalDate; readonly state: string }[];
  readonly assurance: readonly { readonly organisation: string; readonly status: string; readonly until: LocalDate | null }[];
  readonly destruction: Awaited<ReturnType<typeof destructionsInYear>>;
  readonly access: Awaited<ReturnType<typeof accessInYear>>;
}

export interface ReportAsked {
  readonly agreement: string;
  readonly year: number;
  readonly at: LocalDate;
}

/** Where it reads: what the gateway may see, and the log as the auditor. */
export interface ReportSources {
  readonly gateway: Queryable;
  readonly auditor: Queryable;
  readonly register: Register;
}

/**
 * Assembles the annual report of one agreement (CAG standard condition 10). Counts of people and of records are protected one
 * by one and totals too, so that what is left out cannot be had by taking away.
 * @throws GatewayError AGREEMENT_UNKNOWN
 */
export async function buildAnnualReport({ gateway, auditor, register }: ReportSources, asked: ReportAsked): Promise<AnnualReport> {
  const place = [...register.places.values()].find(({ agreements }) => agreements.has(asked.agreement));
  const agreement = place?.agreements.get(asked.agreement);
  if (place === undefined || agreement === undefined) {
    throw new GatewayError('AGREEMENT_UNKNOWN', 'The register knows no agreement of this id. `haven register check` names them.', {
      status: 404,
    });
  }
  const { year, at } = asked;
  const period = { from: dateOf(year, 1, 1), to: dateOf(year, 12, 31) };
  const inYear = ({ due }: { readonly due: LocalDate }): boolean => due >= period.from && due <= period.to;
  const tasks = (await listTasks(gateway, { agreement: agreement.id, all: true }, at)).filter(inYear);
  const breaches = await listBreaches(gateway, { agreement: agreement.id });
  const counted = { from: period.from, to: period.to < at ? period.to : at };
  const anywhere = await inForceAnywhere(gateway, counted);
  const nameOf = (ods: string): string => place.organisations.get(ods)?.name ?? ods;
  const parties = [...new Set([...agreement.controllers, ...agreement.processors].map(({ organisation }) => organisation))];
  const during = ({ from, to }: { readonly from: LocalDate; readonly to?: LocalDate | undefined }): boolean =>
    from <= period.to && (to === undefined || to >= period.from);
  return {
    agreement: { id: agreement.id, title: agreement.title, from: agreement.validFrom, to: agreement.validTo },
    place: { id: place.place.id, name: place.place.name },
    year,
    madeOn: at,
    registerVersion: place.version,
    standing: standingOf(agreement, at)?.state ?? 'never in force',
    purposes: agreement.purposes,
    legalBasis: {
      kind: agreement.legalBasis.kind,
      reference: agreement.legalBasis.reference ?? null,
      until: agreement.legalBasis.validTo ?? null,
    },
    controllers: agreement.controllers.filter(during).map(({ organisation, capacity }) => `${nameOf(organisation)} (${capacity})`),
    processors: agreement.processors.filter(during).map(({ organisation }) => nameOf(organisation)),
    flows: await flowsInYear(gateway, register, agreement.id, period),
    objections: (await countObjections(gateway, { ...counted, place: place.place.id })).map((count) => ({
      ...count,
      wholeGateway: anywhere[count.kind],
    })),
    changes: await changesInYear(gateway, place.place.id, period),
    notices: tasks.filter(({ kind }) => kind === 'change-notice').map(({ title, due, state }) => ({ title, due, state })),
    breaches: breaches
      .filter(({ discoveredAt }) => discoveredAt.getUTCFullYear() === year)
      .map(({ no, discoveredAt, persons, identifiable, risk, state, actions }) => ({
        no,
        discovered: discoveredAt.toISOString(),
        persons: persons === null ? 'not known' : releaseCount(persons),
        identifiable,
        risk,
        state,
        done: actions.map(({ kind, organisation }) => (organisation === null ? kind : `${kind} ${organisation}`)),
      })),
    obligations: tasks.map(({ title, clause, due, state, overdue }) => ({ title, clause, due, state: overdue ? `late, ${state}` : state })),
    assurance: parties.map((ods) => {
      const newest = place.organisations
        .get(ods)
        ?.assurance.toSorted((one, other) => one.validTo.localeCompare(other.validTo))
        .at(-1);
      return { organisation: nameOf(ods), status: newest?.status ?? 'none', until: newest?.validTo ?? null };
    }),
    destruction: await destructionsInYear(auditor, agreement.id, period),
    access: await accessInYear(auditor, place.place.id, period),
  };
}

import { type AnnualReport, buildAnnualReport } from '../../../obligations/annual-report.ts';
import { codeWords } from '../../../register/documents/code-words.ts';
import { inWords, sentence } from '../../../register/documents/words.ts';
import type { Observation } from '../../observation.ts';
import type { Answer } from '../../return.ts';
import { columnsOf, measured, type ObservedRow, type ReportFacts, type ReportSource, registered } from '../source.ts';
import type { SourceId } from '../source-ids.ts';

/** One annual report for each agreement of the place, each made once however many tables ask. */
const made = new WeakMap<ReportFacts, Promise<readonly AnnualReport[]>>();

async function annualReports(facts: ReportFacts): Promise<readonly AnnualReport[]> {
  const known = made.get(facts);
  if (known !== undefined) return known;
  const building = (async () => {
    const { db, auditor, register, place, period, at } = facts;
    const reports: AnnualReport[] = [];
    // One after the other: `db` may be a single client.
    for (const agreement of place.agreements.keys()) {
      reports.push(await buildAnnualReport({ gateway: db, auditor, register }, { agreement, year: Number(period.to.slice(0, 4)), at }));
    }
    return reports;
  })();
  made.set(facts, building);
  return building;
}

const query = {
  id: 'annual-report',
  description: 'The annual report of the agreement for the calendar year: register, receipts, tasks and log (CAG standard condition 10)',
};
const seen = (answer: Answer): Observation => measured(query, answer, 'From the receipts and the audit log of the year.');
const said = (answer: Answer): Observation => registered(query, answer, 'As the register of the place says.');

interface Rows {
  readonly id: SourceId;
  readonly about: string;
  readonly row: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly rowsOf: (report: AnnualReport) => readonly Pick<ObservedRow, 'key' | 'label' | 'cells'>[];
}

/** Rows of each agreement's report; the kind of its legal basis is their tag. */
const fromAnnualReport = ({ rowsOf, ...source }: Rows): ReportSource => ({
  ...source,
  async observe(facts) {
    return (await annualReports(facts)).flatMap((report) =>
      rowsOf(report).map(({ key, label, cells }) => ({
        key: key === '' ? report.agreement.id : `${report.agreement.id}.${key}`,
        label,
        tags: [report.legalBasis.kind],
        cells,
      })),
    );
  },
});

const reasons = (counts: Readonly<Record<string, number | '*'>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${codeWords(reason)}: ${count}`)
    .join('; ') || 'none';

export const agreements = fromAnnualReport({
  id: 'agreements',
  about: 'Each agreement of the place in the calendar year: state, purposes, legal basis, parties',
  row: 'an agreement',
  columns: {
    state: 'State',
    purposes: 'Purposes',
    basis: 'Legal basis',
    reference: 'Reference',
    until: 'Support until',
    controllers: 'Controllers',
    processors: 'Processors',
    changes: 'Changes of the register',
  },
  rowsOf: ({ agreement, standing, purposes, legalBasis, controllers, processors, changes }) => [
    {
      key: '',
      label: agreement.title,
      cells: {
        ...columnsOf(said, {
          state: sentence(inWords(standing)),
          purposes: purposes.map(inWords).join(', '),
          basis: inWords(legalBasis.kind),
          reference: legalBasis.reference,
          until: legalBasis.until,
          controllers: controllers.join(', '),
          processors: processors.join(', '),
        }),
        ...columnsOf(seen, { changes: changes.length }),
      },
    },
  ],
});

export const agreementFlows = fromAnnualReport({
  id: 'agreement-flows',
  about: 'What each flow of each agreement brought in the calendar year',
  row: 'a flow of an agreement',
  columns: {
    sender: 'Sender',
    deliveries: 'Deliveries',
    refused: 'Refused',
    received: 'Records received',
    landed: 'Landed or changed',
    removed: 'Removed',
    withheld: 'Withheld',
    quarantined: 'Put aside as faulty',
  },
  rowsOf: ({ flows }) =>
    flows.map(({ flow, title, sender, deliveries, refused, received, landed, removed, withheld, quarantined }) => ({
      key: flow,
      label: title,
      cells: {
        ...columnsOf(said, { sender }),
        ...columnsOf(seen, {
          deliveries,
          refused,
          received,
          landed,
          removed,
          withheld: reasons(withheld),
          quarantined: reasons(quarantined),
        }),
      },
    })),
});

export const agreementTasks = fromAnnualReport({
  id: 'agreement-tasks',
  about: 'Tasks and notices of change that were due in the calendar year under each agreement',
  row: 'a task',
  columns: { agreement: 'Agreement', clause: 'Clause', due: 'Due', state: 'State' },
  rowsOf: ({ agreement, obligations }) =>
    obligations.map(({ title, clause, due, state }, index) => ({
      key: `${due}.${index + 1}`,
      label: title,
      cells: columnsOf(seen, { agreement: agreement.title, clause, due, state: sentence(inWords(state)) }),
    })),
});

export const agreementBreaches = fromAnnualReport({
  id: 'agreement-breaches',
  about: 'Breaches that were discovered in the calendar year under each agreement',
  row: 'a breach',
  columns: {
    discovered: 'Discovered',
    people: 'People',
    identifiable: 'Identifiable',
    risk: 'Risk',
    state: 'State',
    done: 'What was done',
  },
  rowsOf: ({ agreement, breaches }) =>
    breaches.map(({ no, discovered, persons, identifiable, risk, state, done }) => ({
      key: String(no),
      label: `Breach ${no}, ${agreement.title}`,
      cells: columnsOf(seen, {
        discovered: discovered.slice(0, 10),
        people: persons,
        identifiable: identifiable ? 'Yes' : 'No',
        risk: inWords(risk),
        state: inWords(state),
        done: done.map(inWords).join('; '),
      }),
    })),
});

export const agreementDestruction = fromAnnualReport({
  id: 'agreement-destruction',
  about: 'Certified destructions of the calendar year under each agreement',
  row: 'a certificate',
  columns: { agreement: 'Agreement', on: 'On', because: 'Because of', keys: 'Keys destroyed' },
  rowsOf: ({ agreement, destruction }) =>
    destruction.map(({ id, on, reason, keys }) => ({
      key: id,
      label: `Certificate ${id}`,
      cells: columnsOf(seen, { agreement: agreement.title, on, because: reason, keys }),
    })),
});

/** Access is decided per place, so every agreement's report says the same; one of them is enough. */
export const agreementAccess: ReportSource = {
  id: 'agreement-access',
  about: 'What staff asked to do in the place in the calendar year, by role',
  row: 'an action of a role',
  columns: { role: 'Role', action: 'Action', people: 'Staff', allowed: 'Allowed', refused: 'Refused' },
  async observe(facts) {
    const [report] = await annualReports(facts);
    return (report?.access ?? []).map(({ role, action, people, allowed, refused }) => ({
      key: `${role}.${action}`,
      label: `${sentence(inWords(role))}: ${action}`,
      cells: columnsOf(seen, { role: inWords(role), action, people, allowed, refused }),
    }));
  },
};

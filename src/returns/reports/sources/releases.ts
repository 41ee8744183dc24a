import { inWords, sentence } from '../../../register/documents/words.ts';
import { type LocalDate, localDate } from '../../../shared/clock.ts';
import { releaseCount } from '../../disclosure.ts';
import { columnsOf, measured, type ObservedRow, type ReportFacts, type ReportSource } from '../source.ts';

interface RunRow extends Record<string, unknown> {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly purpose: string;
  readonly finished: Date;
  readonly people: string;
  readonly excluded: string;
}

interface DisclosureRow extends Record<string, unknown> {
  readonly release: string;
  readonly purpose: string;
  readonly approval: string;
  readonly at: Date;
  readonly out: string;
  readonly opted: string;
  readonly uncovered: string;
  readonly requests: readonly string[];
}

interface IssueRow extends Record<string, unknown> {
  readonly index: string;
  readonly project: string;
  readonly at: string;
  readonly issued: string;
}

const within = `>= $1::date::timestamp at time zone 'Europe/London'`;
const until = `< ($2::date + 1)::timestamp at time zone 'Europe/London'`;

const query = {
  id: 'releases-of-the-period',
  description:
    'Ranked lists that were made, national checks of disclosures, and pseudonyms issued to projects in the period: whom each left out, and why',
};

const runsOf = async ({ db, period, place }: ReportFacts): Promise<readonly RunRow[]> =>
  (
    await db.query<RunRow>(
      `select run_id::text as id, model, version, purpose, finished, people, excluded from risk.run
       where finished ${within} and finished ${until} and (place = $3 or place is null) order by finished, run_id`,
      [period.from, period.to, place.place.id],
    )
  ).rows;

const disclosuresOf = async ({ db, period, place }: ReportFacts): Promise<readonly DisclosureRow[]> =>
  (
    await db.query<DisclosureRow>(
      `select release_id as release, purpose, approval, at, people_out as out, opted_out as opted, not_covered as uncovered, requests
       from ndop.disclosure where at ${within} and at ${until} and approval = any ($3) order by at, disclosure_id`,
      [period.from, period.to, [...place.agreements.values()].flatMap(({ legalBasis }) => legalBasis.reference ?? [])],
    )
  ).rows;

/** Issued by the black box, so only the log says it; LIKE on the bytes spares reading every entry as JSON. */
const issuesOf = async ({ auditor, period, place }: ReportFacts): Promise<readonly IssueRow[]> =>
  (
    await auditor.query<IssueRow>(
      `select l.index, said.json ->> 'subject' as project, said.json ->> 'at' as at, said.json #>> '{detail,issued}' as issued
       from audit.entry e join audit.leaf l on l.entry_id = e.entry_id
       cross join lateral (select convert_from(e.leaf, 'UTF8')::json as json) said
       where e.leaf like convert_to('%"type":"recipient.pseudonyms-issued"%', 'UTF8') and said.json ->> 'type' = 'recipient.pseudonyms-issued'
         and (said.json ->> 'at')::timestamptz ${within} and (said.json ->> 'at')::timestamptz ${until} and said.json ->> 'subject' = any ($3)
       order by l.index`,
      [period.from, period.to, place.document.projects.map(({ id }) => id)],
    )
  ).rows;

interface Release {
  readonly key: string;
  readonly label: string;
  readonly on: LocalDate;
  readonly purpose: string;
  readonly given: number;
  readonly objecting: number | null;
  readonly optedOut: number | null;
  readonly notCovered: number | null;
  readonly approval: string | null;
  readonly check: string;
  readonly reason: string;
}

const noCheck = 'not needed: the opt-out does not apply to this use';

function rowOf(release: Release): ObservedRow {
  const shown = (count: number | null) => (count === null ? null : releaseCount(count));
  const say = (answer: string | number | null) => measured(query, answer, release.reason);
  return {
    key: release.key,
    label: release.label,
    cells: columnsOf(say, {
      on: release.on,
      purpose: release.purpose,
      given: shown(release.given),
      objecting: shown(release.objecting),
      'opted-out': shown(release.optedOut),
      'not-covered': shown(release.notCovered),
      approval: release.approval,
      check: release.check,
    }),
  };
}

/** A total is never shown beside its parts, because it would give the hidden part away. */
export const releases: ReportSource = {
  id: 'releases',
  about: 'Every release of the period, with how many people were left out of it because they objected or opted out',
  row: 'a release: a ranked list, a disclosure after a national check, or an issue of pseudonyms',
  columns: {
    on: 'On',
    purpose: 'Purpose',
    given: 'People in it',
    objecting: 'Left out: objection',
    'opted-out': 'Left out: national opt-out',
    'not-covered': 'Left out: nation not asked about them',
    approval: 'Approval',
    check: 'National check',
  },
  async observe(facts) {
    const disclosed = await disclosuresOf(facts);
    const runs = await runsOf(facts);
    const issues = await issuesOf(facts);
    const checkOf = ({ requests }: DisclosureRow): string => requests.join(', ');
    const rows: Release[] = runs.map((run) => {
      const checks = disclosed.filter(({ release }) => release === run.id);
      const sum = (of: (row: DisclosureRow) => string) =>
        checks.length === 0 ? null : checks.reduce((total, row) => total + Number(of(row)), 0);
      return {
        key: `list-${run.id}`,
        label: `List by ${run.model} ${run.version}`,
        on: localDate(run.finished),
        purpose: sentence(inWords(run.purpose)),
        given: Number(run.people),
        objecting: Number(run.excluded),
        optedOut: sum(({ opted }) => opted),
        notCovered: sum(({ uncovered }) => uncovered),
        approval: checks.length === 0 ? null : [...new Set(checks.map(({ approval }) => approval))].join(', '),
        check: checks.length === 0 ? noCheck : [...new Set(checks.map(checkOf))].join(', '),
        reason: 'As the run recorded it: who was scored, and who was not because of an objection.',
      };
    });
    const others = disclosed.filter(({ release }) => !runs.some(({ id }) => id === release));
    rows.push(
      ...others.map((row, index) => ({
        key: `disclosure-${row.release}-${index + 1}`,
        label: `Disclosure to ${row.release}`,
        on: localDate(row.at),
        purpose: sentence(inWords(row.purpose)),
        given: Number(row.out),
        objecting: null,
        optedOut: Number(row.opted),
        notCovered: Number(row.uncovered),
        approval: row.approval,
        check: checkOf(row),
        reason: 'As the evidence of the disclosure says (RULE-OPT-6).',
      })),
      ...issues.map(({ index, project, at, issued }) => ({
        key: `issue-${index}`,
        label: `Pseudonyms for ${project}`,
        on: localDate(new Date(at)),
        purpose:
          facts.place.document.projects
            .find(({ id }) => id === project)
            ?.purposes.map((one) => sentence(inWords(one)))
            .join(', ') ?? '',
        given: Number(issued),
        objecting: null,
        optedOut: null,
        notCovered: null,
        approval: null,
        check: others.some(({ release }) => release === project) ? 'see its disclosures' : noCheck,
        reason: `Entry ${index} of the log. Who objects is filtered on every read, so nobody is left out of an issue for it.`,
      })),
    );
    return rows.sort((a, b) => a.on.localeCompare(b.on)).map(rowOf);
  },
};

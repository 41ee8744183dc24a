import { relative, resolve } from 'node:path';
import process from 'node:process';
import type { App } from '../../src/app.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import type { ImportReceipt } from '../../src/objections/import.ts';
import { renderMatrix } from '../../src/returns/matrix.ts';
import type { Return } from '../../src/returns/return.ts';
import type { RiskRun } from '../../src/risk/run.ts';
import { protectCount, type TierCounts, tierCounts } from '../../src/risk/tier-counts.ts';
import type { GeneratedTruth } from '../generate/borough.ts';
import type { Stage } from './run.ts';

interface Facts {
  readonly app: App;
  readonly borough: GeneratedTruth;
  readonly receipts: readonly Receipt[];
  readonly refused: Receipt;
  readonly standing: ImportReceipt;
  readonly removal: ImportReceipt;
  readonly project: { readonly id: string; readonly issued: number };
  readonly runs: readonly RiskRun[];
  readonly document: Return;
  readonly files: readonly string[];
  readonly tree: { readonly size: number; readonly root: string };
  readonly stages: readonly Stage[];
  readonly seconds: number;
}

const number = (value: number): string => value.toLocaleString('en-GB');
/** A count of people as anybody may see it. */
const protect = (people: number): string => {
  const shown = protectCount(people);
  return typeof shown === 'number' ? number(shown) : shown;
};
const percent = (part: number, whole: number): string => (whole === 0 ? 'none' : `${((100 * part) / whole).toFixed(1)} %`);

interface SettingRow {
  readonly setting: string;
  readonly files: number;
  readonly received: number;
  readonly landed: number;
  readonly withheld: number;
  readonly quarantined: number;
}

/**
 * The deliveries that stand: a file whose rows waited for their patient is sent again, and its later receipt counts for the
 * same bytes. Counting both would tell its records twice.
 */
const standingDeliveries = `(select distinct on (flow_id, sha256) * from landing.delivery where state = 'landed' order by flow_id, sha256, finished desc)`;

/** What a board member could read: what came in, what was kept out and why, who is linked, what the return says. */
export async function summarise(facts: Facts): Promise<string> {
  const { app, borough, receipts, refused, standing, removal, project, runs, document, files, tree, stages, seconds } = facts;
  const settings = await app.gateway.query<SettingRow>(
    `select setting::text, count(*)::int as files, sum(received)::int as received, sum(landed + updated + unchanged)::int as landed,
            sum(withheld_total)::int as withheld, sum(quarantined_total)::int as quarantined
       from ${standingDeliveries} d group by setting order by setting`,
  );
  const people = await app.gateway.query<{ grade: string; people: number; several: number }>(
    `select p.linkage_grade as grade, count(*)::int as people, count(*) filter (where s.settings > 1)::int as several
       from environment.person p join (select person_id, count(distinct setting) as settings from linkage.sighting group by person_id) s using (person_id)
      group by 1 order by 1`,
  );
  const [withheld, quarantined] = await Promise.all([reasons(app, 'withheld'), reasons(app, 'quarantined')]);
  const events = await app.gateway.query<{ events: number }>('select count(*)::int as events from environment.event');
  const numbers = await app.gateway.query<{ expected: number; usable: number }>(
    `select sum(number_expected)::int as expected, sum(number_usable)::int as usable from ${standingDeliveries} d`,
  );
  const linked = people.rows.reduce((total, row) => total + row.people, 0);
  const several = people.rows.reduce((total, row) => total + row.several, 0);
  const { expected = 0, usable = 0 } = numbers.rows[0] ?? {};
  const duplicates = receipts.filter(({ state }) => state === 'duplicate').length;
  const tiers = await Promise.all(runs.map(async (run) => ({ run, counts: await tierCounts(app.gateway, run.runId) })));
  return [
    '',
    `HAVEN GATEWAY: a synthetic borough of ${number(borough.people)} people, none of them real`,
    '',
    'What the suppliers sent',
    table(
      ['setting', 'files', 'records', 'landed', 'withheld', 'quarantined'],
      settings.rows.map((row) => [row.setting, row.files, row.received, row.landed, row.withheld, row.quarantined]),
    ),
    duplicates > 0
      ? `  ${number(duplicates)} of ${number(receipts.length)} files were already here: sending them again changed nothing.`
      : '',
    '',
    'Withheld, by reason (never landed)',
    table(['reason', 'records'], withheld),
    `  ${number(standing.recorded)} objections stood before the data came${standing.unchanged === 0 ? '' : ` (${number(standing.unchanged)} were known already)`}; ${number(removal.recorded)} arrived later and took back ${number(removal.removed.events)} records of ${protect(removal.removed.persons)} people.`,
    '',
    'Quarantined, by rule (the supplier has the row report)',
    table(['rule', 'records'], quarantined),
    '',
    'Linkage (people by how sure the number is; 1 to 7 is shown as *, the rest rounded to 5)',
    `  ${number(events.rows[0]?.events ?? 0)} records of ${number(linked)} people; ${number(several)} people (${percent(several, linked)}) are known to more than one setting.`,
    `  ${percent(usable, expected)} of records carried a usable NHS number and could be linked; the others are held and counted above.`,
    ...people.rows.map((row) => `  ${row.grade.padEnd(12)}${protect(row.people).padStart(10)} people`),
    `  The project ${project.id} knows people by pseudonyms of its own; ${number(project.issued)} were issued in this run.`,
    '',
    'The gate',
    `  ${refused.flow}: ${refused.state}, because`,
    ...refused.refusals.map(({ message, clause }) => `    - ${message} [${clause}]`),
    '',
    'Risk (counts only; 1 to 7 is shown as *, the rest rounded to 5)',
    ...tiers.flatMap(({ run, counts }) => describeTiers(run, counts)),
    '',
    `The return: ${document.template}, ${document.period.from} to ${document.period.to}${document.rehearsal ? ' (a rehearsal: not the quarter of the template)' : ''}`,
    renderMatrix(document),
    `  ${number(document.findings.length)} findings, ${number(document.findings.filter(({ severity }) => severity === 'error').length)} of them contradictions; every cell has its evidence.`,
    '',
    'Audit',
    `  ${number(tree.size)} entries in the log, root ${tree.root.slice(0, 16)}…  Check it with: ${homeOf(app)}scripts/haven audit verify`,
    '',
    'Files (begin with the first: it leads to the others)',
    ...files.map((file) => `  ${relative(process.cwd(), file)}`),
    '',
    'Time',
    ...stages.map((stage) => `  ${stage.name.padEnd(40)}${stage.seconds.toFixed(1).padStart(7)} s`),
    `  ${'ready after'.padEnd(40)}${seconds.toFixed(1).padStart(7)} s`,
  ]
    .filter((line, index, lines) => line !== '' || lines[index - 1] !== '')
    .join('\n');
}

/** What a command line needs before it, to look at this installation and no other. */
const homeOf = ({ config }: App): string =>
  resolve(process.env.HAVEN_HOME ?? '.haven') === config.home ? '' : `HAVEN_HOME=${relative(process.cwd(), config.home)} `;

async function reasons(app: App, column: 'withheld' | 'quarantined'): Promise<(string | number)[][]> {
  const { rows } = await app.gateway.query<{ reason: string; records: number }>(
    `select r.key as reason, sum(r.value::int)::int as records
       from ${standingDeliveries} d, jsonb_each_text(d.${column === 'withheld' ? 'withheld' : 'quarantined'}) r group by 1 order by 2 desc, 1`,
  );
  return rows.map(({ reason, records }) => [reason, records]);
}

function describeTiers(run: RiskRun, counts: TierCounts): string[] {
  return [
    `  ${run.model}, index date ${run.indexDate}: ${counts.population}`,
    ...counts.tiers.map(({ tier, people }) => `    tier ${tier.padEnd(24)}${String(people).padStart(9)}`),
    ...counts.bands.map(({ band, people }) => `    band ${band.padEnd(24)}${String(people).padStart(9)}`),
  ];
}

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map(
      (row) =>
        `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`,
    )
    .join('\n');
}

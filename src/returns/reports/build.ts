import { readHead } from '../../audit/proofs.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { type AnswerContext, answerQuestion } from '../answer.ts';
import { withoutDeliveryCounts } from '../evidence-pack/protect-return.ts';
import { declarationsOf } from '../lifecycle/declarations.ts';
import type { Observation } from '../observation.ts';
import type { AnsweredQuestion } from '../return.ts';
import { catalogue } from './catalogue.ts';
import { factsOfPeriod, type ReportSources } from './facts.ts';
import { loadReport, loadReportAnswers } from './load.ts';
import { periodOf, quarterLabel, quartersOf } from './periods.ts';
import { protectReport } from './protect.ts';
import { type BuiltTable, cellsOf, type Report } from './report.ts';
import type { ObservedRow, ReportFacts } from './source.ts';
import type { ReportTable, ReportTemplate } from './template.ts';

export interface ReportAsked {
  readonly report: string;
  readonly place: string;
  /** The day it is made. */
  readonly at: LocalDate;
  /** Default: as the report says. */
  readonly period?: ReportFacts['period'];
}

/** Facts of one stretch of a report; `facts` is undefined where the register held nothing of the place then. */
interface Stretch {
  readonly period: ReportFacts['period'];
  readonly facts: ReportFacts | undefined;
}

interface Builder {
  readonly whole: Stretch;
  readonly quarters: readonly Stretch[];
  readonly contextOf: (stretch: Stretch) => AnswerContext;
}

const placeUnknown = (): GatewayError =>
  new GatewayError('PLACE_UNKNOWN', 'The register holds no such place. `haven register export` names the places.', {
    status: 404,
    exit: exitCode.usage,
  });

/**
 * Builds a report of a place: each figure observed, declared or left open by the same rules as the answers of a return, with
 * its evidence. Changes nothing; `keepReport` records it.
 * @throws GatewayError REPORT_UNKNOWN, PLACE_UNKNOWN; ConfigurationError
 */
export async function buildReport(sources: ReportSources, asked: ReportAsked): Promise<Report> {
  const template = await loadReport(sources.config, asked.report);
  const period = asked.period ?? periodOf(template.period, asked.at);
  const stretch = async (days: ReportFacts['period']): Promise<Stretch> => ({
    period: days,
    facts: await factsOfPeriod(sources, { place: asked.place, period: days, at: asked.at }),
  });
  const then = await stretch(period);
  const facts = then.facts ?? (await factsOfPeriod(sources, { place: asked.place, period, at: asked.at, register: 'now' }));
  if (facts === undefined) throw placeUnknown();
  const whole = { period, facts };
  const { place } = facts;
  const quarters: Stretch[] = [];
  const overTime = template.sections.some(({ tables }) => tables.some(({ each }) => each !== undefined));
  // One after the other: `db` may be a single client.
  if (overTime) for (const days of quartersOf(period)) quarters.push(await stretch(days));
  const head = await readHead(sources.db);
  const audit = { treeSize: head.size, rootHash: head.root.toString('hex') };
  const declared = await declarationsOf(
    sources.db,
    { place: asked.place, template: template.id },
    await loadReportAnswers(sources.config, asked.place, template.id),
  );
  const contextOf = ({ period: days, facts }: Stretch): AnswerContext => ({
    declared,
    period: days,
    place: asked.place,
    placeName: place.place.name,
    at: asked.at,
    registerVersion: facts?.place.version ?? null,
    audit,
  });
  const sections = await buildSections(template, { whole, quarters, contextOf });
  const report: Report = {
    report: template.id,
    title: template.title,
    about: template.about,
    source: template.source,
    place: asked.place,
    placeName: place.place.name,
    period,
    madeOn: asked.at,
    registerVersion: place.version,
    registerVersions: quarters.map((one) => ({ period: one.period, version: one.facts?.place.version ?? null })),
    audit,
    sections,
    counts: { observed: 0, declared: 0, unanswered: 0 },
    couldNotKnow: [],
  };
  const concluded = conclude(template, report);
  const couldNotKnow = [...(then.facts === undefined ? [registerOfLater] : []), ...concluded.couldNotKnow];
  return protectReport(sources.db, { ...report, ...concluded, couldNotKnow });
}

async function buildSections(template: ReportTemplate, builder: Builder): Promise<Report['sections']> {
  const sections: Report['sections'][number][] = [];
  for (const { heading, text, tables, questions } of template.sections) {
    const built: BuiltTable[] = [];
    for (const table of tables) built.push(await buildTable(table, builder));
    const context = builder.contextOf(builder.whole);
    sections.push({ heading, text, tables: built, questions: questions.map((question) => answerQuestion(question, undefined, context)) });
  }
  return sections;
}

const gone: Pick<Observation, 'query' | 'reason'> = {
  query: { id: 'register-of-then', description: 'The register as it stood at the end of the period' },
  reason: 'The register held nothing of this place at the end of that period.',
};

const registerOfLater: Report['couldNotKnow'][number] = {
  what: 'The register of flows in this period',
  why: 'The register held nothing of this place yet. What is read from it is as it stands on the day the report was made.',
};

async function buildTable(table: ReportTable, { whole, quarters, contextOf }: Builder): Promise<BuiltTable> {
  const source = catalogue[table.source];
  const columns = table.columns ?? Object.keys(source.columns).map((column) => ({ column, heading: undefined }));
  const stretches = table.each === undefined ? [whole] : quarters;
  const observed: (readonly ObservedRow[] | undefined)[] = [];
  for (const { facts } of stretches) observed.push(facts === undefined ? undefined : await source.observe(facts));
  const found = new Map(observed.flatMap((rows) => rows ?? []).map((row) => [row.key, row]));
  const keys = (table.rows ?? [...found.keys()]).filter(
    (key) => table.tagged === undefined || found.get(key)?.tags?.includes(table.tagged),
  );
  const head = stretches.flatMap(({ period }) =>
    columns.map(({ column, heading }) => {
      const name = heading ?? source.columns[column] ?? column;
      return table.each === undefined ? name : columns.length === 1 ? quarterLabel(period) : `${name}, ${quarterLabel(period)}`;
    }),
  );
  const rows = keys.map((key) => ({
    key,
    label: found.get(key)?.label ?? key,
    cells: stretches.flatMap((stretch, index) => {
      const row = observed[index]?.find((one) => one.key === key);
      const suffix = table.each === undefined ? '' : `@${stretch.period.from}..${stretch.period.to}`;
      return columns.map(({ column }): AnsweredQuestion | null => {
        const observation = row?.cells[column];
        // A row that was asked for and is not there is said to be missing, and not left out.
        if (observation === undefined && row !== undefined) return null;
        const question = {
          id: `${table.source}.${key}.${column}${suffix}`,
          text: `${found.get(key)?.label ?? key}, ${source.columns[column] ?? column}`,
        };
        const cell = answerQuestion(question, observation ?? missing(observed[index] === undefined), contextOf(stretch));
        // Only the report that asks for records counts them: the fewer periods a count is shown of, the less can be subtracted.
        return table.source === 'deliveries' ? cell : withoutDeliveryCounts(cell);
      });
    }),
  }));
  return { caption: table.caption, source: table.source, rowHeading: sentenceOf(source.row), head, rows, none: table.none };
}

const sentenceOf = (row: string): string => {
  const plain = row.replace(/^(?:a|an|the) /, '').replace(/[,:].*$/, '');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

const missing = (noRegister: boolean): Observation => ({
  standing: 'beside',
  answer: null,
  reason: noRegister ? gone.reason : 'The source has no such row for this period: it is for a human to say.',
  query: noRegister ? gone.query : { id: 'no-such-row', description: 'A row that the report asks for and the source does not have' },
  flags: [],
  flows: [],
  landed: [],
  shares: {},
  thresholds: [],
});

/** How much of the report is known, and what is not, with the reason; cells with one reason are named together. */
function conclude(template: ReportTemplate, report: Report): Pick<Report, 'counts' | 'couldNotKnow'> {
  const cells = [...cellsOf(report)];
  const count = (is: (cell: AnsweredQuestion) => boolean): number => cells.filter(({ cell }) => is(cell)).length;
  const open = new Map<string, string[]>();
  for (const { where, cell } of cells) {
    if (cell.answer !== null) continue;
    const why = cell.evidence?.reason ?? 'Nobody has answered it.';
    open.set(why, [...(open.get(why) ?? []), where]);
  }
  return {
    counts: {
      observed: count(({ provenance }) => provenance === 'observed'),
      declared: count(({ provenance }) => provenance === 'declared' || provenance === 'carried forward'),
      unanswered: count(({ answer }) => answer === null),
    },
    couldNotKnow: [
      ...[...open].map(([why, where]) => ({ what: nameSome(where), why })),
      ...template.cannotKnow.map((why) => ({ what: 'The subject as a whole', why })),
    ],
  };
}

const nameSome = (where: readonly string[]): string =>
  where.length <= 6 ? where.join('; ') : `${where.slice(0, 5).join('; ')} and ${where.length - 5} more`;

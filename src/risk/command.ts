import { userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Command, Option } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { App, OpenApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import { transaction } from '../database/query.ts';
import { readScope } from '../environment/scope.ts';
import { loadDecisionTable } from '../objections/decision-table.ts';
import { loadRegister } from '../register/load.ts';
import { requirePlace } from '../register/require-place.ts';
import { type LocalDate, localDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { formatTenths, hfrsWindows } from './hfrs.ts';
import { checkScoreModel, checkWindow, findRunModel, runModels, scoreModels } from './models.ts';
import { type RiskRun, runRisk } from './run.ts';
import { csvField, scoreFiles } from './score-files.ts';
import { loadHfrsTable, loadRiskTables } from './tables.ts';
import { protectCount, type TierCounts, tierCounts } from './tier-counts.ts';

/** Lines of CSV written at once: one write per person would cost more than the score. */
const linesPerWrite = 2_000;

const windowOption = () => new Option('--window <window>', 'look-back before the index date').choices([...hfrsWindows]).default('years2');

function indexDate(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date === undefined)
    throw new GatewayError('RISK_INDEX_DATE', 'The index date must be a date of the calendar in the form YYYY-MM-DD.', {
      exit: exitCode.usage,
    });
  return date;
}

async function score(options: { model: string; codes: string; index: string; window: string }, out: Output): Promise<void> {
  checkScoreModel(options.model);
  const table = await loadHfrsTable(join(loadConfig(process.env, process.cwd()).configDirectory, 'risk'));
  const lines = out.json ? [] : ['person,score,band'];
  let people = 0;
  for await (const { person, score } of scoreFiles(table, options, checkWindow(options.window))) {
    people += 1;
    const text = formatTenths(score.scoreTenths);
    lines.push(
      out.json ? JSON.stringify({ person, score: Number(text), band: score.band }) : `${csvField(person)},${text},${csvField(score.band)}`,
    );
    if (lines.length >= linesPerWrite) out.print(lines.splice(0).join('\n'));
  }
  if (lines.length > 0) out.print(lines.join('\n'));
  out.progress(`Scored ${people} people with hfrs ${table.version}, window ${options.window}.`);
}

const runPurposes = ['risk-stratification-commissioning', 'risk-stratification-case-finding'] as const;

export interface RunOptions {
  readonly model: string;
  readonly indexDate: LocalDate;
  readonly place?: string;
  readonly window?: string;
  readonly purpose?: (typeof runPurposes)[number];
  readonly actor: string;
}

/** Runs a model with what the register, the objections and the tables of this installation say today. */
export async function runRiskModel(app: App, options: RunOptions): Promise<RiskRun> {
  // Refused before a table is read or a transaction begun.
  findRunModel(options.model);
  const window = checkWindow(options.window ?? 'years2');
  const { configDirectory } = app.config;
  const tables = await loadRiskTables(join(configDirectory, 'risk'));
  const objections = await loadDecisionTable(join(configDirectory, 'objections'));
  const { place, model, indexDate, actor } = options;
  return transaction(app.gateway, async (tx) => {
    const register = await loadRegister(tx);
    if (place !== undefined) requirePlace(register, place);
    const scope = readScope(register, objections, {
      purpose: options.purpose ?? runPurposes[0],
      at: localDate(app.clock.now()),
      ...(place === undefined ? {} : { placeId: place }),
    });
    return runRisk(tx, { model, indexDate, scope, window, actor, ...(place === undefined ? {} : { place }) }, tables, app.clock);
  });
}

/** What a run may say outside the environment: counts, protected, never who. */
function describeRun(run: RiskRun, counts: TierCounts): object {
  return {
    run: run.runId,
    model: run.model,
    version: run.version,
    indexDate: run.indexDate,
    population: run.population,
    people: protectCount(run.people),
    excludedByObjection: protectCount(run.excluded),
    tiers: counts.tiers,
    bands: counts.bands,
    sha256: run.sha256,
    started: run.started,
    finished: run.finished,
  };
}

function readableRun(run: RiskRun, counts: TierCounts): string {
  const { tiers, bands } = counts;
  return [
    `${run.model} ${run.version} as of ${run.indexDate}: ${protectCount(run.people)} people (run ${run.runId})`,
    run.population,
    ...tiers.map(({ tier, people }) => `  tier ${tier}: ${people}`),
    ...bands.map(({ band, people }) => `  band ${band}: ${people}`),
    `Not scored because of an objection: ${protectCount(run.excluded)}. Counts of 1 to 7 are shown as *, others to the nearest 5.`,
  ].join('\n');
}

/** A person by their seat, for the purpose of the run; without one it is the account of the machine, and the log says so. */
async function whoRuns(app: App, person: string | undefined, { purpose, place }: Omit<RunOptions, 'actor'>): Promise<string> {
  if (person === undefined) return `command-line:${userInfo().username}`;
  const asked = { person, roles: ['super-user'], purpose: purpose ?? runPurposes[0], action: 'risk.run', clock: app.clock } as const;
  return (await actAs(app.gateway, { ...asked, ...(place === undefined ? {} : { place }) })).person;
}

/** `haven risk run` and `haven risk score` (interfaces: haven). */
export function addRiskCommands(program: Command, open: OpenApp, out: Output): void {
  const risk = program.command('risk').description('risk stratification: published scores and the criteria of a place');
  risk
    .command('run')
    .description(`run a model over the linked data set (${runModels.join(', ')})`)
    .requiredOption('--model <model>', 'model')
    .requiredOption('--index-date <date>', 'date as of which people are scored', indexDate)
    .option('--place <place>', 'only flows of this place')
    .addOption(
      new Option('--purpose <purpose>', 'case finding gives people back to their practice and needs a fresh national opt-out check')
        .choices([...runPurposes])
        .default(runPurposes[0]),
    )
    .addOption(windowOption())
    .option('--as <person>', 'who runs it, by id in the register: their seat is checked and the decision is logged')
    .action(async ({ as: person, ...options }: Omit<RunOptions, 'actor'> & { readonly as?: string }) => {
      findRunModel(options.model);
      const app = await open();
      const run = await runRiskModel(app, { ...options, actor: await whoRuns(app, person, options) });
      const counts = await tierCounts(app.gateway, run.runId);
      out.print(out.json ? describeRun(run, counts) : readableRun(run, counts));
    });
  risk
    .command('score')
    .description(`score people of two CSV files, without the linked data set (${scoreModels.join(', ')})`)
    .requiredOption('--model <model>', 'model')
    .requiredOption('--codes <file>', 'CSV with person,code,date; - is standard input')
    .requiredOption('--index <file>', 'CSV with person,index_date')
    .addOption(windowOption())
    .action(async (options: { model: string; codes: string; index: string; window: string }) => score(options, out));
}

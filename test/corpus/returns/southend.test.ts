import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assembleReturn } from '../../../src/returns/build.ts';
import { loadDeclared, loadTemplate } from '../../../src/returns/load.ts';
import { printAnswer } from '../../../src/returns/print.ts';
import { type Return, valuesOf } from '../../../src/returns/return.ts';
import { questionsOf, type ReturnTemplate } from '../../../src/returns/template.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { matrixSettings } from '../../../src/shared/settings.ts';
import { madeOn, quarters } from '../../fixtures/returns/southend-2016-17.ts';

// The facts of the four returns as somebody else typed them, and the text of the printed sheets, where they are at hand.
const shared = process.env.HAVEN_SHARED ?? join(import.meta.dirname, '../../../../shared');
const factsFile = join(shared, 'returns', 'southend-2016-17.json');
const printFile = join(shared, 'seeds', '000_a976cd69fb4e90aa.txt');
const reason = (file: string) => (existsSync(file) ? '' : ' (skipped: the file is not at hand)');

const config = join(packageRoot(), 'config');
const settings = ['GP', 'Hospital', 'Social Care', 'Community', 'Mental health', 'Specialised palliative'];
const bySetting = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const words = z.string();
const quarterFacts = z.object({
  questionsAnswered: z.record(z.string(), z.number()),
  questionsTotal: z.number(),
  nationalConditions: z.array(z.object({ id: words, answer: words, date: words.nullable(), explanation: words.nullable() })),
  budget: z.object({ pooledViaS75: words }),
  incomeAndExpenditure: z.object({
    plan: z.array(z.number()),
    forecast: z.array(z.number()),
    actual: z.array(z.number()),
    pooledFund: z.number(),
    annualTotal: z.number(),
  }),
  supportingMetrics: z.record(z.string(), words.nullable()),
  patientExperienceValue: words,
  patientExperienceTarget: words,
  additionalMeasures: z.object({
    nhsNumberOnCorrespondence: bySetting(words),
    retrieveByNhsNumber: bySetting(words),
    sharing: bySetting(bySetting(words)),
    openApiProgress: bySetting(z.object({ status: words, goLive: words })),
    digitalIntegratedCareRecordPilot: words,
    personalHealthBudgets: z.object({
      inPlaceAtQuarterEnd: z.number(),
      ratePer100000AsPrinted: words,
      new: z.number(),
      stopped: z.number(),
      percentInReceiptOfCHC: words,
      population: z.number(),
      populationBasis: words,
    }),
    integratedCareTeams: z.object({ nonAcute: words, acute: words }),
  }),
  narrativeRemainingCharacters: z.number(),
  yearEnd: z.object({ statements: z.array(words), successes: z.array(z.array(words)), challenges: z.array(z.array(words)) }).optional(),
});
type QuarterFacts = z.infer<typeof quarterFacts>;

async function configured(id: string): Promise<[Return, ReturnTemplate]> {
  const template = await loadTemplate(config, id);
  const declared = await loadDeclared(config, 'southend-on-sea', template);
  const context = {
    declared,
    period: template.period,
    place: 'southend-on-sea',
    placeName: 'Southend-on-Sea',
    registerVersion: null,
    audit: null,
  };
  return [assembleReturn(template, new Map(), { ...context, at: madeOn[id] as never }), template];
}

const metrics: Readonly<Record<string, string>> = {
  NEA: 'nea',
  DTOC: 'dtoc',
  'Local performance metric': 'local',
  'Patient experience metric': 'patient-experience',
  'Admissions to residential care': 'residential',
  Reablement: 'reablement',
};

/** Every fact of a quarter as [cell, value as printed]; what is not printed is left out. */
function cellsOf(facts: QuarterFacts, quarter: number): [string, string][] {
  const { additionalMeasures: am, incomeAndExpenditure: ie, yearEnd } = facts;
  const pounds = (amount: number) => `£${amount.toLocaleString('en-GB')}`;
  const budgets = am.personalHealthBudgets;
  const cells: [string, string | null | undefined][] = [
    [quarter === 1 ? 'budget.pooled' : 'budget.pooled-before', facts.budget.pooledViaS75],
    ...facts.nationalConditions.map(({ id, answer }): [string, string] => [`nc.${id}.answer`, answer]),
    ...(['income', 'expenditure'] as const).flatMap((kind) =>
      (['plan', 'forecast', 'actual'] as const).flatMap((row) =>
        ie[row].map((amount, index): [string, string] => [`ie.${kind}.${row}.q${index + 1}`, pounds(amount)]),
      ),
    ),
    ['ie.pooled-fund', pounds(ie.pooledFund)],
    ['ie.income.forecast.total', pounds(ie.annualTotal)],
    ['ie.expenditure.plan.total', pounds(ie.annualTotal)],
    ...Object.entries(facts.supportingMetrics).map(([name, progress]): [string, string | null] => [
      `sm.${metrics[name]}.progress`,
      progress,
    ]),
    ...settings.flatMap((name, row): [string, string | undefined][] => {
      const setting = matrixSettings[row] ?? '';
      return [
        [`am.nhs-number.correspondence.${setting}`, am.nhsNumberOnCorrespondence[name]],
        [`am.nhs-number.retrieve.${setting}`, am.retrieveByNhsNumber[name]],
        [`am.open-api.status.${setting}`, am.openApiProgress[name]?.status],
        [`am.open-api.go-live.${setting}`, am.openApiProgress[name]?.goLive],
        ...settings.map((to, column): [string, string | undefined] => [
          `am.sharing.${setting}.${matrixSettings[column]}`,
          am.sharing[name]?.[to],
        ]),
      ];
    }),
    ['am.dicr.pilot', am.digitalIntegratedCareRecordPilot],
    ['am.phb.in-place', String(budgets.inPlaceAtQuarterEnd)],
    ['am.phb.new', String(budgets.new)],
    ['am.phb.stopped', String(budgets.stopped)],
    ['am.phb.percent-chc', budgets.percentInReceiptOfCHC],
    ['am.phb.population', budgets.population.toLocaleString('en-GB')],
    ['am.teams.non-acute', am.integratedCareTeams.nonAcute],
    ['am.teams.acute', am.integratedCareTeams.acute],
    ['narrative.remaining', facts.narrativeRemainingCharacters.toLocaleString('en-GB')],
    ...(yearEnd?.statements ?? []).map((answer, index): [string, string] => [`ye.statement.${index + 1}`, answer]),
    ...(['success', 'challenge'] as const).flatMap((kind) =>
      (yearEnd?.[kind === 'success' ? 'successes' : 'challenges'] ?? []).flatMap(
        ([text = '', category = ''], index): [string, string][] => [
          [`ye.${kind}.${index + 1}`, text],
          [`ye.${kind}.${index + 1}.category`, category],
        ],
      ),
    ),
  ];
  return cells.flatMap(([cell, value]) => (value === null || value === undefined ? [] : [[cell, value]]));
}

describe.skipIf(!existsSync(factsFile))(`the four returns as typed by somebody else${reason(factsFile)}`, () => {
  it.each(quarters.map((id, index) => [id, index + 1] as const))('%s is reproduced cell for cell, counts included', async (id, quarter) => {
    const file = z.object({ quarters: z.record(z.string(), quarterFacts) }).parse(JSON.parse(readFileSync(factsFile, 'utf8')));
    const facts = file.quarters[`Q${quarter}`] as QuarterFacts;
    const [document, template] = await configured(id);
    const inputs = new Map(questionsOf(template).map(({ id: cell, input }) => [cell, input]));
    const shown = new Map(document.sheets.flatMap(({ calculated }) => calculated.map((cell) => [cell.id, cell.shown] as const)));
    const values = valuesOf(document);
    const ours = (cell: string): string => {
      const input = inputs.get(cell);
      return input === undefined ? (shown.get(cell) ?? '(no such cell)') : printAnswer(input, values.get(cell) ?? null);
    };
    const expected = cellsOf(facts, quarter);
    expect(expected.map(([cell]) => [cell, ours(cell)])).toEqual(expected);
    expect(expected.length).toBeGreaterThan(100);
    for (const condition of facts.nationalConditions) {
      expect([values.get(`nc.${condition.id}.date`) ?? null, values.get(`nc.${condition.id}.explanation`) ?? null]).toEqual([
        condition.date,
        condition.explanation,
      ]);
    }
    expect(ours('am.phb.rate')).toBe(quarter === 1 || quarter === 4 ? '13' : '13.3');
    const commentary = String(values.get('sm.patient-experience.commentary'));
    for (const figure of [facts.patientExperienceValue, facts.patientExperienceTarget]) expect(commentary).toContain(figure);
    const { questionsAnswered } = facts;
    expect(Object.fromEntries(Object.entries(document.counts).map(([sheet, { answered }]) => [sheet, answered]))).toEqual(
      questionsAnswered,
    );
    expect(Object.values(document.counts).reduce((sum, { total }) => sum + total, 0)).toBe(facts.questionsTotal);
  });
});

/** Letters and digits only: how a copy breaks lines and draws bullets says nothing. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9£]+/g, ' ')
    .trim();

/** Every text of a template that is said to be printed, with its sheet. */
function printedTexts({ sheets }: ReturnTemplate): [string, string][] {
  const collect = (value: unknown, key = ''): string[] => {
    if (typeof value === 'string')
      return ['text', 'label', 'corner', 'prompt', 'heading', 'printed', 'texts', 'columns'].includes(key) ? [value] : [];
    if (Array.isArray(value)) return value.flatMap((one) => collect(one, key));
    return value === null || typeof value !== 'object' ? [] : Object.entries(value).flatMap(([name, one]) => collect(one, name));
  };
  return sheets
    .filter(({ source }) => source === undefined || source.startsWith('As printed'))
    .flatMap(({ name, blocks }) => collect(blocks).map((text): [string, string] => [name, text]));
}

describe.skipIf(!existsSync(printFile))(`the texts of the templates${reason(printFile)}`, () => {
  it.each(quarters)('%s are those of the print, or a repair says how a damaged one is read', async (id) => {
    const print = readFileSync(printFile, 'utf8');
    const template = await loadTemplate(config, id);
    const sheets = plain(print.slice(print.indexOf('Better Care Fund Template Q1 2016/17'), print.lastIndexOf('Joint Report of')));
    const repaired = template.repairs.map(({ read }) => plain(read));
    // What a repair reads is taken out of the text; everything around it must stand in the print, in one piece.
    const pieces = (text: string) => repaired.reduce((parts, read) => parts.flatMap((part) => part.split(read)), [plain(text)]);
    const unknown = printedTexts(template).filter(([, text]) => pieces(text).some((piece) => !sheets.includes(piece.trim())));
    expect(unknown).toEqual([]);
  });
});

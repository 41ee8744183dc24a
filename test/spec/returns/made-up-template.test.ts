import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleReturn } from '../../../src/returns/build.ts';
import { checklistOf, incompleteSections, isReadyToSend } from '../../../src/returns/checklist.ts';
import { layOut } from '../../../src/returns/layout.ts';
import { loadDeclared, loadTemplate } from '../../../src/returns/load.ts';
import type { Answer, Return } from '../../../src/returns/return.ts';
import { submissionName } from '../../../src/returns/workbook/file-name.ts';
import { readWorkbook } from '../../../src/returns/workbook/read.ts';
import { writeWorkbook } from '../../../src/returns/workbook/write.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

// A return that no code knows: its own sheets, lists, limits, conditions and sums. Adding one is writing this file.
const text = { kind: 'text', maxLength: 200 };
const madeUp = {
  id: 'beach-safety-2027',
  title: 'Beach safety return',
  quarter: 'Summer 2027',
  period: { from: '2027-06-01', to: '2027-08-31' },
  due: '2027-09-15',
  previous: 'beach-safety-2026',
  source: 'Invented',
  submission: { to: 'beaches@example.org', fileName: 'Beaches of {place}', time: '17:00' },
  limits: { number: { min: -10, max: 50 }, text: 200 },
  sheetsPrinted: [
    { name: 'Patrols', questions: 4 },
    { name: 'Incidents', questions: 3 },
  ],
  lists: { flag: { options: ['Red flag', 'Yellow flag', 'No flag'], notSeenInPrint: [] } },
  places: {
    seaside: { name: 'Seaside', population: { value: 20_000, basis: 'Mid 2027', source: 'Invented' }, given: { 'patrols.target': 30 } },
  },
  sheets: [
    {
      name: 'Patrols',
      blocks: [
        { kind: 'title', text: 'Patrols' },
        { kind: 'key', input: 'Fill in', prepopulated: 'Known', irrelevant: 'Leave' },
        {
          kind: 'grid',
          columns: [
            { key: 'june', label: 'June' },
            { key: 'july', label: 'July' },
            { key: 'total', label: 'Total' },
          ],
          rows: [
            {
              text: 'Patrols held',
              cells: [
                { question: 'patrols.june', input: { kind: 'count' } },
                { question: 'patrols.july', input: { kind: 'count' } },
                { calculated: 'patrols.total', formula: 'sum', of: ['patrols.june', 'patrols.july'] },
              ],
            },
            {
              text: 'Patrols last year',
              cells: [
                null,
                null,
                { calculated: 'patrols.last-year', formula: 'previous', of: 'patrols.total', from: ['beach-safety-2026'] },
              ],
            },
            { text: 'Target', cells: [{ printed: 'Set by the council' }, null, { calculated: 'patrols.target', formula: 'given' }] },
          ],
        },
        {
          kind: 'form',
          rows: [
            { text: 'Patrols per 100,000', calculated: 'patrols.rate', formula: 'per-100000', of: 'patrols.total', decimals: 2 },
            {
              text: 'Why not the target?',
              question: 'patrols.why',
              input: text,
              requiredWhen: { differ: [['patrols.total', 'patrols.target']] },
            },
            { text: 'Cost', question: 'patrols.cost', input: { kind: 'money' } },
            { text: 'A remark', question: 'patrols.remark', input: text, counted: false },
          ],
        },
      ],
    },
    {
      name: 'Incidents',
      blocks: [
        {
          kind: 'form',
          rows: [
            { text: 'Flag flown most', question: 'incidents.flag', input: { kind: 'choice', list: 'flag' } },
            {
              text: 'Since when?',
              question: 'incidents.since',
              input: { kind: 'date', format: 'DD/MM/YYYY' },
              requiredWhen: { question: 'incidents.flag', in: ['Red flag'] },
            },
            { text: 'Depth of the water, metres', question: 'incidents.depth', input: { kind: 'number' } },
          ],
        },
      ],
    },
  ],
};

let config: string;
const write = async (template: unknown, name = 'beach-safety-2027') =>
  writeFile(join(config, 'returns', `${name}.json`), JSON.stringify(template));

beforeAll(async () => {
  config = await mkdtemp(join(tmpdir(), 'haven-template-'));
  await mkdir(join(config, 'returns', 'declared', 'seaside'), { recursive: true });
  await write(madeUp);
  const declared = {
    template: 'beach-safety-2027',
    place: 'seaside',
    source: 'A letter',
    filledBy: 'Beach manager',
    answers: { 'patrols.june': { answer: 12 }, 'patrols.july': { answer: 18 } },
    previous: { 'beach-safety-2026': { 'patrols.total': 28 } },
  };
  await writeFile(join(config, 'returns', 'declared', 'seaside', 'beach-safety-2027.json'), JSON.stringify(declared));
});
afterAll(async () => rm(config, { recursive: true }));

async function build(changes: Readonly<Record<string, Answer>> = {}): Promise<Return> {
  const template = await loadTemplate(config, 'beach-safety-2027');
  const declared = await loadDeclared(config, 'seaside', template);
  if (declared === undefined) throw new Error('nothing was declared');
  const answers = { ...declared.answers, ...Object.fromEntries(Object.entries(changes).map(([id, answer]) => [id, { answer }])) };
  return assembleReturn(template, new Map(), {
    declared: { ...declared, answers },
    period: template.period,
    place: 'seaside',
    placeName: 'Seaside',
    at: '2027-09-01' as LocalDate,
    registerVersion: null,
    audit: null,
  });
}

describe('a template that a user wrote', () => {
  it('goes out as a workbook and comes back', async () => {
    const template = await loadTemplate(config, 'beach-safety-2027');
    const filled = await build({
      'patrols.cost': 9.5,
      'incidents.flag': 'Red flag',
      'incidents.since': '01/06/2027',
      'incidents.depth': -2.25,
    });
    const read = await readWorkbook(await writeWorkbook(filled, template), {
      place: 'seaside',
      load: (id) => loadTemplate(config, id),
    });
    expect(read).toMatchObject({ problems: [], changed: [] });
    expect(submissionName(filled, template)).toBe('Beaches of Seaside');
  });

  it('is built, calculated and counted without a line of code', async () => {
    const document = await build();
    expect(document.counts).toEqual({ Patrols: { answered: 3, total: 4 }, Incidents: { answered: 0, total: 3 } });
    expect(document.sheets[0]?.calculated.map(({ id, shown }) => [id, shown])).toEqual([
      ['patrols.total', '30'],
      ['patrols.last-year', '28'],
      ['patrols.target', '30'],
      ['patrols.rate', '150.00'],
    ]);
  });

  it('has a checklist of its questions, and is ready when every section is complete', async () => {
    const template = await loadTemplate(config, 'beach-safety-2027');
    const document = await build();
    expect(checklistOf(document, template).map(({ heading }) => heading)).toEqual(['1. Patrols', '2. Incidents']);
    expect(incompleteSections(document, template)).toEqual(['Patrols', 'Incidents']);
    const filled = { 'patrols.cost': 9.5, 'incidents.flag': 'Yellow flag', 'incidents.depth': -2.25 };
    expect(isReadyToSend(await build(filled), template)).toBe(true);
    expect(isReadyToSend(await build({ ...filled, 'patrols.july': 17 }), template)).toBe(false);
    expect(isReadyToSend(await build({ ...filled, 'patrols.july': 17, 'patrols.why': 'Rain.' }), template)).toBe(true);
    expect(isReadyToSend(await build({ ...filled, 'incidents.flag': 'Red flag' }), template)).toBe(false);
  });

  it('is checked by its own lists and limits', async () => {
    const problems = async (changes: Readonly<Record<string, Answer>>) =>
      (await build(changes)).findings.filter(({ rule }) => rule === 'ANSWER_NOT_ALLOWED').flatMap(({ questions }) => questions);
    expect(await problems({ 'patrols.cost': 50, 'incidents.flag': 'Red flag', 'incidents.depth': -10 })).toEqual([]);
    expect(await problems({ 'patrols.cost': 50.01, 'incidents.flag': 'Green flag', 'incidents.depth': -10.5 })).toEqual([
      'patrols.cost',
      'incidents.flag',
      'incidents.depth',
    ]);
  });

  it('is laid out as it says: what need not be filled is grey, what is known is pre-populated', async () => {
    const [patrols] = layOut(await build(), await loadTemplate(config, 'beach-safety-2027'));
    const styles = new Map(
      patrols?.rows.flat().flatMap((cell) => (cell === null ? [] : [[cell.question ?? cell.calculated ?? cell.value, cell.style]])),
    );
    expect([styles.get('patrols.june'), styles.get('patrols.total'), styles.get('patrols.why'), styles.get('Set by the council')]).toEqual([
      'input',
      'prepopulated',
      'irrelevant',
      'prepopulated',
    ]);
  });

  it.each<readonly [string, object, string]>([
    [
      'counts other than it prints',
      { sheetsPrinted: [{ name: 'Patrols', questions: 5 }, madeUp.sheetsPrinted[1]] },
      'holds 4 questions, printed 5',
    ],
    ['names a list it lacks', { lists: {} }, 'names the list flag, which the template lacks'],
    ['prints a sheet it lacks', { sheets: madeUp.sheets.slice(0, 1) }, 'sheet Incidents is printed but not there'],
    ['asks a question twice', { sheets: [madeUp.sheets[0], { ...madeUp.sheets[0], name: 'Incidents' }] }, 'a question id is used twice'],
    ['takes longer text than its limit', { limits: { number: { min: 0, max: 1 }, text: 10 } }, 'takes longer text than the limits'],
    ['ends before it begins', { period: { from: '2027-08-31', to: '2027-06-01' } }, 'the period ends before it begins'],
    [
      'waits for an answer in other letters than its list',
      { lists: { flag: { options: ['Red Flag'], notSeenInPrint: [] } } },
      'nobody can give',
    ],
    [
      'names a sheet as no workbook can',
      { sheets: [madeUp.sheets[0], { ...madeUp.sheets[1], name: 'Incidents/2027' }] },
      'cannot be named so',
    ],
    ['names a sheet as the gateway names its own', { sheets: [{ ...madeUp.sheets[0], name: 'evidence' }] }, 'cannot be named so'],
    [
      'has two sheets that differ in case',
      { sheets: [...madeUp.sheets, { ...madeUp.sheets[1], name: 'PATROLS' }] },
      'a sheet is there twice',
    ],
    [
      'is wider than a sheet',
      {
        sheets: [
          {
            name: 'Patrols',
            blocks: [
              { kind: 'grid', columns: Array.from({ length: 26 }, (_, at) => ({ key: `k${at}`, label: 'x' })), rows: [{ heading: 'x' }] },
            ],
          },
        ],
      },
      'has more than 25 columns',
    ],
    ['holds a key that no template has', { colour: 'blue' }, 'Unrecognized key'],
  ])('is refused when it %s', async (_, change, problem) => {
    await write({ ...madeUp, ...change }, 'wrong');
    await expect(loadTemplate(config, 'wrong')).rejects.toThrow(problem);
  });
});

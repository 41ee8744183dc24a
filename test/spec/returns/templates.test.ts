import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listTemplates, loadDeclared, loadTemplate, loadThresholds } from '../../../src/returns/load.ts';
import { renderReturnRules } from '../../../src/returns/rule-book.ts';
import { declaredJsonSchemaText, returnTemplateJsonSchemaText } from '../../../src/returns/schema.ts';
import { calculationsOf, questionsOf, type ReturnTemplate } from '../../../src/returns/template.ts';
import { renderTemplateBook } from '../../../src/returns/template-book.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { matrixSettings } from '../../../src/shared/settings.ts';
import { conditions, quarters } from '../../fixtures/returns/southend-2016-17.ts';

const config = join(packageRoot(), 'config');
const templates = new Map<string, ReturnTemplate>();
beforeAll(async () => {
  for (const id of quarters) templates.set(id, await loadTemplate(config, id));
});
const templateOf = (quarter: number): ReturnTemplate => {
  const template = templates.get(quarters[quarter - 1] ?? '');
  if (template === undefined) throw new Error('there is no such quarter');
  return template;
};
/** Everything a sheet says, as one text. */
const printOf = (quarter: number, sheet: string): string =>
  JSON.stringify(templateOf(quarter).sheets.find(({ name }) => name === sheet) ?? '');
const asked = (quarter: number, sheet: string) => questionsOf(templateOf(quarter)).filter((question) => question.sheet === sheet);
const ids = (quarter: number, sheet: string): string[] => asked(quarter, sheet).map(({ id }) => id);

/** The 67 questions of the sheet, whose ids are published. */
const measures = [
  ...['correspondence', 'retrieve'].flatMap((line) => matrixSettings.map((setting) => `am.nhs-number.${line}.${setting}`)),
  ...matrixSettings.flatMap((from) => matrixSettings.map((to) => `am.sharing.${from}.${to}`)),
  ...['status', 'go-live'].flatMap((line) => matrixSettings.map((setting) => `am.open-api.${line}.${setting}`)),
  'am.dicr.pilot',
  ...['in-place', 'new', 'stopped', 'percent-chc'].map((cell) => `am.phb.${cell}`),
  'am.teams.non-acute',
  'am.teams.acute',
];

/** Questions by sheet, as the cover of each printed return counts them. */
const counts: readonly (readonly [string, number | undefined, number | undefined, number | undefined, number | undefined])[] = [
  ['Cover', 5, 5, 5, 5],
  ['Budget Arrangements', 2, 1, 1, 1],
  ['National Conditions', 36, 36, 36, 24],
  ['I&E', 21, 15, 17, 19],
  ['Supporting Metrics', 13, 13, 13, 13],
  ['Year End Feedback', undefined, undefined, undefined, 13],
  ['Additional Measures', 67, 67, 67, 67],
  ['Narrative', 1, 1, 1, 1],
];

describe('the templates of 2016-17', () => {
  it('are the four quarters, each with the one before', async () => {
    expect(await listTemplates(config)).toEqual(expect.arrayContaining([...quarters]));
    expect(quarters.map((id) => templates.get(id)?.previous)).toEqual([undefined, ...quarters.slice(0, 3)]);
  });

  it.each(counts)('%s asks as many questions as the print counts, quarter by quarter', (sheet, ...printed) => {
    printed.forEach((count, index) => {
      const counted = asked(index + 1, sheet).filter((question) => question.counted);
      expect(counted.length, `quarter ${index + 1}`).toBe(count ?? 0);
      expect(templateOf(index + 1).sheetsPrinted.find(({ name }) => name === sheet)?.questions).toBe(count);
    });
  });

  it('ask 145, 138, 140 and 143 questions', () => {
    expect([1, 2, 3, 4].map((quarter) => questionsOf(templateOf(quarter)).filter(({ counted }) => counted).length)).toEqual([
      145, 138, 140, 143,
    ]);
  });

  it.each([1, 2, 3, 4])('quarter %i asks the 67 questions of Additional Measures in printed order', (quarter) => {
    expect(ids(quarter, 'Additional Measures')).toEqual(measures);
  });

  it('have the JSON Schema that is published', async () => {
    const committed = (name: string) => readFile(join(config, `../docs/generated/${name}.schema.json`), 'utf8');
    expect(await committed('return-template')).toBe(returnTemplateJsonSchemaText());
    expect(await committed('return-declared')).toBe(declaredJsonSchemaText());
  });

  it('have their rule book published', async () => {
    const committed = await readFile(join(config, '../docs/rules/returns.md'), 'utf8');
    expect(committed).toBe(renderReturnRules(await loadThresholds(config)));
  });

  it('have a page of what each asks', async () => {
    const all = await Promise.all((await listTemplates(config)).map((id) => loadTemplate(config, id)));
    expect(await readFile(join(config, '../docs/rules/return-templates.md'), 'utf8')).toBe(renderTemplateBook(all));
  });

  it('come with thresholds that give their reasons, and declared answers that the template asks', async () => {
    const thresholds = await loadThresholds(config);
    expect(thresholds.nhsNumberOnCorrespondence).toMatchObject({ completeness: 0.95, verified: 0.95 });
    const declared = await loadDeclared(config, 'southend-on-sea', templateOf(3));
    expect(declared?.answers['am.phb.in-place']?.answer).toBe(24);
    expect(Object.keys(declared?.previous ?? {})).toEqual(['bcf-2016-17-q2', 'bcf-2016-17-q1']);
  });

  it('say where each damaged word of the print comes from', () => {
    for (const [, { repairs, source }] of templates) {
      expect(source).toContain('June 2017 papers');
      expect(repairs.length).toBeGreaterThan(5);
      for (const repair of repairs) expect(repair.reason).not.toBe('');
    }
  });

  it('refuse a template that is not there, and name those that are', async () => {
    await expect(loadTemplate(config, '../../package')).rejects.toMatchObject({ code: 'RETURN_TEMPLATE_UNKNOWN', exit: 2 });
    await expect(loadTemplate(config, 'thresholds')).rejects.toMatchObject({ code: 'RETURN_TEMPLATE_UNKNOWN' });
  });
});

/** [what differs, sheet, what is printed in Q1, Q2, Q3, Q4; undefined = as in the quarter before] */
type Difference = readonly [string, string, string, string | undefined, string | undefined, string | undefined];
const within = (quarter: string) => `why the condition was not met within ${quarter} (in-line with signed off plan)`;
const differences: readonly Difference[] = [
  [
    'number of conditions in the introduction',
    'National Conditions',
    'sets out eight national conditions',
    'The Spending Round established six national conditions',
    undefined,
    undefined,
  ],
  [
    'condition 7',
    'National Conditions',
    '7) Agreement to invest in NHS commissioned out of hospital services, which may',
    '7) Agreement to invest in NHS commissioned out-of-hospital services"',
    undefined,
    undefined,
  ],
  [
    'condition 2 is measured against',
    'National Conditions',
    'in a manner consistent with 2015-16.',
    undefined,
    undefined,
    'in a manner consistent with 2016-17.',
  ],
  ['period of the explanation', 'National Conditions', within('this quarter'), undefined, undefined, within('the year')],
  [
    'drop-down of a condition',
    'National Conditions',
    "Please Select ('Yes', 'No' or 'No - In Progress')",
    undefined,
    undefined,
    'Please Select (Yes or No)',
  ],
  [
    'heading of the conditions',
    'National Conditions',
    'Condition (please refer to the detailed definition below)',
    undefined,
    undefined,
    '"Condition"',
  ],
  ['name of a measure', 'Additional Measures', '5. Proposed Measure:', undefined, undefined, '5. Proposed Metric:'],
  [
    'heading of measures 1 to 3',
    'Additional Measures',
    'Improving Data Sharing: (Measures 1-3)',
    undefined,
    undefined,
    '"text":"Additional Measures"},{"kind":"place","label":"Selected Health and Well Being Board:"},{"kind":"heading","text":"1.',
  ],
  ['population', 'Additional Measures', 'Population (Mid 2016)', undefined, undefined, 'Population (Mid 2017)'],
  [
    'footnote of the population',
    'Additional Measures',
    'as we have moved into the new calendar year',
    'updated to the mid-year 2016 estimates as we moved',
    undefined,
    'updated to the mid-year 2017 estimates as we moved',
  ],
  ['heading of the pooled fund', 'I&E', 'Total BCF pooled budget for 2016-17 (Rounded)', '"Pooled Fund"', undefined, undefined],
  [
    'when to comment on totals',
    'I&E',
    'between the planned / forecasted annual totals and the pooled fund',
    'between the forecasted annual total and the pooled fund',
    undefined,
    'between the forecasted / actual annual totals and the pooled fund',
  ],
  [
    'when to comment on the quarter',
    'I&E',
    '- The Q1 actual differs from the Q1 plan',
    '- The Q2 actual differs from the Q2 plan',
    '- The Q3 actual differs from the Q3 plan',
    'Please comment if there is a difference',
  ],
  [
    'heading of the figures',
    'I&E',
    'Q1 2016/17 Amended Data:',
    'Q2 2016/17 Amended Data:',
    'Q3 2016/17 Amended Data:',
    'Q4 2016/17 Amended Data:',
  ],
  [
    'question of the pool',
    'Budget Arrangements',
    'Have the funds been pooled via a s.75 pooled budget?',
    'can you confirm that they have now?',
    undefined,
    'can you now confirm that they have now?',
  ],
  [
    'prompt of the narrative',
    'Narrative',
    'Please also make reference to performance across any other relevant areas',
    'A recommendation would be to offer a narrative around the stocktake themes',
    undefined,
    'performance in Q4 16/17 and the year as a whole.',
  ],
  [
    'quarter of the narrative',
    'Narrative',
    'performance in Q1 16/17',
    'performance in Q2 16/17',
    'performance in Q3 16/17',
    'performance in Q4 16/17',
  ],
  ['quarter of the cover', 'Cover', 'Q1 2016/17', 'Q2 2016/17', 'Q3 2016/17', 'Q4 2016/17'],
];

describe('what differs between the quarters', () => {
  it.each(differences)('%s', (_, sheet, ...texts) => {
    let printed = '';
    texts.forEach((text, index) => {
      printed = text ?? printed;
      expect(printOf(index + 1, sheet), `quarter ${index + 1}`).toContain(printed);
    });
  });

  it('the twelve conditions are asked in every quarter, whatever number the introduction says; their definitions say eight', () => {
    for (const quarter of [1, 2, 3, 4]) {
      expect(ids(quarter, 'National Conditions').filter((id) => id.endsWith('.answer'))).toEqual(conditions.map((id) => `nc.${id}.answer`));
      expect(ids(quarter, 'National Conditions').filter((id) => id.endsWith('.date'))).toHaveLength(quarter === 4 ? 0 : 12);
      expect(printOf(quarter, 'National Conditions')).toContain(
        'BCF planning guidance sets out eight national conditions for access to the Fund:',
      );
      expect(printOf(quarter, 'National Conditions')).toContain(
        '8) Agreement on local action plan to reduce delayed transfers of care (DTOC)',
      );
    }
  });

  it('earlier answers to the conditions are shown from the second quarter', () => {
    const shown = [1, 2, 3, 4].map((quarter) =>
      [1, 2, 3].filter((n) => printOf(quarter, 'National Conditions').includes(`Q${n} Submission Response`)),
    );
    expect(shown).toEqual([[], [1], [1, 2], [1, 2, 3]]);
  });

  it('Additional Measures is sheet 6, and sheet 7 in the fourth quarter, which adds the year-end feedback', () => {
    const place = [1, 2, 3, 4].map(
      (quarter) => templateOf(quarter).sheetsPrinted.findIndex(({ name }) => name === 'Additional Measures') + 1,
    );
    expect(place).toEqual([6, 6, 6, 7]);
    expect(printOf(4, 'Checklist')).toContain('6. Year End Feedback');
  });

  it('the plan is entered in the first quarter and pre-populated from it afterwards', () => {
    const plans = (quarter: number) => ids(quarter, 'I&E').filter((id) => id.includes('.plan.')).length;
    expect([1, 2, 3, 4].map(plans)).toEqual([8, 0, 0, 0]);
    for (const quarter of [2, 3, 4]) {
      const plan = calculationsOf(templateOf(quarter)).filter(({ id }) => /^ie\.(income|expenditure)\.plan\.q/.test(id));
      expect(plan.map(({ formula, from }) => [formula, ...from])).toEqual(Array.from({ length: 8 }, () => ['previous', 'bcf-2016-17-q1']));
    }
  });

  it('actual figures are open up to the quarter of the return, and have an annual total in the fourth', () => {
    const actual = (quarter: number) =>
      ids(quarter, 'I&E')
        .filter((id) => id.startsWith('ie.income.actual.'))
        .map((id) => id.slice(-2));
    expect([1, 2, 3, 4].map(actual)).toEqual([['q1'], ['q1', 'q2'], ['q1', 'q2', 'q3'], ['q1', 'q2', 'q3', 'q4']]);
    const total = (quarter: number) => calculationsOf(templateOf(quarter)).some(({ id }) => id === 'ie.income.actual.total');
    expect([1, 2, 3, 4].map(total)).toEqual([false, false, false, true]);
  });

  it("what was returned before is shown from the second quarter, and says 'total income' for expenditure too, as printed", () => {
    const label = 'Please provide, plan, forecast, and actual of total income into the fund';
    expect([1, 2, 3, 4].map((quarter) => printOf(quarter, 'I&E').split(label).length - 1)).toEqual([0, 2, 2, 2]);
    for (const quarter of [2, 3, 4]) {
      const before = calculationsOf(templateOf(quarter)).find(({ id }) => id === 'ie.previous.expenditure.forecast.q1');
      expect(before).toMatchObject({ of: ['ie.expenditure.forecast.q1'], from: [`bcf-2016-17-q${quarter - 1}`] });
    }
  });

  it('the footnote of the year-end feedback calls its questions 11 and 12, as printed, and they are 8 and 9', () => {
    const sheet = printOf(4, 'Year End Feedback');
    for (const text of [
      'Question 11 and 12 are free text responses',
      '8. What have been your greatest successes',
      '9. What have been your greatest challenges',
    ])
      expect(sheet).toContain(text);
  });

  it('a success is one question of two cells, and comments on statements are not counted', () => {
    const questions = asked(4, 'Year End Feedback');
    expect(questions.filter(({ counted }) => counted).map(({ id }) => id)).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => `ye.statement.${n}`),
      ...['success', 'challenge'].flatMap((kind) => [1, 2, 3].map((n) => `ye.${kind}.${n}`)),
    ]);
    expect(questions.find(({ id }) => id === 'ye.success.2.category')?.countedWith).toBe('ye.success.2');
  });

  it('the rate of personal health budgets has no decimals in the first and the last quarter, one between', () => {
    const decimals = [1, 2, 3, 4].map((quarter) => calculationsOf(templateOf(quarter)).find(({ id }) => id === 'am.phb.rate')?.decimals);
    expect(decimals).toEqual([0, 1, 1, 0]);
    const population = [1, 2, 3, 4].map((quarter) => templateOf(quarter).places['southend-on-sea']?.population.value);
    expect(population).toEqual([180_589, 180_589, 180_589, 182_046]);
  });

  it('guidance is whole in the second quarter, which alone was printed with it', () => {
    expect(printOf(2, 'Guidance')).toContain('by midday on 25th November 2016');
    expect(templateOf(2)).toMatchObject({ due: '2016-11-25', submission: { time: '12:00', fileName: '{place} HWB' } });
    for (const quarter of [1, 3, 4]) expect(printOf(quarter, 'Guidance')).toContain('The guidance of this quarter was not printed.');
    for (const quarter of [1, 2, 3, 4]) expect(printOf(quarter, 'Guidance')).toContain('restricted to values between 0 and 100,000,000');
  });
});

import { parse } from 'csv-parse/sync';
import type { Measure, MeasureReport } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportReturn, type ReturnFormat, returnFormats } from '../../../src/returns/formats/export.ts';
import { type Question, questionsOf } from '../../../src/returns/question.ts';
import { type Return, returnSchema } from '../../../src/returns/return.ts';
import type { ReturnTemplate } from '../../../src/returns/template.ts';
import { submissionName } from '../../../src/returns/workbook/file-name.ts';
import { templateOf } from '../../fixtures/returns/filled-workbook.ts';
import { declaredReturn, printedAnswers, printedReturn } from '../../fixtures/returns/southend-2016-17.ts';
import { parseMarkup, structureFaults } from '../../support/markup.ts';

let template: ReturnTemplate;
let document: Return;
let questions: readonly Question[];
beforeAll(async () => {
  template = await templateOf('bcf-2016-17-q4');
  document = printedReturn(template);
  questions = questionsOf(template);
});

const exported = async (format: ReturnFormat, of: Return = document): Promise<string> =>
  (await exportReturn(of, template, format)).content.toString('utf8');

describe('an exported return', () => {
  it('is named as the template asks, in every form', async () => {
    const names = await Promise.all(
      Object.keys(returnFormats).map(async (format) => (await exportReturn(document, template, format as ReturnFormat)).name),
    );
    expect(names).toEqual(['xlsx', 'html', 'csv', 'json', 'fhir.json'].map((ending) => `Southend-on-Sea HWB.${ending}`));
    expect(submissionName({ ...document, placeName: 'County Durham' }, template)).toBe('County Durham HWB');
    expect(submissionName({ ...document, placeName: '../Stoke\n"on" Trent: $& ' }, template)).toBe('Stoke on Trent $& HWB');
  });

  it('as JSON is the published shape, and loses nothing', async () => {
    expect(returnSchema.parse(JSON.parse(await exported('json')))).toEqual(document);
  });
});

describe('as CSV', () => {
  const rows = async (of: Return = document): Promise<Record<string, string>[]> =>
    parse(await exported('csv', of), { bom: true, columns: true });

  it('there is one row for each question, with the answer as it is and as it prints', async () => {
    const table = await rows();
    expect(table.map(({ question }) => question)).toEqual(questions.map(({ id }) => id));
    expect(table.find(({ question }) => question === 'ie.income.forecast.q1')).toMatchObject({
      answer: '3282763',
      printed: '£3,282,763',
      provenance: 'declared',
    });
    expect(table.find(({ question }) => question === 'am.phb.percent-chc')).toMatchObject({ answer: '94', printed: '94%' });
    expect(table.find(({ question }) => question === 'am.sharing.gp.hospital')?.findings).toContain('OPEN_API');
  });

  it.each(['=HYPERLINK("http://x.example/","y")', '+1+1', '-1+1', '@SUM(1)', '\tx', '\rx'])(
    '%j is text in a spreadsheet, never a formula',
    async (words) => {
      const table = await rows(declaredReturn(template, { ...printedAnswers(template.id), 'narrative.text': words }));
      expect(table.find(({ question }) => question === 'narrative.text')?.answer).toBe(`'${words}`);
    },
  );
});

describe('as FHIR', () => {
  const bundle = async (of: Return = document) =>
    JSON.parse(await exported('fhir', of)) as {
      type: string;
      entry: [{ fullUrl: string; resource: Measure }, { fullUrl: string; resource: MeasureReport }];
    };

  it('a MeasureReport names the Measure beside it, and has what R4 requires', async () => {
    const { type, entry } = await bundle();
    const [{ resource: measure }, { resource: report }] = entry;
    expect(type).toBe('collection');
    expect(report).toMatchObject({ resourceType: 'MeasureReport', type: 'summary', period: { start: '2017-01-01', end: '2017-03-31' } });
    expect(report.measure).toBe(`${measure.url}|${measure.version}`);
    expect(['complete', 'pending', 'error']).toContain(report.status);
    expect(measure).toMatchObject({ resourceType: 'Measure', status: 'active', url: entry[0].fullUrl });
    for (const { id } of [measure, report]) expect(id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
    expect(measure.name).toMatch(/^[A-Z][A-Za-z0-9_]{0,254}$/);
    // Measure.group.population.criteria is 1..1, with a language and an expression (Expression, exp-1).
    for (const { population = [] } of measure.group ?? [])
      for (const { criteria } of population) expect(criteria).toMatchObject({ language: 'text/fhirpath', expression: expect.any(String) });
    const groups = (of: Measure | MeasureReport) => (of.group ?? []).map(({ code }) => code?.text);
    expect(groups(report).filter((code) => !groups(measure).includes(code))).toEqual([]);
  });

  it('holds to mrp-2: a stratum is a value or components, never both, and a component has both its parts', async () => {
    const [, { resource: report }] = (await bundle()).entry;
    const strata = (report.group ?? []).flatMap(({ stratifier = [] }) => stratifier.flatMap(({ stratum = [] }) => stratum));
    expect(strata.length).toBeGreaterThan(100);
    for (const { value, component = [] } of strata) {
      expect((value !== undefined) !== component.length > 0).toBe(true);
      for (const part of component)
        expect([part.code.coding?.[0]?.code, part.value.text]).toEqual([expect.any(String), expect.any(String)]);
    }
  });

  it('holds each counted, chosen or dated answer, and no free text', async () => {
    const [, { resource: report }] = (await bundle()).entry;
    const json = JSON.stringify(report);
    for (const { id, input } of questions) {
      const answered = document.sheets.flatMap((sheet) => sheet.questions).find((cell) => cell.id === id)?.answer !== null;
      expect(json.includes(`"code":"${id}"`), id).toBe(answered && input.kind !== 'text');
    }
    expect(json).not.toContain('programme.lead@example.org');
    const rate = report.group?.find(({ code }) => code?.coding?.[0]?.code === 'am.phb.rate');
    expect(rate).toMatchObject({ population: [{ count: 24 }, { count: 182_046 }], measureScore: { value: 13.1835, unit: 'per 100,000' } });
  });

  it('says that a rehearsal is no real report', async () => {
    const [, { resource: report }] = (await bundle({ ...document, rehearsal: true, note: 'Rehearsal' })).entry;
    expect(report.meta?.tag?.[0]?.code).toBe('HTEST');
  });
});

describe('as a board paper', () => {
  it('can be read by everybody, loads nothing and runs nothing', async () => {
    const page = await exported('html');
    const elements = parseMarkup(page);
    expect(structureFaults(elements)).toEqual([]);
    expect(elements.filter(({ name }) => ['script', 'link', 'img', 'iframe', 'object', 'form', 'base'].includes(name))).toEqual([]);
    for (const { attributes } of elements)
      for (const [name, value] of attributes) if (/^(src|href|action|style|on\w+)$/.test(name)) expect(value).toMatch(/^#/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('@media print');
  });

  it('draws the 36 cells of the matrix, and says the same in a table behind the drawing', async () => {
    const elements = parseMarkup(await exported('html'));
    const drawn = elements.filter(({ name, parent }) => name === 'title' && parent?.name === 'g').map(({ text }) => text);
    expect(drawn).toHaveLength(36);
    expect(drawn.filter((words) => words.endsWith('Shared via Open API'))).toHaveLength(18);
    expect(drawn).toContain('GP to Social care: Not currently shared digitally');
    const table = elements.find(({ name, text }) => name === 'table' && text.startsWith('The same in words'));
    const said = elements.filter(({ name, parent }) => name === 'td' && parent?.parent?.parent === table).map(({ text }) => text);
    expect(said).toEqual(drawn.map((words) => words.slice(words.indexOf(': ') + 2)));
  });

  it('tells tables apart that the sheet prints under the same heading, and what is not asked from what is not answered', async () => {
    const rehearsal = { ...document, rehearsal: true, note: 'Rehearsal over another quarter.' };
    const elements = parseMarkup(await exported('html', rehearsal));
    const captions = elements.filter(({ name }) => name === 'caption').map(({ text }) => text);
    expect(captions).toEqual(
      expect.arrayContaining(['Cover', 'Income: Previously returned data', 'Expenditure: Previously returned data']),
    );
    expect(captions).not.toContain(rehearsal.note);
    // The conditions are met, so neither a date nor an explanation is asked.
    expect(elements.filter(({ name, text }) => name === 'span' && text === 'Not asked').length).toBeGreaterThan(10);
  });

  it('tells the findings, where answers come from, and whose they are', async () => {
    const page = await exported('html');
    for (const { rule } of document.findings) expect(page).toContain(rule);
    expect(page).toContain('£3,282,763');
    expect(page).toMatch(/Declared by people<\/dt><dd>\d+ answers/);
  });

  it('leaves contacts out, because board papers are public, and escapes what people wrote', async () => {
    const answers = { ...printedAnswers(template.id), 'narrative.text': '<script>alert("x")</script> & "so on"' };
    const page = await exported('html', declaredReturn(template, answers));
    expect(page).not.toContain('programme.lead@example.org');
    expect(page).not.toContain('01632');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;');
    expect(structureFaults(parseMarkup(page))).toEqual([]);
  });

  it('has no matrix where the template does not ask', async () => {
    const without = { ...document, sheets: document.sheets.filter(({ name }) => name !== 'Additional Measures') };
    expect(await exported('html', without)).not.toContain('<svg');
  });
});

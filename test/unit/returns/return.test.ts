import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { assembleReturn, observe } from '../../../src/returns/build.ts';
import { diffReturns } from '../../../src/returns/diff.ts';
import { releaseCount, releaseShare } from '../../../src/returns/disclosure.ts';
import { layOut } from '../../../src/returns/layout.ts';
import { loadTemplate, loadThresholds } from '../../../src/returns/load.ts';
import { matrixCsv, renderMatrix } from '../../../src/returns/matrix.ts';
import { parsePeriod, printDate, quarterOf, readPrintedDate } from '../../../src/returns/period.ts';
import { answersOf, type Return, returnSchema } from '../../../src/returns/return.ts';
import type { ReturnTemplate } from '../../../src/returns/template.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { factsOf, flowBetween, landedOn, openEndpoint, quarter, smallPlace } from '../../fixtures/returns/register.ts';
import { declaredReturn, printedAnswers } from '../../fixtures/returns/southend-2016-17.ts';

const config = join(packageRoot(), 'config');
let template: ReturnTemplate;
let observed: Return;

async function observedReturn(declared: Readonly<Record<string, string | number>> = {}): Promise<Return> {
  const place = smallPlace(
    [
      flowBetween('gp-hospital', 'gp', 'hospital', { route: 'open-api', endpoint: 'gp-api' }),
      flowBetween('hospital-gp', 'hospital', 'gp'),
      flowBetween('community-gp', 'community', 'gp'),
    ],
    { gp: [openEndpoint('gp-api')] },
  );
  const facts = factsOf(
    place,
    [landedOn('gp-hospital'), landedOn('hospital-gp', { received: 3, numberExpected: 3 })],
    await loadThresholds(config),
  );
  return assembleReturn(template, observe(facts), {
    declared: {
      template: template.id,
      place: 'southend-on-sea',
      source: 'A letter',
      filledBy: 'Programme lead',
      answers: Object.fromEntries(Object.entries(declared).map(([id, answer]) => [id, { answer }])),
      previous: {},
    },
    period: quarter,
    place: 'southend-on-sea',
    placeName: 'Southend-on-Sea',
    at: '2026-11-21' as LocalDate,
    registerVersion: 1,
    audit: { treeSize: 12, rootHash: 'ab' },
  });
}

beforeAll(async () => {
  template = await loadTemplate(config, 'bcf-2016-17-q2');
  observed = await observedReturn();
});

describe('a built return', () => {
  it('fills what was seen, proposes what the register says, and leaves the rest unanswered', () => {
    const cells = answersOf(observed);
    expect(cells.get('am.sharing.gp.hospital')).toMatchObject({ answer: 'Shared via Open API', provenance: 'observed' });
    expect(cells.get('am.sharing.community.gp')).toMatchObject({
      answer: 'Shared via interim solution',
      provenance: 'declared',
      filledBy: 'Register of flows (proposal)',
    });
    expect(cells.get('am.sharing.social-care.gp')).toMatchObject({
      answer: 'Not currently shared digitally',
      evidence: { flags: ['NO_FLOW_IN_REGISTER'] },
    });
    expect(cells.get('am.teams.acute')).toMatchObject({ answer: null, provenance: null, filledBy: null });
  });

  it('lets a human answer stand, and reports the difference', async () => {
    const document = await observedReturn({ 'am.sharing.gp.hospital': 'Not currently shared digitally' });
    expect(answersOf(document).get('am.sharing.gp.hospital')).toMatchObject({
      answer: 'Not currently shared digitally',
      provenance: 'declared',
      evidence: { observed: 'Shared via Open API' },
    });
    expect(document.findings).toContainEqual(expect.objectContaining({ rule: 'OBSERVED_DIFFERS', questions: ['am.sharing.gp.hospital'] }));
  });

  it('does not call a proposal of the register a contradiction of a human', async () => {
    const document = await observedReturn({ 'am.sharing.community.gp': 'Not currently shared digitally' });
    expect(document.findings.map(({ rule }) => rule)).not.toContain('OBSERVED_DIFFERS');
  });

  it('says that it is a rehearsal when its period is not the one of the template', () => {
    expect(observed).toMatchObject({
      rehearsal: true,
      period: quarter,
      templatePeriod: template.period,
      note: expect.stringContaining('Not for submission'),
    });
    expect(observed.findings).toContainEqual(expect.objectContaining({ rule: 'REHEARSAL_PERIOD', severity: 'information' }));
  });

  it('is of the published shape, and carries evidence on every cell', () => {
    expect(returnSchema.parse(JSON.parse(JSON.stringify(observed)))).toEqual(JSON.parse(JSON.stringify(observed)));
    for (const cell of answersOf(observed).values()) expect(cell.evidence).toMatchObject({ period: quarter, registerVersion: 1 });
  });

  it('shows no small count, and no share that gives one away', () => {
    const evidence = answersOf(observed).get('am.sharing.hospital.gp')?.evidence;
    expect(evidence?.deliveries).toEqual([expect.objectContaining({ flow: 'hospital-gp', received: '*', numberExpected: '*' })]);
    expect([0, 1, 7, 8, 12, 13].map(releaseCount)).toEqual([0, '*', '*', 10, 10, 15]);
    expect([releaseShare(3, 100), releaseShare(98, 99), releaseShare(0, 0)]).toEqual(['*', 100, null]);
  });

  it('works out the rate of personal health budgets from the population of the template', () => {
    const { sheets } = declaredReturn(template, printedAnswers(template.id));
    const [rate, population] = sheets.find(({ name }) => name === 'Additional Measures')?.calculated ?? [];
    expect(rate).toMatchObject({ id: 'am.phb.rate', shown: '13.3' });
    expect(rate?.value).toBeCloseTo(13.2898, 4);
    expect(population).toMatchObject({ id: 'am.phb.population', shown: '180,589' });
  });

  it('differs from another in the answers that changed', async () => {
    const other = await observedReturn({ 'am.dicr.pilot': 'Pilot being scoped' });
    expect(diffReturns(observed, other)).toEqual([{ id: 'am.dicr.pilot', before: null, after: 'Pilot being scoped' }]);
  });
});

describe('the matrix in a terminal', () => {
  it('fits 100 columns and marks what was not seen', () => {
    const text = renderMatrix(observed);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    const row = (heading: string) =>
      [...(text.split('\n').find((line) => line.startsWith(`│ ${heading}`)) ?? '').matchAll(/│\s+([OI–?!])\s+/g)]
        .map(([, sign]) => sign)
        .join('');
    expect(row('GP')).toBe('–O––––');
    expect(row('Hospital')).toBe('I–––––');
    expect(row('Community')).toBe('?–––––');
  });

  it('is also 36 rows of CSV', () => {
    expect(matrixCsv(observed).trim().split('\r\n')).toHaveLength(37);
    expect(matrixCsv(observed)).toContain('"gp","hospital","Shared via Open API","observed",""');
  });
});

describe('the sheets', () => {
  const sheetOf = (document: Return, sheet: string) => layOut(document, template).find(({ name }) => name === sheet)?.rows ?? [];
  const textsOf = (rows: ReturnType<typeof sheetOf>) => rows.map((cells) => cells.map((cell) => cell?.value ?? ''));

  it('print Additional Measures as the template does', () => {
    const rows = textsOf(sheetOf(declaredReturn(template, printedAnswers(template.id)), 'Additional Measures'));
    const rowOf = (label: string) => rows.find((cells) => cells.includes(label)) ?? [];
    expect(rows[0]).toEqual(['Additional Measures']);
    const to = ['To GP', 'To Hospital', 'To Social Care', 'To Community', 'To Mental health', 'To Specialised palliative'];
    expect(rowOf('To GP').slice(1)).toEqual(to);
    const [s, n] = ['Shared via Open API', 'Not currently shared digitally'];
    expect(rowOf('From GP')).toEqual(['From GP', s, s, n, s, s, n]);
    expect(rowOf('From Social Care')).toEqual(['From Social Care', n, n, s, n, n, n]);
    expect(rowOf('From Specialised Palliative')).toEqual(['From Specialised Palliative', n, n, n, n, n, s]);
    expect(rowOf('Progress status').slice(1)).toEqual(Array.from({ length: 6 }, () => 'In development'));
    expect(rowOf("Projected 'go-live' date (dd/mm/yy)").slice(1)).toEqual(Array.from({ length: 6 }, () => '31/03/17'));
    expect(rowOf('Total number of PHBs in place at the end of the quarter')[1]).toBe(24);
    expect(rowOf('Population (Mid 2016)')[1]).toBe(180_589);
  });

  it('offer each drop-down in exact case, on the cell that holds it', () => {
    const lists = sheetOf(observed, 'Additional Measures').flatMap((cells) =>
      cells.flatMap((cell) => (cell?.options ? [cell.options] : [])),
    );
    expect(lists).toHaveLength(12 + 36 + 6 + 1 + 2);
    expect(lists).toContainEqual(['Shared via Open API', 'Shared via interim solution', 'Not currently shared digitally']);
  });

  it('show amounts as pounds, and what need not be filled in grey', () => {
    const rows = sheetOf(declaredReturn(template, printedAnswers(template.id), printedAnswers('bcf-2016-17-q1')), 'I&E').flat();
    const cell = (id: string) => rows.find((one) => one?.question === id || one?.calculated === id);
    expect(cell('ie.income.forecast.q1')).toMatchObject({ style: 'input', value: 3_282_763, format: '"£"#,##0' });
    expect(cell('ie.income.plan.total')).toMatchObject({ style: 'prepopulated', value: 13_131_049, format: '"£"#,##0' });
    expect(cell('ie.income.comment')).toMatchObject({ style: 'irrelevant', value: null });
    expect(cell('ie.commentary')).toMatchObject({ style: 'input', value: 'no comment' });
  });

  it('colour the cover and the checklist: green where a section is complete, red where not', () => {
    const full = declaredReturn(template, printedAnswers(template.id), printedAnswers('bcf-2016-17-q1'));
    const colours = (document: Return, sheet: string) =>
      new Set(
        sheetOf(document, sheet)
          .flat()
          .flatMap((cell) => (cell && ['yes', 'no'].includes(cell.style) ? [cell.style] : [])),
      );
    expect([colours(full, 'Cover'), colours(full, 'Checklist')]).toEqual([new Set(['yes']), new Set(['yes'])]);
    expect([colours(observed, 'Cover'), colours(observed, 'Checklist')]).toEqual([new Set(['no']), new Set(['yes', 'no'])]);
  });
});

describe('periods', () => {
  it('read and print as the sheets write dates', () => {
    expect(parsePeriod('2026-10-01..2026-12-31')).toEqual(quarter);
    expect(quarterOf('2026-11-21' as LocalDate)).toEqual(quarter);
    expect(quarterOf('2016-02-29' as LocalDate)).toEqual({ from: '2016-01-01', to: '2016-03-31' });
    expect([printDate('2017-03-31', 'DD/MM/YY'), readPrintedDate('31/03/17'), readPrintedDate('31/02/2017')]).toEqual([
      '31/03/17',
      '2017-03-31',
      undefined,
    ]);
    for (const wrong of ['2026-12-31..2026-10-01', '2026-10-01', '2026-02-30..2026-03-01', '1..2..3']) {
      expect(() => parsePeriod(wrong)).toThrow(expect.objectContaining({ code: 'PERIOD_INVALID', exit: 2 }));
    }
  });
});

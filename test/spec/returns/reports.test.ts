import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/returns/reports/catalogue.ts';
import { listReports, loadReport, reportProblems } from '../../../src/returns/reports/load.ts';
import { periodOf, quarterLabel, quartersOf } from '../../../src/returns/reports/periods.ts';
import { sourceIds } from '../../../src/returns/reports/source-ids.ts';
import { type ReportPeriod, reportTemplateJsonSchemaText, reportTemplateSchema } from '../../../src/returns/reports/template.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config');
const day = (text: string): LocalDate => text as LocalDate;
const days = (from: string, to: string) => ({ from: day(from), to: day(to) });

/** [the period a report asks for, the day it is made, the days it is about] */
const periods: readonly (readonly [ReportPeriod, string, string, string])[] = [
  [{ kind: 'quarter' }, '2026-11-22', '2026-10-01', '2026-12-31'],
  [{ kind: 'quarter-before' }, '2026-11-22', '2026-07-01', '2026-09-30'],
  [{ kind: 'quarter-before' }, '2027-01-01', '2026-10-01', '2026-12-31'],
  [{ kind: 'quarters', count: 4 }, '2026-11-22', '2026-01-01', '2026-12-31'],
  [{ kind: 'quarters', count: 2 }, '2027-01-01', '2026-10-01', '2027-03-31'],
  [{ kind: 'calendar-year' }, '2026-11-22', '2026-01-01', '2026-12-31'],
  [{ kind: 'financial-year' }, '2027-03-31', '2026-04-01', '2027-03-31'],
  [{ kind: 'financial-year' }, '2027-04-01', '2027-04-01', '2028-03-31'],
];

describe('the period of a report', () => {
  it.each(periods)('%j made on %s is %s to %s', (kind, at, from, to) => {
    expect(periodOf(kind, day(at))).toEqual({ from, to });
  });

  it('is cut into the quarters it touches', () => {
    expect(quartersOf(days('2026-02-10', '2026-07-05'))).toEqual([
      days('2026-02-10', '2026-03-31'),
      days('2026-04-01', '2026-06-30'),
      days('2026-07-01', '2026-07-05'),
    ]);
    expect(quarterLabel(days('2026-04-01', '2026-06-30'))).toBe('Apr to Jun 2026');
    expect(quarterLabel(days('2026-07-01', '2026-07-05'))).toBe('2026-07-01 to 2026-07-05');
  });
});

describe('the reports of the configuration', () => {
  it('are those of the paper trail, and each can be built of what the gateway knows', async () => {
    const reports = await listReports(config);
    expect(reports).toEqual([
      'cag-annual-report',
      'interface-scorecard',
      'national-opt-out-compliance',
      'open-api-status',
      'opt-outs-honoured',
    ]);
    for (const id of reports) {
      const template = await loadReport(config, id);
      expect(template.cannotKnow.length, id).toBeGreaterThan(0);
      const measures = template.sections.flatMap(({ tables }) => tables).filter(({ source }) => source === 'measures');
      for (const key of measures.flatMap(({ rows = [] }) => rows))
        await expect(readFile(join(config, 'returns', 'measures', `${key}-2016-17.json`), 'utf8')).resolves.toContain(key);
    }
  });

  it('are refused with every problem: columns a source does not have, questions asked twice', () => {
    const table = { caption: 'Any', source: 'open-api', none: 'None', columns: [{ column: 'status' }, { column: 'price' }] };
    const asked = { id: 'why', text: 'Why?' };
    const template = reportTemplateSchema.parse({
      ...{ id: 'made-up', title: 'Made up', about: 'A test', source: 'Nobody', period: { kind: 'quarter' } },
      sections: [{ heading: 'One', tables: [table], questions: [asked, asked] }],
    });
    expect(reportProblems(template)).toEqual([
      expect.stringContaining('open-api has no column price; it has status, go-live'),
      expect.stringContaining('asks why twice'),
    ]);
    expect(
      reportTemplateSchema.safeParse({ ...template, sections: [{ heading: 'One', tables: [{ ...table, source: 'gossip' }] }] }).success,
    ).toBe(false);
  });

  it('are read by a published schema that is the one in force', async () => {
    const published = await readFile(join(packageRoot(), 'docs', 'generated', 'report-template.schema.json'), 'utf8');
    expect(published).toBe(reportTemplateJsonSchemaText());
  });

  it('can use every source, and every source says what it knows', () => {
    for (const id of sourceIds) {
      expect(catalogue[id].id).toBe(id);
      expect(Object.keys(catalogue[id].columns).length).toBeGreaterThan(0);
    }
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sheetCsv } from '../../register/documents/csv.ts';
import type { Page } from '../../register/documents/page.ts';
import { pageHtml } from '../../register/documents/page-html.ts';
import { longDate } from '../../register/documents/words.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { periodWords, reportPage } from './page.ts';
import type { Report } from './report.ts';
import { reportSheet } from './sheet.ts';

export const reportFormats = ['html', 'csv', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

const contents: Readonly<Record<ReportFormat, (report: Report) => string>> = {
  html: (report) => pageHtml(reportPage(report)),
  csv: (report) => sheetCsv(reportSheet(report)),
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

/** One form of a report. */
export const renderReport = (report: Report, format: ReportFormat): string => contents[format](report);

const nameOf = (report: Report, format: ReportFormat): string => `${report.report}-${report.place}.${format}`;

/** Writes reports in every form, and a page that leads to each. @returns paths, the page last */
export async function writeReports(reports: readonly Report[], directory: string): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const files: string[] = [];
  const write = async (name: string, content: string): Promise<void> => {
    files.push(join(directory, name));
    await writeFile(join(directory, name), content);
  };
  for (const report of reports) for (const format of reportFormats) await write(nameOf(report, format), renderReport(report, format));
  await write('index.html', pageHtml(indexPage(reports)));
  return files;
}

const indexPage = (reports: readonly Report[]): Page => ({
  title: `Reports on data sharing: ${[...new Set(reports.map(({ placeName }) => placeName))].join(', ')}`,
  intro: ['Made by the gateway from its register of flows, its receipts and its log. Each says what it could not know.'],
  sections: reports.map((report) => ({
    heading: report.title,
    blocks: [
      { kind: 'text', text: `${report.about} ${periodWords(report.period)}, made on ${longDate(report.madeOn as LocalDate)}.` },
      {
        kind: 'links',
        links: reportFormats.map((format) => ({ href: nameOf(report, format), text: `${report.title}, as ${format.toUpperCase()}` })),
      },
    ],
  })),
});

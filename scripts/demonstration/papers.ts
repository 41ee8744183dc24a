import { readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { App } from '../../src/app.ts';
import type { Link, Page } from '../../src/register/documents/page.ts';
import { pageHtml } from '../../src/register/documents/page-html.ts';
import { writeFolder } from '../../src/returns/evidence-pack/folder.ts';
import { makeEvidencePack } from '../../src/returns/evidence-pack/make.ts';
import { listReports } from '../../src/returns/reports/load.ts';
import { makeReport } from '../../src/returns/reports/make.ts';
import type { Report } from '../../src/returns/reports/report.ts';
import { writeReports } from '../../src/returns/reports/write.ts';
import type { LocalDate } from '../../src/shared/clock.ts';

/** The evidence pack of the return, and every report of the configuration. @returns the page of each that leads to the rest */
export async function writePapers(
  app: App,
  asked: { readonly returnId: string; readonly place: string; readonly today: LocalDate; readonly actor: string },
): Promise<string[]> {
  const { returnId, place, today, actor } = asked;
  const folder = join(app.home.out, 'evidence');
  // A demonstration run again on the same home replaces its own pack.
  await rm(folder, { recursive: true, force: true });
  const pack = await makeEvidencePack(app, { id: returnId }, actor);
  await writeFolder(pack.files, folder);
  const reports: Report[] = [];
  for (const report of await listReports(app.config.configDirectory)) {
    reports.push((await makeReport(app, { report, place, at: today }, actor)).report);
  }
  const written = await writeReports(reports, join(app.home.out, 'reports'));
  return [join(folder, 'index.html'), ...written.slice(-1)];
}

interface Folder {
  readonly heading: string;
  readonly about: string;
  /** What a file is to somebody who sees it the first time, by the end of its name; the first that fits. Others are reached from these. */
  readonly files: readonly (readonly [ending: string, words: string])[];
}

const folders: Readonly<Record<string, Folder>> = {
  return: {
    heading: 'The return',
    about: 'The filled Better Care Fund return: answers observed by the gateway beside answers that people declared.',
    files: [
      ['.html', 'Board paper: what is complete, what contradicts, who shares with whom, every answer'],
      ['HWB.xlsx', 'Workbook, printed as the national team prints it, under the name to send it by'],
      ['HWB.csv', 'Every answer as a table (CSV)'],
      ['.fhir.json', 'The same as a FHIR R4 MeasureReport with its Measure'],
      ['matrix.csv', 'The matrix of sharing as a table (CSV)'],
      ['evidence.json', 'What is behind every cell, as data (JSON)'],
      ['return.json', 'The return itself, as data (JSON)'],
    ],
  },
  evidence: {
    heading: 'Evidence behind the return',
    about:
      'Every cell with what is behind it, for an auditor who sees nothing of the data. `scripts/haven return verify-evidence FOLDER` checks it.',
    files: [['evidence/index.html', 'Evidence pack: every cell, flow and delivery, and how to check it']],
  },
  reports: {
    heading: 'Other returns and reports',
    about: 'Opt-outs honoured, Open API status, national data opt-out, section 251 support, interface scorecard.',
    files: [['reports/index.html', 'All reports, as pages and as data']],
  },
  documents: {
    heading: 'Documents of the register',
    about: 'What an IG lead files, sends and publishes; made from the register, and marked where only people can say something.',
    files: [
      [
        'documents/documents-southend-on-sea.html',
        'All documents: record of processing, flow map, impact assessment, annex to an application',
      ],
      ['.svg', 'Map of the data flows (SVG)'],
    ],
  },
};

/** One page that leads to every paper of the folder `out`. @returns its path */
export async function writeContents(out: string): Promise<string> {
  const names = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const links = (folder: string, { files }: Folder): Link[] =>
    files.flatMap(([ending, text]) => {
      const name = names.find((one) => one.startsWith(`${folder}/`) && one.endsWith(ending));
      return name === undefined ? [] : [{ href: encodeURI(name), text }];
    });
  const page: Page = {
    title: 'What the demonstration wrote',
    intro: ['A synthetic borough went through the whole gateway. None of its people is real.'],
    sections: Object.entries(folders)
      .filter(([name, folder]) => links(name, folder).length > 0)
      .map(([name, folder]) => ({
        heading: folder.heading,
        blocks: [
          { kind: 'text', text: folder.about },
          { kind: 'links', links: links(name, folder) },
        ],
      })),
  };
  const path = join(out, 'index.html');
  await writeFile(path, pageHtml(page));
  return path;
}

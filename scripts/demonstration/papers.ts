import { readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { App } from '../../src/app.ts';
import type { Page } from '../../src/register/documents/page.ts';
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

/** What is in each folder, for somebody who sees it the first time. */
const folders: Readonly<Record<string, { readonly heading: string; readonly about: string }>> = {
  return: { heading: 'The return', about: 'The filled Better Care Fund return: a workbook, and the same as data.' },
  evidence: {
    heading: 'Evidence behind the return',
    about: 'Every cell with what is behind it, for an auditor who sees nothing of the data. Check it with: haven return verify-evidence',
  },
  reports: {
    heading: 'Other returns and reports',
    about: 'Opt-outs honoured, Open API status, national data opt-out, section 251 support, interface scorecard.',
  },
  documents: {
    heading: 'Documents of the register',
    about: 'Record of processing, data flow map, impact assessment, annex to an application.',
  },
};

/** One page that leads to every file of the folder `out`. @returns its path */
export async function writeContents(out: string): Promise<string> {
  const files = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name !== 'index.html')
    .sort();
  // The page that leads to the others first, then pages, then data.
  const rank = (name: string): number => (/\/(?:index|documents-[^/]*)\.html$/.test(name) ? 0 : name.endsWith('.html') ? 1 : 2);
  const of = (folder: string): string[] =>
    files.filter((name) => name.startsWith(`${folder}/`)).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const page: Page = {
    title: 'What the demonstration wrote',
    intro: ['A synthetic borough went through the whole gateway. None of its people is real.'],
    sections: Object.entries(folders)
      .filter(([folder]) => of(folder).length > 0)
      .map(([folder, { heading, about }]) => ({
        heading,
        blocks: [
          { kind: 'text', text: about },
          { kind: 'links', links: of(folder).map((name) => ({ href: name, text: name.slice(folder.length + 1) })) },
        ],
      })),
  };
  const path = join(out, 'index.html');
  await writeFile(path, pageHtml(page));
  return path;
}

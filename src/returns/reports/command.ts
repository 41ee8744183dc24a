import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { OpenApp } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { type LocalDate, localDate, parseLocalDate } from '../../shared/clock.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { parsePeriod } from '../period.ts';
import { catalogue } from './catalogue.ts';
import { listReports, loadReport } from './load.ts';
import { makeReport } from './make.ts';
import type { Report } from './report.ts';
import type { ReportFacts } from './source.ts';
import { writeReports } from './write.ts';

interface BuildOptions {
  readonly template: string;
  readonly place: string;
  readonly out: string;
  readonly period?: string;
  readonly asOf?: string;
}

const configDirectory = (): string => loadConfig(process.env, process.cwd()).configDirectory;

function requireDate(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date !== undefined) return date;
  throw new GatewayError('DATE_INVALID', 'Give --as-of a date that exists, written YYYY-MM-DD.', { exit: exitCode.usage });
}

/** `haven return report build | list | sources`. */
export function addReportCommands(returns: Command, open: OpenApp, out: Output): void {
  const report = returns.command('report').description('other returns and reports on data sharing, each a file of config/returns/reports');

  report
    .command('build')
    .description('writes a report, or all of them, as HTML, CSV and JSON, with a page that leads to each')
    .requiredOption('--template <id>', 'report, as `haven return report list` names it, or all')
    .requiredOption('--place <id>', 'place of the register, e.g. southend-on-sea')
    .requiredOption('--out <dir>', 'directory for the files')
    .option('--period <from..to>', "first day..last day; default the report's own")
    .option('--as-of <date>', 'the day it is made; default today')
    .action(async (options: BuildOptions) => {
      const app = await open();
      const { place, template } = options;
      const at = options.asOf === undefined ? localDate(app.clock.now()) : requireDate(options.asOf);
      const period = options.period === undefined ? undefined : (parsePeriod(options.period) as ReportFacts['period']);
      const wanted = template === 'all' ? await listReports(app.config.configDirectory) : [template];
      const made: { readonly report: Report; readonly sha256: string }[] = [];
      for (const one of wanted) {
        const asked = { report: one, place, at, ...(period === undefined ? {} : { period }) };
        made.push(await makeReport(app, asked, `command-line:${userInfo().username}`));
      }
      const files = await writeReports(
        made.map(({ report: each }) => each),
        options.out,
      );
      out.print(
        out.json
          ? {
              files,
              reports: made.map(({ report: each, sha256 }) => ({ report: each.report, period: each.period, counts: each.counts, sha256 })),
            }
          : [...made.map(({ report: each }) => describe(each)), `Wrote ${files.length} files. Begin with ${files.at(-1)}.`].join('\n'),
      );
    });

  report
    .command('list')
    .description('reports of this configuration')
    .action(async () => {
      const config = configDirectory();
      const reports = await Promise.all((await listReports(config)).map((id) => loadReport(config, id)));
      out.print(
        out.json
          ? { reports: reports.map(({ id, title, about }) => ({ id, title, about })) }
          : reports.map(({ id, title }) => `${id}: ${title}`).join('\n'),
      );
    });

  report
    .command('sources')
    .description('what a report can be made of: sources, their rows and columns')
    .action(() => {
      const sources = Object.values(catalogue).map(({ id, about, row, columns }) => ({ id, about, row, columns }));
      out.print(
        out.json
          ? { sources }
          : sources
              .map(({ id, about, row, columns }) => `${id}: ${about}\n  a row is ${row}\n  columns: ${Object.keys(columns).join(', ')}`)
              .join('\n'),
      );
    });
}

const describe = ({ report, period, counts, couldNotKnow }: Report): string =>
  `${report}, ${period.from} to ${period.to}: ${counts.observed} observed, ${counts.declared} declared, ${counts.unanswered} to be declared; ${couldNotKnow.length} limits stated`;

import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { OpenApp } from '../app.ts';
import { type Clock, type LocalDate, localDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { buildReturn } from './build.ts';
import { diffReturns } from './diff.ts';
import { addEvidenceCommands } from './evidence-pack/command.ts';
import { evidenceFile, readReturn } from './file.ts';
import { addFormatCommands } from './formats/command.ts';
import { exportReturn } from './formats/export.ts';
import { addLifecycleCommands } from './lifecycle/command.ts';
import { newestDeclaration } from './lifecycle/declarations.ts';
import { describeDifference } from './lifecycle/words.ts';
import { loadTemplate } from './load.ts';
import { matrixCsv, renderMatrix } from './matrix.ts';
import { addMeasureCommands } from './measures/command.ts';
import { countMeasures } from './measures/count-measures.ts';
import { loadMeasures } from './measures/load-measures.ts';
import { holds, parsePeriod, quarterOf } from './period.ts';
import { addProbeCommands } from './probes/command.ts';
import { addReportCommands } from './reports/command.ts';
import type { Period, Return } from './return.ts';
import { addFindingCommands, describeFindings } from './rules/command.ts';
import { saveReturn } from './save.ts';
import type { ReturnTemplate } from './template.ts';
import { addWorkbookCommands } from './workbook/command.ts';
import type { SavedVersion } from './workbook/write.ts';

interface BuildOptions {
  readonly template: string;
  readonly place: string;
  readonly out: string;
  readonly asOf?: string;
  readonly period?: string;
}

/** `haven return build | check | diff`. */
export function addReturnsCommands(program: Command, open: OpenApp, out: Output): void {
  const returns = program.command('return').description('quarterly data-sharing returns, with the evidence behind every cell');

  returns
    .command('build')
    .description('writes the return as JSON, workbook, table, FHIR MeasureReport and board paper, with its evidence, and keeps the draft')
    .requiredOption('--template <id>', 'return template, e.g. bcf-2016-17-q2')
    .requiredOption('--place <id>', 'place of the register, e.g. southend-on-sea')
    .requiredOption('--out <dir>', 'directory for the files')
    .option('--as-of <date>', 'the day the return is made; outside the quarter of the template it makes a rehearsal of its own quarter')
    .option('--period <from..to>', "any other period makes a rehearsal; default the template's own")
    .action(async (options: BuildOptions) => {
      const app = await open();
      const template = await loadTemplate(app.config.configDirectory, options.template);
      const { at, period } = daysOf(options, template, app.clock);
      const { place } = options;
      await countMeasures(app.gateway, (await loadMeasures(app.config.configDirectory)).definitions, app.clock);
      // Before it is built: what somebody answers meanwhile, this build does not know.
      const marks = { declarations: await newestDeclaration(app.gateway, { place, template: template.id }) };
      const document = await buildReturn(app.gateway, { config: app.config.configDirectory, template: template.id, place, at, period });
      const saved = await saveReturn(app.gateway, document, `command-line:${userInfo().username}`, app.clock, marks);
      const files = await writeReturn(document, template, options.out, { id: saved.id });
      out.print(
        out.json
          ? {
              id: saved.id,
              sha256: saved.sha256,
              files,
              rehearsal: document.rehearsal,
              period,
              counts: document.counts,
              findings: document.findings,
            }
          : [
              describeCounts(document),
              '',
              renderMatrix(document),
              '',
              describeFindings(document.findings),
              '',
              `Wrote ${files.join(', ')}`,
            ].join('\n'),
      );
    });

  addFindingCommands(returns, out);
  addWorkbookCommands(returns, open, out);
  addFormatCommands(returns, out);
  addLifecycleCommands(returns, open, out);
  addMeasureCommands(returns, open, out);
  addProbeCommands(returns, open, out);
  addEvidenceCommands(returns, open, out);
  addReportCommands(returns, open, out);

  returns
    .command('diff')
    .description('what differs between two returns, in words')
    .argument('<before>', 'return.json')
    .argument('<after>', 'return.json')
    .action(async (before: string, after: string) => {
      const [old, next] = [await readReturn(before), await readReturn(after)];
      const differences = describeDifference(old, next);
      if (out.json) return out.print({ changes: diffReturns(old, next), differences });
      out.print(differences.length === 0 ? 'no answer differs' : differences.join('\n'));
    });
}

function requireDate(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date !== undefined) return date;
  throw new GatewayError('DATE_INVALID', 'Give --as-of a date that exists, written YYYY-MM-DD.', { exit: exitCode.usage });
}

/**
 * Which day and which period: a period that is given, else the quarter of a given day that the template's does not hold,
 * else the template's own.
 */
function daysOf({ asOf, period }: BuildOptions, template: ReturnTemplate, clock: Clock): { at: LocalDate; period: Period } {
  const today = localDate(clock.now());
  if (period !== undefined) return { at: asOf === undefined ? today : requireDate(asOf), period: parsePeriod(period) };
  if (asOf === undefined) return { at: today, period: template.period };
  const at = requireDate(asOf);
  return { at, period: holds(template.period, at) ? template.period : quarterOf(at) };
}

/** Writes the files of a return into a directory and gives their paths. @param saved which kept version the workbook is of */
export async function writeReturn(
  document: Return,
  template: ReturnTemplate,
  directory: string,
  saved: SavedVersion = {},
): Promise<string[]> {
  const exported = await Promise.all(
    (['xlsx', 'html', 'csv', 'fhir'] as const).map((format) => exportReturn(document, template, format, { saved })),
  );
  const contents: readonly (readonly [string, string | Buffer])[] = [
    ['return.json', `${JSON.stringify(document, undefined, 2)}\n`],
    ...exported.map(({ name, content }) => [name, content] as const),
    // The name that scripts rely on; the same workbook under the name to send it by stands beside it.
    ...exported.filter(({ name }) => name.endsWith('.xlsx')).map(({ content }) => ['return.xlsx', content] as const),
    ['evidence.json', `${JSON.stringify(evidenceFile(document), undefined, 2)}\n`],
    ['matrix.csv', matrixCsv(document)],
  ];
  const paths = contents.map(([name]) => join(directory, name));
  await mkdir(directory, { recursive: true });
  for (const [index, [, content]] of contents.entries()) await writeFile(paths[index] ?? '', content);
  return paths;
}

function describeCounts(document: Return): string {
  const counts = Object.entries(document.counts).map(([sheet, { answered, total }]) => `  ${sheet}: ${answered} of ${total} answered`);
  const cells = document.sheets.flatMap(({ questions }) => questions);
  const by = (provenance: string | null) => cells.filter((cell) => cell.provenance === provenance).length;
  return [
    `${document.title}, ${document.placeName} (${document.state})`,
    ...(document.note === null ? [] : [document.note]),
    ...counts,
    `  ${by('observed')} observed, ${by('declared')} declared, ${by('carried forward')} carried forward`,
  ].join('\n');
}

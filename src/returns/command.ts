import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { OpenApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import { type Clock, type LocalDate, localDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { buildReturn } from './build.ts';
import { diffReturns } from './diff.ts';
import { evidenceFile, readReturn } from './file.ts';
import { findContradictions } from './findings.ts';
import { loadTemplate } from './load.ts';
import { matrixCsv, renderMatrix } from './matrix.ts';
import { holds, parsePeriod, quarterOf } from './period.ts';
import type { Finding, Period, Return } from './return.ts';
import { saveReturn } from './save.ts';
import type { ReturnTemplate } from './template.ts';
import { writeWorkbook } from './workbook.ts';

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
    .description('writes return.json, return.xlsx, evidence.json and matrix.csv, and keeps the draft')
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
      const document = await buildReturn(app.gateway, { config: app.config.configDirectory, template: template.id, place, at, period });
      const saved = await saveReturn(app.gateway, document, `command-line:${userInfo().username}`, app.clock);
      const files = await writeReturn(document, template, options.out);
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

  returns
    .command('check')
    .description('prints the contradictions of a return.json; exits 1 when there are any')
    .argument('<file>', 'return.json')
    .option('--as-of <date>', 'the day on which it is judged; default the day it was built')
    .action(async (file: string, options: { asOf?: string }) => {
      const document = await readReturn(file);
      // Needs no database: whoever receives a return can check it.
      const template = await loadTemplate(loadConfig(process.env, process.cwd()).configDirectory, document.template);
      const at = options.asOf === undefined ? (document.builtOn as LocalDate) : requireDate(options.asOf);
      const findings = findContradictions(document, template, at);
      out.print(out.json ? { findings } : describeFindings(findings));
      if (findings.some(({ severity }) => severity !== 'information')) process.exitCode = exitCode.findings;
    });

  returns
    .command('diff')
    .description('prints the answers that differ between two returns')
    .argument('<before>', 'return.json')
    .argument('<after>', 'return.json')
    .action(async (before: string, after: string) => {
      const changes = diffReturns(await readReturn(before), await readReturn(after));
      const lines = changes.map(({ id, before: was, after: is }) => `${id}: ${was ?? 'unanswered'} → ${is ?? 'unanswered'}`);
      out.print(out.json ? { changes } : lines.length === 0 ? 'no answer differs' : lines.join('\n'));
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

/** Writes the files of a return into a directory and gives their paths. */
export async function writeReturn(document: Return, template: ReturnTemplate, directory: string): Promise<string[]> {
  const contents: readonly (readonly [string, string | Buffer])[] = [
    ['return.json', `${JSON.stringify(document, undefined, 2)}\n`],
    ['return.xlsx', await writeWorkbook(document, template)],
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

function describeFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no findings';
  const shown = (questions: readonly string[]) =>
    questions.length === 0
      ? ''
      : ` [${questions.slice(0, 4).join(', ')}${questions.length > 4 ? ` and ${questions.length - 4} more` : ''}]`;
  return findings
    .map(({ rule, severity, message, questions }) => `${severity.padEnd(11)} ${rule}: ${message}${shown(questions)}`)
    .join('\n');
}

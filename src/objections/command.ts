import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Queryable } from '../database/query.ts';
import { type Clock, type LocalDate, localDate, parseLocalDate } from '../shared/clock.ts';
import type { Output } from '../shared/output.ts';
import { countObjections, listImports, type ObjectionCount } from './counts.ts';
import type { ImportReceipt } from './import.ts';
import { type ObjectionKind, objectionKinds } from './kinds.ts';

/** What these commands need of the application, and no more. */
export interface ObjectionsApp {
  readonly gateway: Queryable;
  readonly clock: Clock;
}

/** Hands the file to the black box, the only place where an NHS number may be read. `-` is standard input. */
export type ImportFile<App> = (app: App, file: string, kind: ObjectionKind | undefined) => Promise<ImportReceipt>;

/** `haven objections import | list | report`. */
export function addObjectionCommands<App extends ObjectionsApp>(
  program: Command,
  open: () => Promise<App>,
  out: Output,
  importFile: ImportFile<App>,
): void {
  const objections = program.command('objections').description('objections and opt-outs');

  objections
    .command('import <file>')
    .description('records a list of objections and removes what they cover; prints the receipt')
    .option('--kind <kind>', `what the list is about, where it has no column that says so: ${objectionKinds.join(', ')}`, readKind)
    .action(async (file: string, options: { kind?: ObjectionKind }) => {
      out.print(await importFile(await open(), file, options.kind));
    });

  objections
    .command('list')
    .description('imports, newest first: counts only')
    .action(async () => {
      const imports = await listImports((await open()).gateway);
      out.print(out.json ? { imports } : imports.map((one) => JSON.stringify(one)).join('\n') || 'No objections have been imported.');
    });

  objections
    .command('report')
    .description('how many people object, by kind; 1 to 7 is shown as *, the rest rounded to 5')
    .option('--period <period>', 'first and last day, `2026-07-01..2026-09-30`, or a year; default: this year so far', readPeriod)
    .action(async (options: { period?: Period }) => {
      const app = await open();
      const today = localDate(app.clock.now());
      const period = options.period ?? { from: `${today.slice(0, 4)}-01-01` as LocalDate, to: today };
      const counts = await countObjections(app.gateway, period.from, period.to);
      out.print(out.json ? { period, counts } : table(period, counts));
    });
}

interface Period {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

function readKind(text: string): ObjectionKind {
  const kind = objectionKinds.find((one) => one === text);
  if (kind === undefined) throw new InvalidArgumentError(`It is one of: ${objectionKinds.join(', ')}.`);
  return kind;
}

function readPeriod(text: string): Period {
  const [first = '', last = ''] = /^\d{4}$/.test(text) ? [`${text}-01-01`, `${text}-12-31`] : text.split('..');
  const from = parseLocalDate(first);
  const to = parseLocalDate(last);
  if (from === undefined || to === undefined || to < from)
    throw new InvalidArgumentError('Write a year, or two days as 2026-07-01..2026-09-30.');
  return { from, to };
}

function table({ from, to }: Period, counts: readonly ObjectionCount[]): string {
  const lines = counts.map(
    ({ kind, inForce, set, withdrawn }) => `${kind.padEnd(32)}${inForce.padStart(10)}${set.padStart(10)}${withdrawn.padStart(10)}`,
  );
  return [
    `${'objection'.padEnd(32)}${'in force'.padStart(10)}${'set'.padStart(10)}${'withdrawn'.padStart(10)}`,
    ...lines,
    `from ${from} to ${to}`,
  ].join('\n');
}

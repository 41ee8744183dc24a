import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Pool } from 'pg';
import { actAs } from '../access/act-as.ts';
import { type Clock, localDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { addNoticeCommands } from './command-notices.ts';
import { listImports, type ProtectedCounts } from './counts.ts';
import type { ImportReceipt } from './import.ts';
import { type ObjectionKind, objectionKinds } from './kinds.ts';
import { flowsOfPlace, type ObjectionReport, type ReportPeriod, reportObjections, yearSoFar } from './report.ts';

/** What these commands need of the application, and no more. */
export interface ObjectionsApp {
  readonly gateway: Pool;
  readonly clock: Clock;
}

/** Hands the file to the black box, the only place where an NHS number may be read. `-` is standard input. */
export type ImportFile<App> = (
  app: App,
  file: string,
  list: { readonly kind?: ObjectionKind; readonly place?: string; readonly actor?: string },
) => Promise<ImportReceipt>;

interface ImportChoice {
  readonly kind?: ObjectionKind;
  readonly place?: string;
  readonly as?: string;
}

/** `haven objections import | list | report | notices …`. */
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
    .option('--place <place>', 'place of the register the list is of; with --as it is that of the person')
    .option('--as <person>', 'the IG lead who decides to take the list, by id in the register')
    .action(async (file: string, { kind, place, as: person }: ImportChoice) => {
      const app = await open();
      if (place !== undefined) await flowsOfPlace(app.gateway, place);
      const asked = {
        roles: ['ig-lead'],
        action: 'objections.import',
        clock: app.clock,
        ...(place === undefined ? {} : { place }),
      } as const;
      const actor = person === undefined ? undefined : await actAs(app.gateway, { ...asked, person });
      const of = place ?? actor?.place;
      const receipt = await importFile(app, file, {
        ...(kind === undefined ? {} : { kind }),
        ...(of === undefined ? {} : { place: of }),
        ...(actor === undefined ? {} : { actor: actor.person }),
      });
      out.print(receipt);
      if (Object.keys(receipt.quarantined).length > 0) process.exitCode = exitCode.findings;
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
    .description('how many people object, by kind and setting, and whom no list can speak for; 1 to 7 is *, the rest rounded to 5')
    .option('--period <period>', 'first and last day, `2026-07-01..2026-09-30`, or a year; default: this year so far', readPeriod)
    .option('--place <place>', 'objections and people of one place of the register')
    .action(async (options: { period?: ReportPeriod; place?: string }) => {
      const app = await open();
      const report = await reportObjections(app.gateway, options.period ?? yearSoFar(localDate(app.clock.now())), app.clock, options.place);
      out.print(out.json ? report : reportText(report));
    });

  addNoticeCommands(objections, open, out);
}

function readKind(text: string): ObjectionKind {
  const kind = objectionKinds.find((one) => one === text);
  if (kind === undefined) throw new InvalidArgumentError(`It is one of: ${objectionKinds.join(', ')}.`);
  return kind;
}

function readPeriod(text: string): ReportPeriod {
  const [first = '', last = ''] = /^\d{4}$/.test(text) ? [`${text}-01-01`, `${text}-12-31`] : text.split('..');
  const from = parseLocalDate(first);
  const to = parseLocalDate(last);
  if (from === undefined || to === undefined || to < from)
    throw new InvalidArgumentError('Write a year, or two days as 2026-07-01..2026-09-30.');
  return { from, to };
}

function reportText({ period: { from, to }, counts, wholeGateway, completeness }: ObjectionReport): string {
  const line = (name: string, { inForce, set, withdrawn }: ProtectedCounts, whole = ''): string =>
    `${name.padEnd(36)}${inForce.padStart(10)}${set.padStart(10)}${withdrawn.padStart(10)}${wholeGateway === undefined ? '' : whole.padStart(15)}`;
  return [
    line('objection', { inForce: 'in force', set: 'set', withdrawn: 'withdrawn' }, 'whole gateway'),
    ...counts.flatMap((count) => [
      line(count.kind, count, wholeGateway?.[count.kind]),
      ...count.bySetting.map((one) =>
        line(`  recorded by ${one.recordedIn === 'none' ? 'no care service' : one.recordedIn}`, one).trimEnd(),
      ),
    ]),
    `from ${from} to ${to}; 1 to 7 people are shown as *, more are rounded to 5, and totals are made from what is shown`,
    ...(wholeGateway === undefined ? [] : ['lists of the nation are recorded for no place and hold in every one: see the whole gateway']),
    '',
    ...completeness.lists.map(({ kind, lastApplied }) => `list of ${kind}: last applied on ${lastApplied}`),
    `people held: ${completeness.people}`,
    `of them without a GP record here, so nobody can say whether they made a type 1 objection: ${completeness.withoutGpRecord}`,
    `of them not covered by the last answer of the national service: ${completeness.notCheckedNationally}`,
  ].join('\n');
}

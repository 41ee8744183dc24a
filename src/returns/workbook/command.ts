import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { OpenApp } from '../../app.ts';
import { loadConfig } from '../../config.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { deskFor } from '../lifecycle/command-parts.ts';
import { loadTemplate } from '../load.ts';
import { questionsOf } from '../question.ts';
import type { Answer, Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { archiveLimits } from './archive.ts';
import { changedByOthers, readWorkbook, type WorkbookAnswers, type WorkbookProblems } from './read.ts';
import { refuseWorkbook } from './refusals.ts';
import { normalAnswer } from './written-cell.ts';

interface ReadOptions {
  readonly place: string;
  readonly template?: string;
  readonly declare?: boolean;
  readonly as?: string;
}

/** The bytes of a file that is not too large to be a return; its size is asked before it is read. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).size > archiveLimits.file) throw refuseWorkbook('WORKBOOK_TOO_LARGE');
    return await readFile(path);
  } catch (error) {
    throw error instanceof GatewayError ? error : refuseWorkbook('WORKBOOK_NOT_FOUND', undefined, error);
  }
}

const changedAnswers = ({ answers, changed }: WorkbookAnswers): Record<string, Answer> =>
  Object.fromEntries(changed.map((id) => [id, answers.get(id) ?? null]));

function describe(reading: WorkbookAnswers): string {
  const { identity, answers, changed } = reading;
  const given = [...answers.values()].filter((answer) => answer !== null).length;
  return [
    `${identity.template} of ${identity.place}, ${identity.periodFrom} to ${identity.periodTo}${identity.rehearsal === 'yes' ? ' (rehearsal)' : ''}`,
    `  ${given} of ${answers.size} cells are filled`,
    changed.length === 0 ? '  nothing differs from what the gateway wrote' : `  ${changed.length} differ from what the gateway wrote:`,
    ...changed.map((id) => `    ${id}${answers.get(id) === null ? ' (cleared)' : ''}`),
  ].join('\n');
}

/** The answers of a return as its workbook would hold them; none when it was never built. */
function answersIn(stands: Return | undefined, template: ReturnTemplate): ReadonlyMap<string, Answer> {
  const inputs = new Map(questionsOf(template).map(({ id, input }) => [id, input]));
  const cells = stands?.sheets.flatMap(({ questions }) => questions) ?? [];
  return new Map(
    cells.flatMap(({ id, answer }) => {
      const input = inputs.get(id);
      return input === undefined ? [] : [[id, normalAnswer(input, answer)] as const];
    }),
  );
}

/**
 * Declares what the author filled, changed or cleared, as the person who says so. Answers the author left as they were stay what
 * they are: an observation is not made a declaration by sending it back.
 */
async function declare(open: OpenApp, config: string, reading: WorkbookAnswers, person: string): Promise<void> {
  const { identity, sha256 } = reading;
  const { place, template } = identity;
  if (identity.rehearsal === 'yes') throw refuseWorkbook('WORKBOOK_REHEARSAL');
  const desk = await deskFor(open, { as: person, place, template }, 'return.declare');
  const wording = await loadTemplate(config, template);
  const against = (stands: Return | undefined): void => {
    const clashes = changedByOthers(reading, answersIn(stands, wording));
    if (clashes.length > 0) throw refuseWorkbook('WORKBOOK_OUT_OF_DATE', `Questions: ${clashes.join(', ')}.`);
  };
  const source = `Workbook, SHA-256 ${sha256.slice(0, 16)}`;
  await desk.declare({ place, template }, { answers: changedAnswers(reading), by: person, source, against });
}

const describeProblems = ({ problems, more }: WorkbookProblems): string =>
  [
    `No answer was read: ${problems.length + more} cells need correcting.`,
    ...problems.map(
      ({ code, sheet, cell, question, message }) =>
        `  ${sheet}!${cell}${question === undefined ? '' : ` (${question})`}: ${message} [${code}]`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ].join('\n');

/** `haven return read`. */
export function addWorkbookCommands(returns: Command, open: OpenApp, out: Output): void {
  returns
    .command('read')
    .description('reads a filled-in workbook back, by cell: every answer, or every problem and no answer')
    .argument('<file>', 'workbook that `haven return build` wrote and somebody filled in')
    .requiredOption('--place <id>', 'place whose return it is, e.g. southend-on-sea')
    .option('--template <id>', 'refuses a workbook of any other return or quarter')
    .option('--declare', 'keeps what the author filled, changed or cleared as declarations of the person')
    .option('--as <person>', 'id of the person who declares')
    .action(async (file: string, options: ReadOptions) => {
      const person = options.as;
      if (options.declare === true && person === undefined) {
        throw new GatewayError('PERSON_REQUIRED', 'Say with --as who declares these answers.', { exit: exitCode.usage });
      }
      const { place, template } = options;
      const config = loadConfig(process.env, process.cwd()).configDirectory;
      const reading = await readWorkbook(await bytesOf(file), {
        place,
        ...(template !== undefined && { template }),
        load: (id) => loadTemplate(config, id),
      });
      if (!('answers' in reading)) {
        process.exitCode = exitCode.inputRefused;
        out.print(out.json ? reading : describeProblems(reading));
        return;
      }
      if (options.declare === true && person !== undefined) await declare(open, config, reading, person);
      const { identity, sha256, changed } = reading;
      out.print(out.json ? { identity, sha256, answers: Object.fromEntries(reading.answers), changed } : describe(reading));
    });
}

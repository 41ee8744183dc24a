import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { OpenApp } from '../../app.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { faultOfFile, parseJson } from '../../shared/json-text.ts';
import type { Output } from '../../shared/output.ts';
import { type Answer, answerSchema } from '../return.ts';
import { type ByPerson, byPerson, deskFor, deskOf, keyOf, type OfReturn, ofReturn } from './command-parts.ts';
import { addSigningCommands } from './command-signing.ts';
import type { ReturnsDesk } from './desk.ts';
import { type ReturnFileForm, returnFileForms } from './files.ts';
import type { Proposal } from './proposals.ts';
import type { ReturnStatus } from './status.ts';

interface DeclareOptions extends ByPerson {
  readonly answer: string[];
  readonly file?: string;
  readonly reason?: string;
}

const answersFile = z.record(z.string(), answerSchema);

/** `haven return status | file | declare | propose | proposals | accept | reject` and those of command-signing.ts. */
export function addLifecycleCommands(returns: Command, open: OpenApp, out: Output): void {
  const say = (status: ReturnStatus): void => out.print(out.json ? status : describeStatus(status));

  ofReturn(returns.command('status'))
    .description('how a return stands: sheets, what is missing, contradictions, who signed')
    .option('--data-version <n>', 'data version; default the newest', Number)
    .action(async (options: OfReturn & { dataVersion?: number }) =>
      say(await deskOf(await open()).status(keyOf(options), options.dataVersion)),
    );

  ofReturn(returns.command('file'))
    .description('writes a version of a return as a file, named as the template asks: what was signed is what is sent')
    .addOption(new Option('--form <form>', 'which file').choices(returnFileForms).default('xlsx'))
    .option('--data-version <n>', 'data version; default the newest', Number)
    .option('--out <dir>', 'directory for the file', '.')
    .action(async (options: OfReturn & { form: ReturnFileForm; dataVersion?: number; out: string }) => {
      const { name, mediaType, content } = await deskOf(await open()).file(keyOf(options), options.form, options.dataVersion);
      const path = join(options.out, name);
      await mkdir(options.out, { recursive: true });
      await writeFile(path, content);
      out.print(out.json ? { file: path, mediaType, bytes: content.length } : `Wrote ${path}`);
    });

  byPerson(returns.command('declare'))
    .description('answers questions by name: all of them are taken or none')
    .option('--answer <id=value...>', 'an answer; an empty value takes one back', [])
    .option('--file <answers.json>', 'answers by question id, null to take one back')
    .option('--reason <text>', 'why')
    .action(async (options: DeclareOptions) => {
      const answers = { ...(await answersOfFile(options.file)), ...answersOfWords(options.answer) };
      const desk = await deskFor(open, options, 'return.declare');
      const declared = await desk.declare(keyOf(options), { answers, by: options.as, source: 'Command line', reason: options.reason });
      if (out.json) return out.print(declared);
      out.print(`${declared.declared.length} answered, ${declared.unchanged.length} as before.\n${describeStatus(declared)}`);
    });

  const sayProposals = (proposals: readonly Proposal[]): void =>
    out.print(out.json ? { proposals } : proposals.length === 0 ? 'There are no proposals.' : proposals.map(describeProposal).join('\n'));

  byPerson(returns.command('propose'))
    .description('offers what the quarter before answered; each waits for a person')
    .action(async (options: ByPerson) =>
      sayProposals(await (await deskFor(open, options, 'return.propose')).propose(keyOf(options), { by: options.as })),
    );

  ofReturn(returns.command('proposals'))
    .description('answers carried forward, and what was decided about each')
    .action(async (options: OfReturn) => sayProposals(await deskOf(await open()).proposals(keyOf(options))));

  for (const [name, accept] of [
    ['accept', true],
    ['reject', false],
  ] as const) {
    byPerson(returns.command(name))
      .description(accept ? 'makes proposals your own answers' : 'rejects proposals; they stay on record and are no answers')
      .argument('[number...]', 'numbers of proposals')
      .option('--all', 'every open proposal of the return')
      .option('--reason <text>', 'why')
      .action(async (given: string[], options: ByPerson & { all?: boolean; reason?: string }) => {
        const desk = await deskFor(open, options, `return.${name}`);
        const proposals = options.all === true ? await openOnes(desk, options) : given.map(Number);
        say(await desk.decide(keyOf(options), { proposals, accept, by: options.as, reason: options.reason }));
      });
  }

  addSigningCommands(returns, open, out, say);
}

const openOnes = async (desk: ReturnsDesk, options: OfReturn): Promise<number[]> =>
  (await desk.proposals(keyOf(options))).filter(({ state }) => state === 'open').map(({ proposal }) => proposal);

async function answersOfFile(path: string | undefined): Promise<Record<string, Answer>> {
  if (path === undefined) return {};
  const refused = (fault = 'cannot be read') =>
    new GatewayError('ANSWERS_UNREADABLE', `The file ${fault}. Give a JSON object of question ids, each once, and answers.`, {
      exit: exitCode.inputRefused,
    });
  const read = parseJson(
    await readFile(path).catch(() => {
      throw refused();
    }),
  );
  if ('fault' in read) throw refused(faultOfFile[read.fault]);
  const answers = answersFile.safeParse(read.value);
  if (!answers.success) throw refused('is not one of answers');
  return answers.data;
}

/** `nc.1.answer=Yes`: everything after the first equals sign is the answer. */
function answersOfWords(words: readonly string[]): Record<string, Answer> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at < 1)
        throw new GatewayError('ANSWER_INVALID', 'Write an answer as question=value, like nc.1.answer=Yes.', { exit: exitCode.usage });
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

const describeProposal = ({ proposal, question, from, state }: Proposal): string =>
  `${String(proposal).padStart(6)}  ${state.padEnd(8)}  ${question}, as in ${from}`;

const few = 12;

/** One line for a rule, however often it was found. */
function describeErrors(errors: ReturnStatus['findings']): string[] {
  const lines = new Map<string, { readonly line: string; readonly about: string[] }>();
  for (const { rule, message, acknowledged, questions } of errors) {
    const line = `${acknowledged ? 'Acknowledged' : 'To acknowledge or correct'}: ${rule}, ${message}`;
    const said = lines.get(line) ?? { line, about: [] };
    said.about.push(...questions);
    lines.set(line, said);
  }
  return [...lines.values()].map(({ line, about }) => {
    const unique = [...new Set(about)];
    return `${line} [${unique.slice(0, 4).join(', ')}${unique.length > 4 ? ` and ${unique.length - 4} more` : ''}]`;
  });
}

function describeStatus(status: ReturnStatus): string {
  const { sheets, missing, findings, proposed, signed, submitted } = status;
  const more = missing.length > few ? [`  and ${missing.length - few} more`] : [];
  const errors = findings.filter(({ severity }) => severity === 'error');
  return [
    `${status.template} of ${status.place}, version ${status.version}: ${status.state}${status.amends === null ? '' : `, amends version ${status.amends}`}`,
    ...(status.due === null ? [] : [`Due ${status.due}`]),
    ...sheets.map(
      ({ name, answered, total, owner, reviewed }) =>
        `  ${name}: ${answered} of ${total} answered; ${owner === null ? 'no owner' : `owner ${owner}`}, ${reviewed ? 'reviewed' : 'not reviewed'}`,
    ),
    ...(missing.length === 0 ? [] : ['Missing:', ...missing.slice(0, few).map(({ sheet, text }) => `  ${sheet}, ${text}`), ...more]),
    ...(proposed.length === 0 ? [] : [`${proposed.length} answers of the quarter before wait to be accepted or rejected.`]),
    ...describeErrors(errors),
    ...(signed === null ? [] : [`Signed off ${signed.at} by ${signed.by} as ${signed.as}`]),
    ...(submitted === null ? [] : [`Submitted ${submitted.at}, ${submitted.how}, file ${submitted.fileSha256}`]),
    `Digest of the answers: ${status.answers}`,
  ].join('\n');
}

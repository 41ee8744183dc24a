import { type Command, InvalidArgumentError } from 'commander';
import type { OpenApp } from '../../app.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { type ByPerson, byPerson, deskFor, deskOf, keyOf, type OfReturn, ofReturn } from './command-parts.ts';
import { asAuthorOf } from './desk.ts';
import type { Step } from './history.ts';
import type { ReturnNotice } from './notices.ts';
import { compareWithSigned, digestOfFile } from './sent-file.ts';
import type { ReturnStatus } from './status.ts';

interface NoticeOptions {
  readonly place: string;
  readonly all?: boolean;
  readonly read?: number;
  readonly as?: string;
}

/** `haven return owner | review | acknowledge | sign-off | submit | amend | history | changes | notices`. */
export function addSigningCommands(returns: Command, open: OpenApp, out: Output, say: (status: ReturnStatus) => void): void {
  byPerson(returns.command('owner'))
    .description('names who reviews sheets of a return, and of those after it')
    .requiredOption('--sheet <name...>', 'sheets as they are printed')
    .requiredOption('--owner <person>', 'who answers for them, by id in the register')
    .action(async (options: ByPerson & { sheet: string[]; owner: string }) => {
      const desk = await deskFor(open, options, 'return.owner');
      say(await desk.nameOwner(keyOf(options), { sheets: options.sheet, owner: options.owner, by: options.as }));
    });

  byPerson(returns.command('review'))
    .description('reviews sheets with the answers they hold now, as their owner')
    .requiredOption('--sheet <name...>', 'sheets as they are printed')
    .action(async (options: ByPerson & { sheet: string[] }) => {
      const desk = await deskFor(open, options, 'return.review');
      let status: ReturnStatus | undefined;
      for (const sheet of options.sheet) status = await desk.review(keyOf(options), { sheet, by: options.as });
      if (status !== undefined) say(status);
    });

  byPerson(returns.command('acknowledge'))
    .description('lets a contradiction of severity error stand, by name and with a reason')
    .requiredOption('--rule <id>', 'rule of the finding')
    .requiredOption('--reason <text>', 'why it stands')
    .option('--question <id>', 'only where the finding is about this question')
    .action(async (options: ByPerson & { rule: string; reason: string; question?: string }) => {
      const { rule, reason, question, as: by } = options;
      say(await (await deskFor(open, options, 'return.acknowledge')).acknowledge(keyOf(options), { rule, reason, question, by }));
    });

  byPerson(returns.command('sign-off'))
    .description('signs a complete and reviewed return for the Health and Wellbeing Board and freezes it; somebody else than answered')
    .requiredOption('--answers <digest>', 'digest of the answers that were read, as `haven return status` shows it')
    .requiredOption('--capacity <office>', 'in which office it is signed, e.g. Chair of the Health and Wellbeing Board')
    .action(async (options: ByPerson & { answers: string; capacity: string }) => {
      const desk = await deskFor(open, options, 'return.sign-off');
      say(await desk.signOff(keyOf(options), { answers: options.answers, signedAs: options.capacity, by: options.as }));
    });

  byPerson(returns.command('submit'))
    .description('records that a signed return was sent: when, how, and which file')
    .requiredOption('--file <path>', 'the file that was sent; its digest is kept, and a workbook of ours must hold what was signed')
    .requiredOption('--how <text>', 'by which way, e.g. e-mail to the national team')
    .option('--at <moment>', 'when, like 2016-11-25T11:30:00Z; default now', toMoment)
    .action(async (options: ByPerson & { file: string; how: string; at?: Date }) => {
      const fileSha256 = await digestOfFile(options.file);
      const desk = await deskFor(open, options, 'return.submit');
      const { document, template } = await desk.document(keyOf(options));
      await compareWithSigned(options.file, document, template);
      const at = options.at ?? (await open()).clock.now();
      say(await desk.submit(keyOf(options), { how: options.how, fileSha256, at, by: options.as }));
    });

  byPerson(returns.command('amend'))
    .description('begins a new version of a return that was signed; the one before stays as it was')
    .requiredOption('--because <text>', 'why')
    .action(async (options: ByPerson & { because: string }) =>
      say(await (await deskFor(open, options, 'return.amend')).amend(keyOf(options), { because: options.because, by: options.as })),
    );

  ofReturn(returns.command('history'))
    .description('who did what with a return and when')
    .action(async (options: OfReturn) => {
      const steps = await deskOf(await open()).history(keyOf(options));
      out.print(out.json ? { steps } : steps.length === 0 ? 'Nothing has happened.' : steps.map(describeStep).join('\n'));
    });

  ofReturn(returns.command('changes'))
    .description('what differs, in words: from another version of the return, or from another quarter')
    .option('--data-version <n>', 'data version; default the newest', toNumber)
    .option('--from-version <n>', 'the other version', toNumber)
    .option('--from <template>', 'template of the other quarter; default the same return')
    .action(async (options: OfReturn & { dataVersion?: number; fromVersion?: number; from?: string }) => {
      const { template, place, dataVersion: version, fromVersion, from = template } = options;
      const compared = { before: { template: from, version: fromVersion }, after: { template, version } };
      const differences = await deskOf(await open()).difference(place, compared);
      out.print(out.json ? { differences } : differences.length === 0 ? 'Nothing differs.' : differences.join('\n'));
    });

  returns
    .command('notices')
    .description('what the authors of returns were told: what changed, and what is missing')
    .requiredOption('--place <id>', 'place of the register')
    .option('--all', 'also what was read')
    .option('--read <n>', 'says that this notice was read', toNumber)
    .option('--as <person>', 'who read it, by id in the register')
    .action(async ({ place, all = false, read, as: person }: NoticeOptions) => {
      const app = await open();
      const desk = deskOf(app);
      if (read !== undefined) {
        if (person === undefined) throw new GatewayError('PERSON_REQUIRED', 'Say with --as who read it.', { exit: exitCode.usage });
        await asAuthorOf(app, person, place, 'return.notice-read');
        await desk.readNotice({ place, notice: read, by: person });
      }
      const notices = await desk.notices(place, all);
      out.print(out.json ? { notices } : notices.length === 0 ? 'There are no notices.' : notices.map(describeNotice).join('\n\n'));
    });
}

function toNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('must be a number from 1 on');
  return Number(text);
}

function toMoment(text: string): Date {
  const moment = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw new InvalidArgumentError('must be a moment with its time zone, like 2016-11-25T11:30:00Z');
}

function describeStep({ version, at, actor, step, detail }: Step): string {
  const { sheet, questions } = detail;
  const about = typeof sheet === 'string' ? ` (${sheet})` : Array.isArray(questions) ? ` (${questions.length} answers)` : '';
  return `${at}  version ${version}  ${step}${about}  ${actor}`;
}

const kinds: Readonly<Record<ReturnNotice['kind'], string>> = {
  populated: 'was populated',
  'late-data': 'was populated again, because data arrived late or the register changed',
  'late-after-sign-off': 'was signed off, and what is seen now would change it: `haven return amend` begins a new version',
};

const describeNotice = ({ notice, template, version, kind, changed, missing, issuedAt, readBy }: ReturnNotice): string =>
  [
    `${notice}  ${issuedAt}  ${template}, version ${version}, ${kinds[kind]}${readBy === null ? '' : ` (read by ${readBy})`}`,
    ...changed.map((line) => `  ${line}`),
    ...(missing.length === 0 ? [] : [`  Missing: ${missing.length} answers`, ...missing.slice(0, 12).map((line) => `    ${line}`)]),
  ].join('\n');

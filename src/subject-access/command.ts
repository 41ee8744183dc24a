import type { Command } from 'commander';
import type { OpenApp } from '../app.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { subjectAccessOf } from './doors.ts';
import { answerSubjectAccess } from './request.ts';
import { writeAnswer } from './write-files.ts';

interface RequestOptions {
  readonly as: string;
  readonly decision: string;
  readonly out: string;
}

/** `haven subject-access request`. The number comes on standard input, so that it is in no argument list and no history. */
export function addSubjectAccessCommands(program: Command, open: OpenApp, out: Output): void {
  program
    .command('subject-access')
    .description('what is held about one person, for that person (UK GDPR article 15)')
    .command('request')
    .description('writes everything held about one person as JSON and as a page to print, by the decision of an IG lead')
    .requiredOption('--nhs-number-stdin', 'the NHS number comes on standard input')
    .requiredOption('--as <person>', 'the IG lead who decides, by id in the register')
    .requiredOption('--decision <text>', 'how the person was identified, and why this is answered')
    .requiredOption('--out <directory>', 'where the two files go; only you can read them')
    .action(async ({ as: person, decision, out: directory }: RequestOptions) => {
      const nhsNumber = await readInput();
      const app = await open();
      const bytes = [Buffer.from(JSON.stringify({ nhsNumber, decision }), 'utf8')];
      const answer = await answerSubjectAccess(subjectAccessOf(app), { person, bytes: iterate(bytes) });
      const files = await writeAnswer(directory, answer);
      const flows = answer.flows.length;
      const events = answer.flows.reduce((sum, flow) => sum + flow.events.length, 0);
      out.print(
        out.json
          ? { request: answer.request, flows, events, files }
          : `Request ${answer.request}: ${events} records of ${flows} flows.\n${files.join('\n')}\nRead them before you hand them over: they may be about other people, too.`,
      );
    });
}

async function* iterate(chunks: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* chunks;
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > 100) {
      throw new GatewayError('INPUT_TOO_LONG', 'Send one NHS number on standard input, and nothing else.', { exit: exitCode.usage });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}

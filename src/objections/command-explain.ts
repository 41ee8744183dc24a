import type { Command } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { OpenApp } from '../app.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { explainOf } from './doors.ts';
import { explanationLetter } from './explain-letter.ts';
import { explainPerson } from './explain-person.ts';

/** `haven objections explain`. The number comes on standard input, so that it is in no argument list and no history. */
export function addExplainCommand(program: Command, open: OpenApp, out: Output): void {
  const objections = program.commands.find((command) => command.name() === 'objections') ?? program.command('objections');
  objections
    .command('explain')
    .description('what the objections of one person do: per flow and purpose, what applies and why, in words to send out')
    .requiredOption('--nhs-number-stdin', 'the NHS number comes on standard input')
    .requiredOption('--as <person>', 'the IG lead who asks, by id in the register')
    .action(async ({ as: person }: { as: string }) => {
      const nhsNumber = await readInput();
      const app = await open();
      const actor = await actAs(app.gateway, { person, roles: ['ig-lead'], action: 'objections.explain', clock: app.clock });
      async function* request() {
        yield Buffer.from(JSON.stringify({ nhsNumber }), 'utf8');
      }
      const explanation = await explainPerson(await explainOf(app), actor, request());
      await sequenceAudit(app.gateway);
      out.print(out.json ? explanation : explanationLetter(explanation));
    });
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

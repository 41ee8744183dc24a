import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { OpenApp } from '../app.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import type { Output } from '../shared/output.ts';
import { type HeldMerge, listHeldMerges, type MergeDecision } from './held-merges.ts';

/** `haven linkage merges list | approve | refuse`. */
export function addLinkageCommands(program: Command, open: OpenApp, out: Output): void {
  const merges = program
    .command('linkage')
    .description('who is who, across senders')
    .command('merges')
    .description('merges of two people that a sender asked for and a person must decide');

  merges
    .command('list', { isDefault: true })
    .description('what waits for a decision: the row to ask the sender about, and why it was held')
    .option('--all', 'also what has been decided')
    .action(async (options: { all?: boolean }) => {
      const held = await listHeldMerges((await open()).gateway, options.all);
      out.print(out.json ? { merges: held } : held.map(line).join('\n') || 'No merge waits for a decision.');
    });

  const decide = (decision: MergeDecision['decision'], description: string): void => {
    merges
      .command(`${decision} <number...>`)
      .description(description)
      .requiredOption('--as <person>', 'who decides, by their id in the register')
      .action(async (numbers: string[], options: { as: string }) => {
        const app = await open();
        const held = [...new Set(numbers.map(readNumber))];
        const { person } = await actAs(app.gateway, {
          person: options.as,
          roles: ['ig-lead'],
          action: `linkage.merge.${decision}`,
          clock: app.clock,
        });
        out.print((await (await app.blackBox()).call('/merges', { held, decision, actor: person })) as object);
        await sequenceAudit(app.gateway);
      });
  };
  decide('approve', 'the two numbers are one person: their records become one');
  decide('refuse', 'they are not: the sender is not asked again, and no later delivery joins them');
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the numbers as the list shows them.');
}

const line = ({ held, state, flow, delivery, row, reasons }: HeldMerge): string =>
  `${held}  ${state}  ${flow}  delivery ${delivery} row ${row}  ${reasons.join(', ')}`;

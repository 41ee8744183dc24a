import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { App, OpenApp } from '../app.ts';
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
    .requiredOption('--as <person>', 'who asks, by their id in the register')
    .action(async (options: { all?: boolean; as: string }) => {
      const { gateway, clock } = await open();
      const { place } = await actAs(gateway, { person: options.as, roles: ['ig-lead'], action: 'linkage.merge.list', clock });
      const held = await listHeldMerges(gateway, options.all, place);
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
        await asLeadOfAll(app, options.as, held, `linkage.merge.${decision}`);
        out.print((await (await app.blackBox()).call('/merges', { held, decision, actor: options.as })) as object);
        await sequenceAudit(app.gateway);
      });
  };
  decide('approve', 'the two numbers are one person: their records become one');
  decide('refuse', 'they are not: the sender is not asked again, and no later delivery joins them');
}

/** Every place whose flow asked for one of them must have this person for a lead; a number nobody held is of no place. */
async function asLeadOfAll({ gateway, clock }: App, person: string, held: readonly number[], action: string): Promise<void> {
  const known = (await listHeldMerges(gateway, true)).filter((merge) => held.includes(merge.held));
  const places = new Set(known.map(({ place }) => place));
  for (const place of places.size === 0 ? [undefined] : places) {
    await actAs(gateway, { person, roles: ['ig-lead'], ...(place === undefined ? {} : { place }), action, clock });
  }
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the numbers as the list shows them.');
}

const line = ({ held, state, flow, delivery, row, reasons }: HeldMerge): string =>
  `${held}  ${state}  ${flow}  delivery ${delivery} row ${row}  ${reasons.join(', ')}`;

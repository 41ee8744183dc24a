import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { OpenApp } from '../app.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import { exitCode } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { deliver } from './deliver.ts';
import { findReceipt, listReceipts, readProblems } from './find-delivery.ts';
import type { Receipt } from './receipt.ts';

/** Who acts when a command is typed; the operating system knows, an option could claim. */
export const commandLineActor = (): string => `command-line:${userInfo().username}`;

/** `haven deliver` and `haven deliveries`. */
export function addLandingCommands(program: Command, open: OpenApp, out: Output): void {
  program
    .command('deliver <file...>')
    .description('sends files through the gate and prints a receipt for each; - is standard input')
    .requiredOption('--flow <id>', 'flow of the register')
    .option('--batch <id>', "the sender's own id of this batch: the same id with other content is refused")
    .action(async (files: string[], options: { flow: string; batch?: string }) => {
      const app = await open();
      for (const file of files) {
        const receipt = await deliver(app, {
          flowId: options.flow,
          ...(options.batch === undefined ? {} : { batchId: options.batch }),
          actor: commandLineActor(),
          content: file === '-' ? process.stdin : { path: file },
          progress: (rows) => out.progress(`${rows} rows read`),
        });
        out.print(receipt);
        if (receipt.state === 'refused') process.exitCode = exitCode.inputRefused;
        else if (hasFindings(receipt) && process.exitCode === undefined) process.exitCode = exitCode.findings;
      }
      await sequenceAudit(app.gateway);
    });

  const deliveries = program.command('deliveries').description('receipts of earlier deliveries');
  deliveries
    .command('list', { isDefault: true })
    .description('newest first')
    .action(async () => {
      const receipts = await listReceipts((await open()).gateway);
      out.print(out.json ? { receipts } : receipts.map(line).join('\n') || 'Nothing has been delivered yet.');
    });
  deliveries
    .command('show <id>')
    .description('the receipt again; --problems prints its row report as CSV')
    .option('--problems', 'the row report')
    .action(async (id: string, options: { problems?: boolean }) => {
      const { gateway } = await open();
      const receipt = await findReceipt(gateway, id);
      if (!receipt) {
        out.progress('There is no delivery with this id.');
        process.exitCode = exitCode.usage;
        return;
      }
      if (!options.problems) return out.print(receipt);
      out.print('row,field,rule,severity,guidance');
      for await (const { row, field, rule, severity, guidance } of readProblems(gateway, id))
        out.print([row, quote(field), rule, severity, quote(guidance)].join(','));
    });
}

const hasFindings = (receipt: Receipt): boolean => Object.keys(receipt.quarantined).length > 0;

const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

const line = (receipt: Receipt): string =>
  `${receipt.finished.slice(0, 19)}  ${receipt.delivery}  ${receipt.state.padEnd(9)}  ${receipt.flow}  received ${receipt.received}, landed ${receipt.landed}, updated ${receipt.updated}, unchanged ${receipt.unchanged}, withheld ${sum(receipt.withheld)}, quarantined ${sum(receipt.quarantined)}`;

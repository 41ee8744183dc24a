import { Command } from 'commander';
import { afterEach, expect, it } from 'vitest';
import { addObjectionCommands } from '../../../src/objections/command.ts';
import type { ImportReceipt } from '../../../src/objections/import.ts';
import { exitCode } from '../../../src/shared/errors.ts';
import { createOutput } from '../../../src/shared/output.ts';

afterEach(() => {
  process.exitCode = undefined;
});

/** How the command ends when the black box gives this receipt. */
async function exitAfter(receipt: Partial<ImportReceipt>): Promise<unknown> {
  const program = new Command().exitOverride();
  const silent = { write: () => true };
  const open = () => Promise.resolve({} as never);
  addObjectionCommands(
    program,
    open,
    createOutput(() => true, { result: silent, progress: silent }),
    () => Promise.resolve(receipt as ImportReceipt),
  );
  await program.parseAsync(['objections', 'import', 'list.csv', '--kind', 'type-1'], { from: 'user' });
  return process.exitCode;
}

it('says by its exit code that somebody who objected could not be recognised', async () => {
  expect(await exitAfter({ quarantined: { NHS_NUMBER_CHECK_DIGIT: 1 } })).toBe(exitCode.findings);
  process.exitCode = undefined;
  expect(await exitAfter({ quarantined: {} })).toBeUndefined();
});

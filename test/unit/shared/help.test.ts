import { Command } from 'commander';
import { expect, test } from 'vitest';
import { helpStyle } from '../../../src/shared/help.ts';

function helpOf(declare: (command: Command) => void): string {
  const program = new Command('haven').configureHelp(helpStyle);
  const command = program.command('deliver');
  declare(command);
  return command.helpInformation();
}

test('help says which options have to be given', () => {
  const help = helpOf((command) => {
    command.requiredOption('--flow <id>', 'flow of the register').option('--batch <id>', "the sender's own id");
  });
  expect(help).toContain('flow of the register (required)');
  expect(help).not.toContain("the sender's own id (required)");
});

test('help leaves out defaults that say nothing, and keeps the others', () => {
  const help = helpOf((command) => {
    command.option('--flow <id...>', 'flows', []).option('--all', 'also the old', false).option('--days <n>', 'how far', '90');
  });
  expect(help).not.toMatch(/default: (?:\[\]|false)/);
  expect(help).toContain('(default: "90")');
});

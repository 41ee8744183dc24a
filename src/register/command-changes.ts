import { type Command, InvalidArgumentError } from 'commander';
import { actAs } from '../access/act-as.ts';
import { transaction } from '../database/query.ts';
import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { type Change, findChange, listChanges } from './changes/change.ts';
import { approveChange, notifyChange, withdrawChange } from './changes/decide.ts';
import { bringDueChangesIntoForce } from './changes/in-force.ts';
import { proposeChange } from './changes/propose.ts';
import type { RegisterApp } from './command.ts';
import { readRegisterFiles } from './files.ts';

type Open = () => Promise<RegisterApp>;

/** A day as the command line writes it. */
export function dayOption(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date === undefined) throw new GatewayError('DATE_INVALID', 'Give the day as YYYY-MM-DD.', { exit: exitCode.usage });
  return date;
}

function numberArgument(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be the number of a change');
  return Number(text);
}

/** `haven register propose | changes | approve | notify | withdraw`: a change of the register by two people. */
export function addChangeCommands(register: Command, open: Open, out: Output): void {
  const say = (changes: readonly Change[]): void => {
    out.print(out.json ? { changes } : changes.length === 0 ? 'No change waits' : changes.map(changeText).join('\n'));
  };

  register
    .command('propose')
    .description('proposes the files under PATH as a change of the register; nothing changes until somebody else approves')
    .argument('<path>')
    .requiredOption('--as <person>', 'who proposes, by id in the register')
    .option('--effective <date>', 'first day it is to hold, YYYY-MM-DD; today when left out', dayOption)
    .action(async (path: string, options: { as: string; effective?: LocalDate }) => {
      const documents = await readRegisterFiles(path);
      const { gateway, clock } = await open();
      await bringDueChangesIntoForce(gateway, clock);
      for (const { place } of documents) {
        await actAs(gateway, { person: options.as, roles: ['ig-lead'], place: place.id, action: 'register.propose', clock });
      }
      say(
        await transaction(gateway, async (tx) => {
          const proposed: Change[] = [];
          for (const document of documents) {
            proposed.push(await proposeChange(tx, { document, effectiveOn: options.effective, proposer: options.as, clock }));
          }
          return proposed;
        }),
      );
    });

  register
    .command('changes')
    .description('lists the changes that wait, with their difference in words; one, with everything about it, by its number')
    .argument('[number]', 'a change', numberArgument)
    .option('--place <id>', 'only of this place')
    .option('--all', 'also what is in force, withdrawn or held', false)
    .action(async (number: number | undefined, options: { place?: string; all: boolean }) => {
      const { gateway, clock } = await open();
      await bringDueChangesIntoForce(gateway, clock);
      const filter = { ...(options.place === undefined ? {} : { place: options.place }), open: !options.all };
      say(number === undefined ? await listChanges(gateway, filter) : [await findChange(gateway, number)]);
    });

  const decision = (name: string, description: string): Command =>
    register
      .command(name)
      .description(description)
      .argument('<number>', 'the change', numberArgument)
      .requiredOption('--as <person>', 'who decides, by id in the register');

  decision('approve', 'approves what somebody else proposed; in force on its day').action(
    async (change: number, options: { as: string }) => {
      const act = await deciding(open, change, options.as, 'register.approve');
      say([await transaction(act.gateway, (tx) => approveChange(tx, { change, person: options.as, clock: act.clock }))]);
    },
  );

  decision('notify', 'records that notice of the change was given as a condition wants it (standard condition 9)')
    .requiredOption('--evidence <text>', 'what shows it, e.g. letter of 1 March to the Confidentiality Advisory Group')
    .action(async (change: number, { as: person, evidence }: { as: string; evidence: string }) => {
      const act = await deciding(open, change, person, 'register.notify');
      say([await transaction(act.gateway, (tx) => notifyChange(tx, { change, person, evidence, clock: act.clock }))]);
    });

  decision('withdraw', 'takes back a change that is not in force').action(async (change: number, options: { as: string }) => {
    const act = await deciding(open, change, options.as, 'register.withdraw');
    say([await transaction(act.gateway, (tx) => withdrawChange(tx, { change, person: options.as, clock: act.clock }))]);
  });
}

/** Only people of the place a change is about decide about it. */
async function deciding(open: Open, change: number, person: string, action: string): Promise<RegisterApp> {
  const app = await open();
  const { place } = await findChange(app.gateway, change);
  await actAs(app.gateway, { person, roles: ['ig-lead'], place, action, clock: app.clock });
  return app;
}

/** A change as people read it before they approve: what, since when, and what it waits for. */
export function changeText(change: Change): string {
  const waiting: Readonly<Record<Change['state'], string>> = {
    proposed: 'waits for the approval of somebody else',
    'awaiting-notice': 'approved, waits for notice',
    approved: `approved, takes effect on ${change.effectiveOn}`,
    'in-force': `in force as version ${change.version}`,
    withdrawn: `withdrawn by ${change.withdrawnBy}`,
    held: 'could not come into force; propose it again',
  };
  return [
    `Change ${change.change} of ${change.place}: ${waiting[change.state]}`,
    `  proposed by ${change.proposedBy} for ${change.effectiveOn}${change.approvedBy === undefined ? '' : `, approved by ${change.approvedBy}`}`,
    ...change.notices.map((notice) => `  ${change.notifiedBy === undefined ? 'wants notice' : 'notified'}: ${notice}`),
    ...(change.noticeEvidence === undefined ? [] : [`  evidence: ${change.noticeEvidence}`]),
    ...(change.heldBecause ?? []).map((reason) => `  held: ${reason}`),
    ...change.changes.map((line) => `  ${line}`),
  ].join('\n');
}

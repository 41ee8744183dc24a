import { type Command, InvalidArgumentError } from 'commander';
import { type LocalDate, localDate, systemClock } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { admit } from './admit.ts';
import { bringDueChangesIntoForce } from './changes/in-force.ts';
import { checkRegister } from './check.ts';
import { checkText } from './check-text.ts';
import type { RegisterApp } from './command.ts';
import { dayOption } from './command-changes.ts';
import { writeRegisterFiles } from './files.ts';
import { loadRegisterAsOf, loadRegisterFiles } from './load.ts';
import { outlook, outlookText } from './outlook.ts';
import { createRegisterReader } from './reader.ts';
import type { Admission } from './terms.ts';

/** `haven register as-of | outlook`: the register of any past day, and what stops in the days ahead. */
export function addHistoryCommands(register: Command, open: () => Promise<RegisterApp>, out: Output): void {
  register
    .command('as-of')
    .description('the register as it stood at the end of DATE, and what the gate answered that day')
    .argument('<date>', 'YYYY-MM-DD', dayOption)
    .option('--flow <id>', 'only this flow; exits 1 when it was refused')
    .option('--out <dir>', 'writes the files as they stood, instead')
    .action(async (date: LocalDate, options: { flow?: string; out?: string }) => {
      const app = await open();
      await bringDueChangesIntoForce(app.gateway, app.clock);
      const then = await loadRegisterAsOf(app.gateway, date);
      if (then.places.size === 0) {
        throw new GatewayError('REGISTER_EMPTY', 'The register held nothing on that day; its first version is younger.', { status: 404 });
      }
      if (options.out !== undefined) {
        const files: string[] = [];
        for (const { document } of then.places.values()) files.push(...(await writeRegisterFiles(document, options.out)));
        out.print(out.json ? { files } : files.join('\n'));
        return;
      }
      if (options.flow === undefined) {
        const check = checkRegister(then, date);
        const places = [...then.places.values()].map(({ place, version }) => ({ place: place.id, version }));
        out.print(out.json ? { places, ...check } : checkText(check));
        return;
      }
      const admission = admit(then, options.flow, date);
      out.print(out.json ? admission : admissionText(admission));
      if (!admission.admitted) process.exitCode = exitCode.findings;
    });

  register
    .command('outlook')
    .description('what stops in the days ahead if nobody changes the register, and why; exits 1 when anything does')
    .option('--days <number>', 'how far to look', daysOption, 90)
    .option('--at <date>', 'the day to look from, YYYY-MM-DD; today when left out', dayOption)
    .option('--path <path>', 'look at files that are not applied')
    .action(async ({ days, at, path }: { days: number; at?: LocalDate; path?: string }) => {
      const app = path === undefined ? await open() : undefined;
      const looked =
        app === undefined
          ? await loadRegisterFiles(path ?? '')
          : await createRegisterReader(app.gateway, { pool: app.gateway, clock: app.clock })();
      const ahead = outlook(looked, at ?? localDate((app?.clock ?? systemClock).now()), days);
      out.print(out.json ? ahead : outlookText(ahead));
      if (ahead.stops.length + ahead.endings.length > 0) process.exitCode = exitCode.findings;
    });
}

function daysOption(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('must be a number of days');
  return Number(text);
}

const admissionText = (admission: Admission): string =>
  admission.admitted
    ? `admitted on ${admission.at} (register version ${admission.registerVersion})`
    : [
        `refused on ${admission.at} (register version ${admission.registerVersion})`,
        ...admission.refusals.map((refusal) => `  ${refusal.code}: ${refusal.message} [${refusal.clause}]`),
      ].join('\n');

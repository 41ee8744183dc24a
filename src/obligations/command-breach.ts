import { type Command, InvalidArgumentError, Option } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { App, OpenApp } from '../app.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { loadCalendar } from './bank-holidays.ts';
import { type BreachAction, breachActions } from './breach-act.ts';
import { type BreachRisk, breachRisks } from './breach-clock.ts';
import type { ListedBreach } from './breach-list.ts';
import { createDesk, type ObligationDesk } from './desk.ts';

export const deskOf = (app: Pick<App, 'gateway' | 'clock' | 'register' | 'config'>): ObligationDesk =>
  createDesk({
    gateway: app.gateway,
    clock: app.clock,
    register: () => app.register(),
    calendar: () => loadCalendar(app.config.configDirectory),
  });

/** Decided and on record before anything happens. @throws AccessRefusedError */
export async function asLeadOf(app: Pick<App, 'gateway' | 'clock'>, person: string, place: string, action: string): Promise<void> {
  await actAs(app.gateway, { person, roles: ['ig-lead'], place, action, clock: app.clock });
}

function toCount(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

function toMoment(text: string): Date {
  const moment = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(moment.getTime())) return moment;
  throw new GatewayError('MOMENT_INVALID', 'Write the moment with its time zone, like 2026-11-21T14:30:00Z.');
}

interface ReportOptions {
  readonly as: string;
  readonly place: string;
  readonly what: string;
  readonly discovered: string;
  readonly flow: string[];
  readonly agreement: string[];
  readonly persons?: number;
  readonly identifiable: boolean;
  readonly risk: BreachRisk;
}

/** `haven breach report | list | act | close`. */
export function addBreachCommands(program: Command, open: OpenApp, out: Output): void {
  const breach = program.command('breach').description('breaches of confidentiality, with the clocks of the law');
  const say = (one: ListedBreach): void => out.print(out.json ? one : describe(one));

  breach
    .command('report')
    .description('records a breach and starts its clocks')
    .requiredOption('--place <id>', 'place of the register')
    .requiredOption('--what <text>', "what happened, without anybody's name or number")
    .requiredOption('--discovered <moment>', 'when it was discovered, like 2026-11-21T14:30:00Z')
    .requiredOption('--as <person>', 'who reports it, by id in the register')
    .option('--flow <id...>', 'flows it touches', [])
    .option('--agreement <id...>', 'agreements it touches', [])
    .option('--persons <number>', 'how many people, when it is known', toCount)
    .option('--not-identifiable', 'nobody can be identified from what was lost')
    .addOption(new Option('--risk <risk>', 'risk to people').choices([...breachRisks]).default('not-judged'))
    .action(async (options: ReportOptions & { notIdentifiable?: boolean }) => {
      const app = await open();
      const { as: actor, place, what, flow, agreement, persons, risk } = options;
      const discoveredAt = toMoment(options.discovered);
      await asLeadOf(app, actor, place, 'breach.report');
      const identifiable = options.notIdentifiable !== true;
      say(await deskOf(app).report({ place, what, discoveredAt, flows: flow, agreements: agreement, persons, identifiable, risk, actor }));
    });

  breach
    .command('list')
    .description('breaches, the newest first')
    .option('--place <id>', 'only of this place')
    .option('--open', 'only those that are not closed')
    .action(async (options: { place?: string; open?: boolean }) => {
      const breaches = await deskOf(await open()).breaches(options);
      out.print(out.json ? { breaches } : breaches.length === 0 ? 'No breach is recorded.' : breaches.map(describe).join('\n\n'));
    });

  breach
    .command('act')
    .description('records what was done about a breach, as evidence of its task')
    .argument('<number>', 'number of the breach', toCount)
    .addOption(new Option('--kind <kind>', 'what was done').choices(Object.keys(breachActions)).makeOptionMandatory())
    .requiredOption('--note <text>', 'in words, or where it is recorded')
    .requiredOption('--as <person>', 'who did it, by id in the register')
    .option('--organisation <ods>', 'who was told, for told-organisation')
    .action(
      async (
        no: number,
        { kind, note, as: actor, organisation }: { kind: BreachAction; note: string; as: string; organisation?: string },
      ) => {
        const app = await open();
        const desk = deskOf(app);
        await asLeadOf(app, actor, (await desk.breach(no)).place, 'breach.act');
        say(await desk.act({ no, kind, note, actor, organisation }));
      },
    );

  breach
    .command('close')
    .description('closes a breach: somebody else than reported it, when every task is accepted')
    .argument('<number>', 'number of the breach', toCount)
    .requiredOption('--as <person>', 'who closes it, by id in the register')
    .action(async (no: number, { as: actor }: { as: string }) => {
      const app = await open();
      const desk = deskOf(app);
      await asLeadOf(app, actor, (await desk.breach(no)).place, 'breach.close');
      say(await desk.close({ no, actor }));
    });
}

function describe(one: ListedBreach): string {
  const people = one.persons === null ? 'how many people is not known' : `${one.persons} people`;
  const clocks = [
    ...(one.cagDue === null ? [] : [`Confidentiality Advisory Group by ${one.cagDue}`]),
    ...(one.icoDue === null ? [] : [`Commissioner by ${one.icoDue.toISOString()}`]),
  ];
  return [
    `Breach ${one.no}, ${one.place}: ${one.state}, risk ${one.risk}`,
    `  ${one.what}`,
    `  discovered ${one.discoveredAt.toISOString()}; ${people}; ${one.identifiable ? 'identifiable' : 'not identifiable'}`,
    `  agreements ${one.agreements.join(', ')}; organisations ${one.organisations.join(', ')}`,
    ...(clocks.length === 0 ? [] : [`  ${clocks.join('; ')}`]),
    ...one.actions.map(
      ({ kind, organisation, at, actor }) => `  ${at}  ${kind}${organisation === null ? '' : ` ${organisation}`}, ${actor}`,
    ),
  ].join('\n');
}

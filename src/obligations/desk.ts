import type { Pool } from 'pg';
import { transaction } from '../database/query.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Calendar } from './bank-holidays.ts';
import { type ActionTaken, actOnBreach, closeBreach } from './breach-act.ts';
import { type BreachFilter, findBreach, type ListedBreach, listBreaches } from './breach-list.ts';
import { type BreachReport, reportBreach } from './breach-report.ts';
import { type Followed, followObligations } from './follow.ts';
import { judgeEvidence, listTasks, supplyEvidence, type Task, type TaskFilter } from './tasks.ts';

export interface DeskParts {
  readonly gateway: Pool;
  readonly clock: Clock;
  register(): Promise<Register>;
  calendar(): Promise<Calendar>;
}

/**
 * What people do with obligations and breaches, from the command line and over HTTP alike. Whoever calls has asked
 * `actAs` for the person and the place first; what is not of that place does not exist for them.
 */
export interface ObligationDesk {
  follow(): Promise<Followed>;
  tasks(filter: TaskFilter): Promise<Task[]>;
  task(id: string, place?: string): Promise<Task>;
  supply(given: { readonly id: string; readonly reference: string; readonly actor: string }): Promise<Task>;
  judge(given: { readonly id: string; readonly actor: string; readonly refuseBecause?: string }): Promise<Task>;
  breaches(filter: BreachFilter): Promise<ListedBreach[]>;
  breach(no: number, place?: string): Promise<ListedBreach>;
  report(report: BreachReport): Promise<ListedBreach>;
  act(action: ActionTaken): Promise<ListedBreach>;
  close(given: { readonly no: number; readonly actor: string }): Promise<ListedBreach>;
}

export function createDesk(parts: DeskParts): ObligationDesk {
  const { gateway, clock } = parts;
  const desk: ObligationDesk = {
    follow: async () => followObligations(gateway, await parts.register(), clock),
    tasks: (filter) => listTasks(gateway, filter, localDate(clock.now())),
    async task(id, place) {
      const [task] = await desk.tasks({ id, place, all: true });
      if (task !== undefined) return task;
      throw new GatewayError('OBLIGATION_UNKNOWN', 'There is no such task. `haven obligations list` shows what there is.', { status: 404 });
    },
    async supply(given) {
      await transaction(gateway, (tx) => supplyEvidence(tx, given, clock));
      return desk.task(given.id);
    },
    async judge(given) {
      await transaction(gateway, (tx) => judgeEvidence(tx, given, clock));
      return desk.task(given.id);
    },
    breaches: (filter) => listBreaches(gateway, filter),
    breach: (no, place) => findBreach(gateway, no, place),
    async report(report) {
      const [register, calendar] = await Promise.all([parts.register(), parts.calendar()]);
      const no = await transaction(gateway, (tx) => reportBreach(tx, report, { register, calendar, clock }));
      return desk.breach(no);
    },
    async act(action) {
      const [register, calendar] = await Promise.all([parts.register(), parts.calendar()]);
      await transaction(gateway, (tx) => actOnBreach(tx, action, { register, calendar, clock }));
      return desk.breach(action.no);
    },
    async close(given) {
      await transaction(gateway, (tx) => closeBreach(tx, given, clock));
      return desk.breach(given.no);
    },
  };
  return desk;
}

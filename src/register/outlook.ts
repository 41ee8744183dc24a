import type { LocalDate } from '../shared/clock.ts';
import { admit } from './admit.ts';
import { dayAfter, daysAfter } from './calendar.ts';
import { nextChange } from './next-change.ts';
import type { Register } from './register.ts';
import type { Refusal } from './terms.ts';

/** A flow that will stop, if nobody changes the register. */
export interface FlowStop {
  readonly flow: string;
  readonly title: string;
  readonly place: string;
  readonly agreement: string;
  /** First day on which it is refused. */
  readonly on: LocalDate;
  readonly refusals: readonly Refusal[];
}

/** One reason that stops flows on one day: what somebody has to mend. */
export interface StopCause extends Refusal {
  readonly on: LocalDate;
  readonly place: string;
  readonly flows: readonly string[];
}

/** A licence, client or seat whose last day falls into the window. */
export interface Ending {
  readonly kind: 'licence' | 'client' | 'seat';
  readonly id: string;
  readonly place: string;
  /** First day without it. */
  readonly on: LocalDate;
}

export interface Outlook {
  readonly from: LocalDate;
  /** Last day looked at. */
  readonly to: LocalDate;
  readonly stops: readonly FlowStop[];
  readonly causes: readonly StopCause[];
  readonly endings: readonly Ending[];
}

/**
 * What stops within so many days after `from`, and why, while there is still time to renew it (the Pioneer approval took
 * ten weeks). Asks the gate itself about every day on which its answer can change, so no rule is written twice.
 */
export function outlook(register: Register, from: LocalDate, days: number): Outlook {
  const to = daysAfter(from, days);
  const stops = [...register.flows.values()]
    .flatMap(({ flow, place }): FlowStop[] => {
      const stop = firstStop(register, flow.id, from);
      if (stop === undefined || stop.on > to) return [];
      return [{ flow: flow.id, title: flow.title, place: place.place.id, agreement: flow.agreement, ...stop }];
    })
    .sort((a, b) => a.on.localeCompare(b.on) || a.flow.localeCompare(b.flow));
  return { from, to, stops, causes: causesOf(stops), endings: endingsOf(register, from, to) };
}

/** The first day after `from` on which a flow that ran the day before is refused; a flow that starts in between counts too. */
function firstStop(register: Register, flow: string, from: LocalDate): Pick<FlowStop, 'on' | 'refusals'> | undefined {
  let change = nextChange(register, flow, from);
  if (change !== undefined && !admit(register, flow, from).admitted) change = nextChange(register, flow, change.on);
  return change === undefined || change.admission.admitted ? undefined : { on: change.on, refusals: change.admission.refusals };
}

function causesOf(stops: readonly FlowStop[]): StopCause[] {
  const causes = new Map<string, StopCause & { readonly flows: string[] }>();
  for (const { flow, on, place, refusals } of stops) {
    for (const refusal of refusals) {
      const key = JSON.stringify([on, place, refusal]);
      const known = causes.get(key);
      if (known === undefined) causes.set(key, { on, place, ...refusal, flows: [flow] });
      else known.flows.push(flow);
    }
  }
  return [...causes.values()];
}

function endingsOf(register: Register, from: LocalDate, to: LocalDate): Ending[] {
  const found: Ending[] = [];
  const look = (kind: Ending['kind'], id: string, place: string, lastDay: LocalDate): void => {
    const on = dayAfter(lastDay);
    if (on > from && on <= to) found.push({ kind, id, place, on });
  };
  for (const { project, place } of register.projects.values()) look('licence', project.id, place.place.id, project.validTo);
  for (const { client, place } of register.clients.values()) look('client', client.clientId, place.place.id, client.validTo);
  for (const { document } of register.places.values()) {
    for (const seat of document.seats) look('seat', seat.id, document.place.id, seat.validTo);
  }
  return found.sort((a, b) => a.on.localeCompare(b.on) || a.id.localeCompare(b.id));
}

/** One line for each reason and ending, soonest first. */
export function outlookText({ from, to, stops, causes, endings }: Outlook): string {
  const lines = causes.map(
    ({ on, place, code, message, clause, flows }) =>
      `${on} ${place}: ${flows.length} ${flows.length === 1 ? 'flow stops' : 'flows stop'} (${shown(flows)}): ${code}: ${message} [${clause}]`,
  );
  lines.push(...endings.map(({ on, place, kind, id }) => `${on} ${place}: the ${kind} ${id} has ended`));
  lines.push(`${stops.length} flows stop from ${from} to ${to}, if nobody changes the register`);
  return lines.join('\n');
}

const shown = (flows: readonly string[]): string =>
  flows.length <= 3 ? flows.join(', ') : `${flows.slice(0, 3).join(', ')} and ${flows.length - 3} more`;

import { type LocalDate, parseLocalDate } from '../shared/clock.ts';
import { handlers } from './admission-rule.ts';
import { admit } from './admit.ts';
import { dayAfter } from './calendar.ts';
import type { Register, RegisteredFlow } from './register.ts';
import type { Admission } from './terms.ts';

/** The first day on which the gate answers otherwise than today: admitted becomes refused, or refused admitted. */
export interface NextChange {
  readonly on: LocalDate;
  readonly admission: Admission;
}

/**
 * When will the answer for this flow change, if nobody changes the register? Every date the flow rests on is tried, and the
 * day after it, because periods include their last day. A job asks again on that day; people see it as `until`.
 */
export function nextChange(register: Register, flowId: string, at: LocalDate): NextChange | undefined {
  const entry = register.flows.get(flowId);
  if (entry === undefined) return undefined;
  const now = admit(register, flowId, at).admitted;
  const days = [...new Set(datesOf(entry).flatMap((date) => [date, dayAfter(date)]))].filter((date) => date > at).sort();
  for (const on of days) {
    const admission = admit(register, flowId, on);
    if (admission.admitted !== now) return { on, admission };
  }
  return undefined;
}

/** Every date in what the flow rests on, whatever it means: a rule added later is covered without touching this. */
function datesOf(entry: RegisteredFlow): LocalDate[] {
  const dates: LocalDate[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') {
      const date = parseLocalDate(value);
      if (date !== undefined) dates.push(date);
    } else if (value !== null && typeof value === 'object') Object.values(value).forEach(collect);
  };
  collect([entry.flow, entry.agreement, entry.framework, entry.endpoint, handlers(entry)]);
  return dates;
}

import { type LocalDate, localDate } from '../shared/clock.ts';
import { addWorkingDays, type Calendar } from './bank-holidays.ts';
import { addDays } from './dates.ts';

export const breachRisks = ['not-judged', 'none', 'risk', 'high-risk'] as const;
export type BreachRisk = (typeof breachRisks)[number];

export interface BreachClock {
  /** Last day to tell the Confidentiality Advisory Group (condition 11); undefined when no approval of its is touched. */
  readonly cagDue: LocalDate | undefined;
  /** Moment by which the Commissioner is told (UK GDPR art. 33(1)); undefined when somebody judged that there is no risk. */
  readonly icoDue: Date | undefined;
  readonly remedyDue: LocalDate;
  readonly organisationsDue: LocalDate;
}

/**
 * The clocks of a breach, from the moment it was discovered. Ten working days begin the day after; 72 hours run through
 * nights, weekends and holidays (Regulation 1182/71 as retained). A risk that nobody has judged counts as one.
 */
export function breachClock(
  breach: { readonly discoveredAt: Date; readonly risk: BreachRisk; readonly underSection251: boolean },
  calendar: Calendar,
): BreachClock {
  const discovered = localDate(breach.discoveredAt);
  const tenth = addWorkingDays(discovered, 10, calendar);
  return {
    cagDue: breach.underSection251 ? tenth : undefined,
    icoDue: breach.risk === 'none' ? undefined : new Date(breach.discoveredAt.getTime() + 72 * 3_600_000),
    remedyDue: tenth,
    organisationsDue: addDays(discovered, 1),
  };
}

import { z } from 'zod';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';

/** Nothing that is kept here happened before; and the calendar of PostgreSQL has no year 0. */
const earliest = '1900-01-01';

export const daySchema = z.iso.date().refine((day) => day >= earliest, `must not be before ${earliest}`);

export interface Period {
  readonly from?: LocalDate;
  readonly to?: LocalDate;
}

/**
 * The days a query asks about, both ends within; an end that is not given is open.
 * @throws GatewayError PERIOD_INVALID
 */
export function readPeriod({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): Period {
  if (from !== undefined && to !== undefined && to < from) {
    throw new GatewayError('PERIOD_INVALID', 'The last day of the period is before its first. Give `from` the earlier of the two.', {
      status: 400,
    });
  }
  return { ...(from === undefined ? {} : { from: from as LocalDate }), ...(to === undefined ? {} : { to: to as LocalDate }) };
}

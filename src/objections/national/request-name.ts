import { GatewayError } from '../../shared/errors.ts';

/** The last sequence four digits can hold. */
export const lastSequence = 9_999;

/**
 * `<mailbox>-<DDMMYYYY>-<4-digit sequence in month>`: name of a request file without its `.dat`, and at the same time its
 * LocalId and Subject. Letters, digits and hyphens only: a colon in any of them gets no answer at all (Check for National
 * Data Opt-outs, file naming).
 * @param date local date, `YYYY-MM-DD`
 * @throws GatewayError NDOP_SEQUENCE_EXHAUSTED after 9,999 files in one month
 */
export function nameRequest(mailbox: string, date: string, sequence: number): string {
  if (!Number.isInteger(sequence) || sequence < 1 || sequence > lastSequence) {
    throw new GatewayError('NDOP_SEQUENCE_EXHAUSTED', 'This mailbox has named 9,999 request files this month. Wait for the next month.');
  }
  const [year = '', month = '', day = ''] = date.split('-');
  return `${mailbox}-${day}${month}${year}-${String(sequence).padStart(4, '0')}`;
}

/** The file of a request. */
export const requestFileName = (localId: string): string => `${localId}.dat`;

/** The request a file or LocalId speaks of, or undefined: `X26ABC1-22112026-0001.dat` and its LocalId are the same request. */
export function localIdOf(name: string): string | undefined {
  const match = /^([A-Z0-9]{1,30}-\d{8}-\d{4})(?:\.[A-Za-z0-9]{1,8})?$/.exec(name.trim());
  return match?.[1];
}

import { offsetMinutes, toLondonTime } from '../london-time.ts';

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const digits = (text: string, from: number, count: number): number => {
  let value = 0;
  for (let i = from; i < from + count; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

/** HL7 FHIR R4 §2.24.0.1 `dateTime` after the date: `Thh:mm:ss(.s+)?(Z|±hh:mm)`; seconds and offset may be missing in old data. */
function isTime(text: string): boolean {
  if (text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58) return false;
  if (!(digits(text, 11, 2) <= 23) || !(digits(text, 14, 2) <= 59)) return false;
  let at = 16;
  if (text.charCodeAt(at) === 58) {
    // 60 is a leap second, which the standard allows.
    if (!(digits(text, at + 1, 2) <= 60)) return false;
    at += 3;
    if (text.charCodeAt(at) === 46) {
      at += 1;
      while (at < text.length && text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
    }
  }
  if (at === text.length) return true;
  const sign = text.charCodeAt(at);
  if (sign === 90) return at + 1 === text.length;
  return (sign === 43 || sign === 45) && text.length === at + 6 && digits(text, at + 1, 2) <= 14 && digits(text, at + 4, 2) <= 59;
}

/** `Z`, `+01:00`: what follows the time; '' where the sender gave a time without a place, which is taken for London's. */
const offsetOf = (text: string): string => (text.length > 16 ? (/(?:Z|[+-]\d\d:\d\d)$/.exec(text)?.[0] ?? '') : '');

/** Milliseconds since 1970 of a whole second that was sent with an offset, with the fraction as text. */
function momentOf(text: string, offset: string): { readonly utc: number; readonly fraction: string } {
  const local = text.slice(0, -offset.length);
  const [whole = '', fraction] = local.split('.');
  const [hours, minutes, seconds] = [digits(whole, 11, 2), digits(whole, 14, 2), whole.length > 16 ? digits(whole, 17, 2) : 0];
  const asIfUtc = Date.UTC(digits(whole, 0, 4), digits(whole, 5, 2) - 1, digits(whole, 8, 2), hours, minutes, seconds);
  return { utc: asIfUtc - (offsetMinutes(offset) ?? 0) * 60_000, fraction: fraction === undefined ? '' : `.${fraction}` };
}

/**
 * When something happened: a FHIR date, dateTime or instant as the clock in London showed it, like the times of the data
 * sets (src/feeds/london-time.ts), to the second. '' when it is not one in the calendar. A year or month alone becomes its
 * first day, because an event needs a place in time.
 */
export function readDateTime(text: string): string {
  const read = readAsSent(text);
  const offset = offsetOf(read);
  return offset === '' ? read : toLondonTime(momentOf(read, offset).utc);
}

/**
 * When the source changed it: only ever compared, so it is told in UTC, whole to the last digit. The clock in London shows
 * one hour twice in autumn, and the later change of that hour would pass for the earlier one.
 */
export function readInstant(text: string): string {
  const read = readAsSent(text);
  const offset = offsetOf(read);
  if (offset === '' || offset === 'Z') return read;
  const { utc, fraction } = momentOf(read, offset);
  return `${new Date(utc).toISOString().slice(0, 19)}${fraction}Z`;
}

/** As sent; '' when it is not in the calendar. */
function readAsSent(text: string): string {
  const length = text.length;
  if (length < 4 || length > 40) return '';
  const year = digits(text, 0, 4);
  if (!(year >= 1800 && year <= 2200)) return '';
  if (length === 4) return `${text}-01-01`;
  const month = digits(text, 5, 2);
  if (text.charCodeAt(4) !== 45 || !(month >= 1 && month <= 12)) return '';
  if (length === 7) return `${text}-01`;
  const day = digits(text, 8, 2);
  if (text.charCodeAt(7) !== 45 || !(day >= 1 && day <= (daysIn[month - 1] as number))) return '';
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))) return '';
  return length === 10 || isTime(text) ? text : '';
}

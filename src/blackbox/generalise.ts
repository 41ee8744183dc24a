import { entryOf } from './values.ts';

/** Where a postcode lies; the full postcode is known only here and is never kept (about 15 households share one). */
export interface PostcodeArea {
  readonly lsoa: string;
  readonly ward: string;
}
export type PostcodeLookup = ReadonlyMap<string, PostcodeArea>;

export interface GeneralisedPostcode {
  readonly sector: string;
  readonly lsoa: string;
  readonly ward: string;
}

const fullPostcode = /^([A-Z]{1,2}\d[A-Z\d]?)(\d)[A-Z]{2}$/;
const nowhere: GeneralisedPostcode = { sector: '', lsoa: '', ward: '' };

/** Sector = outward code and first inward digit. Pseudo postcodes (ZZ99 no fixed abode, not known …) are nowhere. */
export function generalisePostcode(postcode: string, lookup: PostcodeLookup): GeneralisedPostcode {
  const compact = postcode.toUpperCase().replace(/\s+/g, '');
  const parts = fullPostcode.exec(compact);
  if (!parts || compact.startsWith('ZZ99')) return nowhere;
  const area = lookup.get(compact);
  return { sector: `${parts[1]} ${parts[2]}`, lsoa: area?.lsoa ?? '', ward: area?.ward ?? '' };
}

/** First day of the month; '' when not even the month is known. */
export const toMonth = (date: string): string => (date.length >= 7 ? `${date.slice(0, 7)}-01` : '');

const sexCodes: Readonly<Record<string, string>> = {
  '1': '1', m: '1', male: '1',
  '2': '2', f: '2', female: '2',
  '9': '9', i: '9', indeterminate: '9', other: '9',
  '0': 'X', x: 'X', u: 'X', unknown: 'X', 'not known': 'X',
}; // biome-ignore format: one line a code

/** PERSON STATED GENDER CODE of the NHS Data Dictionary; '' when the value is none of the known spellings. */
export const toSex = (value: string): string => entryOf(sexCodes, value.toLowerCase()) ?? '';

/**
 * Whole years between a birth (a date, or a month) and a date. With the month alone the person is taken to be born on its
 * last day, so that nobody is treated as an adult too early. Undefined when the birth is not known to the month.
 */
export function ageInYears(birth: string, at: string): number | undefined {
  if (birth.length < 7 || at.length < 10) return undefined;
  const years = Number(at.slice(0, 4)) - Number(birth.slice(0, 4));
  const birthday = birth.length >= 10 ? birth.slice(5, 10) : `${birth.slice(5, 7)}-31`;
  return at.slice(5, 10) < birthday ? years - 1 : years;
}

import { basisWords, inWords, longDate, plural, purposeWords, sentence } from '../register/documents/words.ts';
import type { LocalDate } from '../shared/clock.ts';

/** Columns as the person they are about would call them. */
const names: Readonly<Record<string, string>> = {
  lsoa: 'Neighbourhood you live in (lower layer super output area)',
  ward: 'Electoral ward you live in',
  practice: 'GP practice (code)',
  birth_month: 'Month of birth',
  death_month: 'Month of death',
  linkage_grade: 'Confidence that the records are yours',
  postcode_sector: 'Postcode, without its last two letters',
  number_status: 'State of your NHS number',
  source_at: 'As recorded on',
  conflicts: 'Where this differs from others',
  as_of: 'Counted on',
  cost_12m_pence: 'Cost in the last 12 months',
  settings_seen: 'Kinds of care seen',
};

/** NHS Data Dictionary: PERSON STATED GENDER CODE, ETHNIC CATEGORY (2001 groups), NHS NUMBER STATUS INDICATOR CODE. */
const meanings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: { 1: 'Male', 2: 'Female', 9: 'Indeterminate', X: 'Not known' },
  number_status: { '01': 'present and verified', '02': 'present, not traced', '03': 'to be traced' },
  ethnic_category: {
    A: 'White: British',
    B: 'White: Irish',
    C: 'White: any other White background',
    D: 'Mixed: White and Black Caribbean',
    E: 'Mixed: White and Black African',
    F: 'Mixed: White and Asian',
    G: 'Mixed: any other mixed background',
    H: 'Asian or Asian British: Indian',
    J: 'Asian or Asian British: Pakistani',
    K: 'Asian or Asian British: Bangladeshi',
    L: 'Asian or Asian British: any other Asian background',
    M: 'Black or Black British: Caribbean',
    N: 'Black or Black British: African',
    P: 'Black or Black British: any other Black background',
    R: 'Other ethnic groups: Chinese',
    S: 'Other ethnic groups: any other ethnic group',
    Z: 'Not stated',
    99: 'Not known',
  },
};

const spans: Readonly<Record<string, string>> = { '6m': ' in the last 6 months', '12m': ' in the last 12 months' };

/** A column, an attribute or a kind in words: `gp_encounters_6m`, `TimeAtScene`, `emergency-attendance`. */
export function sayName(name: string): string {
  const known = names[name];
  if (known !== undefined) return known;
  const [, stem = name, span = ''] = /^(.*)_(6m|12m)$/.exec(name) ?? [];
  // Runs of capitals are abbreviations and stay: `NHS`, `ODS`.
  const split = stem.replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`);
  return `${sentence(inWords(split.replaceAll(/[_.]/g, '-')))}${spans[span] ?? ''}`;
}

/** `2025-02-14` and `2025-02-14T10:41` as people write them: midnight stands for a day without a time; a log writes in UTC and says so. */
export function sayDate(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2})?(Z)?)?$/.exec(text);
  if (match === null) return text;
  const [, day = '', time, utc] = match;
  return `${longDate(day as LocalDate)}${time === undefined || (time === '00:00' && utc === undefined) ? '' : `, ${time}${utc === undefined ? '' : ' UTC'}`}`;
}

const codings: Readonly<Record<string, string>> = {
  icd10: 'ICD-10',
  opcs4: 'OPCS-4',
  snomed: 'SNOMED CT',
  readv2: 'Read v2',
  ctv3: 'CTV3',
  dmd: 'dm+d',
  local: 'local code',
};

/** `icd10:I219` becomes "ICD-10 I219". */
export const sayCode = (code: string): string => {
  const [system = '', ...rest] = code.split(':');
  return rest.length === 0 ? code : `${codings[system] ?? system} ${rest.join(':')}`;
};

const say = (dictionary: Readonly<Record<string, string>>, id: string): string => dictionary[id] ?? inWords(id);
export const sayPurpose = (purpose: string): string => say(purposeWords, purpose);
export const sayBasis = (basis: string): string => say(basisWords, basis);

export const sayPounds = (pence: number | null): string => (pence === null ? 'not recorded' : `£${(pence / 100).toFixed(2)}`);

/** A value in words. @param name what it is a value of: codes mean something only there */
export function sayValue(value: unknown, name = ''): string {
  if (value === null || value === undefined || value === '') return 'not recorded';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => sayValue(one, name)).join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, member]) => `${sayName(key)}: ${sayValue(member, key)}`)
      .join('; ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = String(value);
  if (name.endsWith('_pence')) return sayPounds(Number(value));
  if (name.endsWith('_month')) return sayDate(text).replace(/^\d+ /, '');
  if (name === 'settings_seen' || name === 'conditions') return inWords(text);
  const meaning = meanings[name]?.[text];
  return meaning === undefined ? sayDate(text) : `${meaning} (${text})`;
}

export const sayMonths = (months: number | null): string => (months === null ? 'not agreed' : plural(months, 'month'));

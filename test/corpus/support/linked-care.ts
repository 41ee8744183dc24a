import { readRows, testNumbers, toCsv } from './shared-data.ts';

export const linkedCare = 'linked-care-journeys-sim';

type Row = Record<string, string>;

/** One feed as a sender would have sent it before anybody took the NHS numbers out. */
export interface RawFeed {
  readonly flow: string;
  /** Column that identifies a record. */
  readonly key: string;
  readonly rows: readonly Row[];
  readonly csv: string;
}

const sources = [
  ['county-patients', 'patients', 'patient_id'],
  ['county-episodes', 'sus_episodes', 'episode_id'],
  ['county-attendances', 'ecds_attendances', 'attendance_id'],
  ['county-contacts', 'csds_contacts', 'contact_id'],
  ['county-referrals', 'mhsds_referrals', 'referral_id'],
  ['county-packages', 'social_care', 'package_id'],
] as const;

/**
 * Puts NHS numbers back where the set has pseudonyms: a person's first pseudonym is their number of the map, a second one
 * is another number that the first has replaced, as PDS reports it. `INVALID` and empty cells stay what they are.
 */
export function rebuildFeeds(): readonly RawFeed[] {
  const numberOf = new Map(
    readRows(linkedCare, 'derived_nhs_number_map.csv').map((row) => [row.patient_id, row.nhs_number_999_test ?? '']),
  );
  const files = sources.map(([flow, file, key]) => ({ flow, key, rows: readRows(linkedCare, `${file}.csv`) }));
  const second = testNumbers(100, 900_000)[Symbol.iterator]();
  const numbers = new Map<string, string>();
  const used = new Set<string>();
  const replaced = new Map<string, string>();
  for (const { rows } of files) {
    for (const { patient_id: patient = '', nhs_number: pseudonym = '' } of rows) {
      if (!pseudonym.startsWith('PSEUDO_') || numbers.has(pseudonym)) continue;
      const mapped = numberOf.get(patient) ?? '';
      const number = used.has(patient) ? (second.next().value as string) : mapped;
      if (used.has(patient)) replaced.set(number, mapped);
      used.add(patient);
      numbers.set(pseudonym, number);
    }
  }
  return files.map(({ flow, key, rows }) => {
    const raw = rows.map((row) => {
      const number = numbers.get(row.nhs_number ?? '') ?? row.nhs_number ?? '';
      return { ...row, nhs_number: number, superseded_by_nhs_number: replaced.get(number) ?? '' };
    });
    const columns = Object.keys(raw[0] ?? {}).filter((name) => name !== 'superseded_by_nhs_number' || flow === 'county-patients');
    return { flow, key, rows: raw, csv: toCsv(columns, raw) };
  });
}

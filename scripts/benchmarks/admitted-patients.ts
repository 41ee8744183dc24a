import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { checkDigit } from '../generate/nhs-numbers.ts';

/** Twenty official columns of SUS admitted patient care, as suppliers extract them. */
const header = [
  'NHSNumber', 'NHSNumberTraceStatus', 'DateofBirth', 'Sex', 'EthnicGroup', 'Postcode', 'PracticeCodeofRegisteredGP',
  'OrganisationCodeCodeOfProvider', 'HospitalProviderSpellNumber', 'EpisodeNumber', 'StartDateHospitalProviderSpell',
  'DischargeDateFromHospitalProviderSpell', 'AdmissionMethodHospitalProviderSpell', 'SourceOfAdmissionHospitalProviderSpell',
  'DischargeMethodHospitalProviderSpell', 'DischargeDestinationHospitalProviderSpell', 'TreatmentFunctionCode', 'SpellCoreHRG',
  'DIAG_01', 'DIAG_02',
] as const; // biome-ignore format: one glance

const diagnoses = [
  'I21.9',
  'J44.1',
  'J18.9',
  'N39.0',
  'S72.0',
  'I50.0',
  'K80.2',
  'E11.9',
  'G30.9',
  'R07.4',
  'A41.9',
  'I63.9',
  'R55X',
  'M16.1',
  'C34.9',
];
const methods = ['11', '12', '13', '21', '22', '24', '28', '2A'];
const functions = ['100', '101', '110', '120', '130', '300', '301', '302', '320', '330', '340', '350', '361', '370', '400'];
const practices = Array.from({ length: 37 }, (_, i) => `F81${String(i + 1).padStart(3, '0')}`);
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

export interface AdmittedPatients {
  readonly path: string;
  readonly rows: number;
  readonly people: number;
  /** First person, so that two files can be about different people. */
  readonly firstPerson?: number;
  /** First spell, so that two files can hold different records. */
  readonly firstSpell?: number;
  /** Characters of a last column that no data set has, and that is dropped: makes a file large, and its rows long. */
  readonly remarks?: number;
}

/** The n-th valid number of the 9xx range, which is never issued: the 999 block alone is too small for two million people. */
export function nthTestNumber(n: number): string {
  // Two stems for each n, so that no two share a number; where the even one has no check digit, the odd one has.
  const even = String(900_000_000 + 2 * n);
  const digit = checkDigit(even);
  if (digit < 10) return even + digit;
  const odd = String(900_000_001 + 2 * n);
  return odd + checkDigit(odd);
}

/** Writes a file of admitted-patient episodes: deterministic, in random order of people, with realistic repetition of values. */
export async function writeAdmittedPatients({
  path,
  rows,
  people,
  firstPerson = 0,
  firstSpell = 0,
  remarks = 0,
}: AdmittedPatients): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 4_194_304 });
  file.write(`${header.join(',')}${remarks > 0 ? ',Remarks' : ''}\n`);
  const remark = remarks > 0 ? `,${'seen on the ward '.repeat(remarks).slice(0, remarks)}` : '';
  const persons = new Map<number, string>();
  let text = '';
  let state = 12_345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return Math.floor((state / 0x8000_0000) * below);
  };
  const describe = (index: number): string => {
    const year = 1925 + ((index * 7) % 95);
    return [
      nthTestNumber(index), '01', `${year}-${pad(1 + (index % 12), 2)}-${pad(1 + (index % 28), 2)}`, String(1 + (index % 2)), 'ABCDEFGHJKLMNPRSZ'[index % 17],
      `SS${index % 10} ${index % 9}A${'BDEFGHJLN'[index % 9]}`, practices[index % 37],
    ].join(','); // biome-ignore format: one row
  };
  for (let row = 0; row < rows; row++) {
    const index = firstPerson + random(people);
    let person = persons.get(index);
    if (person === undefined) {
      person = describe(index);
      persons.set(index, person);
    }
    const day = random(1_460);
    const admitted = new Date(Date.UTC(2022, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
    const discharged = new Date(Date.UTC(2022, 0, 1) + (day + random(14)) * 86_400_000).toISOString().slice(0, 10);
    text += `${person},RAJ01,${pad(firstSpell + row, 10)},1,${admitted},${discharged},${methods[random(8)]},19,1,19,${functions[random(functions.length)]},AA${pad(random(60), 2)}Z,${diagnoses[random(15)]},${diagnoses[random(15)]}${remark}\n`;
    if (text.length > 1_048_576) {
      if (!file.write(text)) await once(file, 'drain');
      text = '';
    }
  }
  file.end(text);
  await once(file, 'finish');
}

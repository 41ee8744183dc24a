/** A long-term condition: how common it is by age (under 18, 45, 65, 75, 85, older), its codes, and what is prescribed for it. */
export interface Condition {
  readonly id: string;
  readonly prevalence: readonly number[];
  readonly snomed: string;
  readonly read: string;
  readonly icd10: string;
  /** dm+d product ids, with the price of an issue in pounds. */
  readonly medicines: readonly (readonly [string, number])[];
}

const condition = (
  id: string,
  prevalence: readonly number[],
  snomed: string,
  read: string,
  icd10: string,
  medicines: Condition['medicines'] = [],
): Condition => ({ id, prevalence, snomed, read, icd10, medicines });

/** Prevalences are rough figures for England, chosen so that use of services looks right; they are not estimates. */
export const conditions: readonly Condition[] = [
  condition('hypertension', [0, 0.03, 0.2, 0.4, 0.5, 0.55], '38341003', 'G20..', 'I10', [
    ['319283006', 1.12],
    ['318900004', 1.31],
  ]),
  condition('coronary-heart-disease', [0, 0.003, 0.04, 0.12, 0.2, 0.24], '53741008', 'G3...', 'I259', [
    ['320029006', 1.48],
    ['319775004', 0.86],
  ]),
  condition('heart-failure', [0, 0.001, 0.01, 0.035, 0.09, 0.16], '84114007', 'G58..', 'I500', [
    ['317972004', 1.05],
    ['318856003', 2.4],
  ]),
  condition('atrial-fibrillation', [0, 0.001, 0.012, 0.06, 0.13, 0.2], '49436004', 'G5730', 'I489', [['703907006', 26.6]]),
  condition('stroke', [0, 0.002, 0.015, 0.045, 0.09, 0.13], '230690007', 'G66..', 'I639', [['319773006', 1.2]]),
  condition('copd', [0, 0.002, 0.035, 0.08, 0.1, 0.09], '13645005', 'H3...', 'J449', [
    ['320139002', 1.5],
    ['407753009', 27.5],
  ]),
  condition('asthma', [0.09, 0.07, 0.07, 0.07, 0.06, 0.05], '195967001', 'H33..', 'J459', [['320139002', 1.5]]),
  condition('diabetes', [0.002, 0.02, 0.1, 0.17, 0.19, 0.17], '44054006', 'C10F.', 'E119', [
    ['325278007', 1.9],
    ['325242002', 1.1],
  ]),
  condition('chronic-kidney-disease', [0, 0.005, 0.03, 0.11, 0.22, 0.33], '433144002', '1Z12.', 'N183'),
  condition('cancer', [0.001, 0.008, 0.04, 0.1, 0.14, 0.15], '363346000', 'B....', 'C349'),
  condition('depression', [0.01, 0.13, 0.15, 0.11, 0.1, 0.1], '35489007', 'E2B..', 'F329', [['321988007', 1.04]]),
  condition('severe-mental-illness', [0, 0.009, 0.012, 0.01, 0.009, 0.008], '58214004', 'E10..', 'F209', [['322811000', 3.3]]),
  condition('dementia', [0, 0, 0.003, 0.018, 0.08, 0.24], '52448006', 'Eu02z', 'F03X', [['322873009', 1.7]]),
  condition('osteoporosis', [0, 0.001, 0.02, 0.06, 0.12, 0.17], '64859006', 'N330.', 'M819', [['324575004', 0.9]]),
  condition('rheumatoid-arthritis', [0, 0.003, 0.011, 0.018, 0.02, 0.02], '69896004', 'N040.', 'M069', [['326874007', 2.8]]),
  condition('parkinsons-disease', [0, 0, 0.002, 0.008, 0.018, 0.02], '49049000', 'F12..', 'G20X', [['322829007', 6.2]]),
  condition('epilepsy', [0.006, 0.008, 0.009, 0.009, 0.01, 0.01], '84757009', 'F25..', 'G409', [['322880003', 2.9]]),
  condition('hypothyroidism', [0.001, 0.02, 0.05, 0.08, 0.1, 0.1], '40930008', 'C04..', 'E039', [['325257008', 0.8]]),
];

/** Secondary diagnoses that the Hospital Frailty Risk Score counts (Gilbert, Lancet 2018;391:1775). */
export const frailtyCodes = [
  'R296',
  'N390',
  'F059',
  'W19X',
  'R54X',
  'E86X',
  'N179',
  'R410',
  'I679',
  'L899',
  'R33X',
  'R32X',
  'K590',
  'J189',
  'Z742',
  'R268',
  'M199',
  'H540',
  'I951',
  'D649',
  'R13X',
  'R634',
  'E871',
  'Z933',
  'G309',
  'S060',
];

/** Why people are admitted unplanned: primary ICD-10, treatment function, typical nights, procedure. */
export const emergencies: readonly (readonly [string, string, number, string?])[] = [
  ['J189', '300', 6],
  ['N390', '300', 4],
  ['I500', '320', 7],
  ['J441', '340', 5],
  ['I219', '320', 4, 'K752'],
  ['I639', '300', 9],
  ['A419', '300', 8],
  ['S7200', '110', 13, 'W371'],
  ['R074', '300', 1],
  ['K529', '301', 2],
  ['K359', '100', 3, 'H012'],
  ['R55X', '300', 1],
  ['E109', '300', 3],
  ['L031', '300', 3],
  ['R104', '100', 1],
  ['F059', '430', 9],
  ['J069', '420', 1],
  ['T391', '300', 1],
];
export const electives: readonly (readonly [string, string, string, number])[] = [
  ['H259', '130', 'C712', 0],
  ['K573', '301', 'H251', 0],
  ['M171', '110', 'W401', 3],
  ['M161', '110', 'W371', 3],
  ['K409', '100', 'T202', 0],
  ['C509', '100', 'B274', 1],
  ['D125', '301', 'H231', 0],
  ['N40X', '101', 'M653', 2],
];
/** Codes that the restricted list holds; a supplier sends them all the same. */
export const restrictedDiagnoses = ['Z312', 'N980', 'F640', 'A513', 'A549', 'O049'] as const;

import type { PostcodeArea } from '../../src/feeds/postcodes.ts';
import type { ObjectionKind } from '../../src/objections/kinds.ts';
import type { Day } from './calendar.ts';
import { type Condition, conditions } from './conditions.ts';
import { type Practice, practices } from './practices.ts';
import type { Random } from './random.ts';

/** How often people object, by kind: about one in twenty for the two big ones (NHS England, 2021: 5.4 % of England). */
const objectionRates = {
  'type-1': 0.05,
  ndop: 0.05,
  programme: 0.004,
  'social-care-consent-withheld': 0.004,
  'social-care-consent-withdrawn': 0.002,
  'local-sharing': 0.002,
  'right-to-object': 0.001,
  'risk-stratification': 0.003,
} as const satisfies Partial<Record<ObjectionKind, number>>;
export type InventedObjection = keyof typeof objectionRates;
export const objectionKinds = Object.keys(objectionRates) as InventedObjection[];

export interface Person {
  readonly index: number;
  readonly nhsNumber: string;
  readonly given: string;
  readonly surname: string;
  /** PERSON STATED GENDER CODE */
  readonly sex: '1' | '2' | '9' | 'X';
  readonly birth: Day;
  readonly age: number;
  readonly ethnic: string;
  readonly postcode: string;
  readonly street: string;
  readonly telephone: string;
  readonly mobile: string;
  readonly practice: Practice;
  readonly guid: string;
  readonly hospitalNumber: string;
  readonly councilId: string;
  readonly registered: Day;
  /** Undefined while alive. */
  readonly death: Day | undefined;
  /** 0 fit to 1 severely frail: what drives use of every service. */
  readonly frailty: number;
  readonly conditions: readonly Condition[];
  readonly objections: readonly InventedObjection[];
  readonly spineSensitive: boolean;
  readonly dummy: boolean;
  /** Dirt is only put into records of people who would otherwise land, so that every receipt can be foretold to the row. */
  readonly clean: boolean;
}

const given1 = [
  'Arlo',
  'Bram',
  'Cai',
  'Dorian',
  'Edric',
  'Fabian',
  'Gethin',
  'Hamza',
  'Idris',
  'Jovan',
  'Kofi',
  'Lorcan',
  'Milo',
  'Nikhil',
  'Osric',
  'Piran',
  'Quentin',
  'Rafe',
  'Soren',
  'Tobiah',
];
const given2 = [
  'Anwen',
  'Beatrix',
  'Clemency',
  'Delphine',
  'Elowen',
  'Fenella',
  'Greta',
  'Hestia',
  'Isolde',
  'Junia',
  'Kerensa',
  'Lavinia',
  'Marigold',
  'Nerys',
  'Orla',
  'Primrose',
  'Rosalind',
  'Saffron',
  'Tamsin',
  'Zadie',
];
const syllables1 = [
  'Quill',
  'Marrow',
  'Thistle',
  'Fen',
  'Bram',
  'Ockle',
  'Pell',
  'Wither',
  'Sandle',
  'Gorse',
  'Hollin',
  'Tarn',
  'Eddle',
  'Kestrel',
  'Larkin',
  'Mossop',
  'Nettle',
  'Orchard',
  'Rushen',
  'Sedge',
  'Teasel',
  'Umber',
  'Vetch',
  'Yarrow',
];
const syllables2 = [
  'by',
  'fen',
  'wick',
  'worth',
  'thwaite',
  'combe',
  "o'dale",
  'mere',
  'ness',
  'stead',
  'garth',
  'ley',
  'holt',
  'ridge',
  'shaw',
  'strand',
];
const streets = ['Gull Parade', 'Cockle Row', 'Pierhead Walk', 'Saltings Lane', 'Beacon Rise', 'Estuary View'];

const bands: readonly (readonly [number, number, number])[] = [
  [0, 4, 5.6],
  [5, 17, 15.6],
  [18, 29, 13.4],
  [30, 44, 19.8],
  [45, 64, 26.2],
  [65, 74, 10.2],
  [75, 84, 6.4],
  [85, 99, 2.8],
];
const bandWeights = bands.map(([, , weight]) => weight);
const ethnicCodes = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'R', 'S', 'Z', '99'];
const ethnicWeights = [80, 1, 5, 0.7, 0.4, 0.8, 0.5, 1.5, 0.9, 0.6, 1.2, 0.5, 2.4, 0.4, 0.7, 0.9, 1.6, 0.9];
const yearlyDeaths: readonly (readonly [number, number])[] = [
  [85, 0.13],
  [75, 0.045],
  [65, 0.016],
  [45, 0.004],
  [0, 0.0003],
];

export const conditionBand = (age: number): number => (age < 18 ? 0 : age < 45 ? 1 : age < 65 ? 2 : age < 75 ? 3 : age < 85 ? 4 : 5);

/** One invented person of a seaside borough. */
export function inventPerson(index: number, nhsNumber: string, random: Random, at: Day, postcodes: readonly string[]): Person {
  const [youngest, oldest] = bands[random.weighted(bandWeights)] as readonly [number, number, number];
  const age = random.between(youngest, oldest);
  const sex = random.chance(0.001) ? '9' : random.chance(0.49) ? '1' : '2';
  const frailty = Math.min(1, Math.max(0, (age - 40) / 90 + (random.next() + random.next() - 1) * 0.35));
  const deathRate = (yearlyDeaths.find(([from]) => age >= from)?.[1] ?? 0) * (0.4 + 1.6 * frailty);
  const death = random.chance(deathRate * 2) ? at - random.between(1, 700) : undefined;
  const band = conditionBand(age);
  const has = conditions.filter((condition) => random.chance((condition.prevalence[band] ?? 0) * (0.5 + frailty)));
  const objections = inventObjections(random);
  const dummy = random.chance(0.002);
  const spineSensitive = random.chance(0.003);
  const birth = birthDay(age, random, at);
  const surname = `${random.pick(syllables1)}${random.pick(syllables2)}`;
  return {
    index,
    nhsNumber,
    sex,
    age,
    frailty,
    death,
    objections,
    spineSensitive,
    dummy,
    surname,
    given: random.pick(sex === '1' ? given1 : given2),
    birth,
    ethnic: ethnicCodes[random.weighted(ethnicWeights)] as string,
    postcode: random.chance(0.004) ? 'ZZ99 3VZ' : random.pick(postcodes),
    street: `${random.between(1, 190)} ${random.pick(streets)}`,
    // Numbers that the regulator keeps for drama (Ofcom): they ring nobody's telephone.
    telephone: `01632 960${random.between(100, 999)}`,
    mobile: `07700 900${random.between(100, 999)}`,
    practice: random.pick(practices),
    guid: `{${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}}`.toUpperCase(),
    hospitalNumber: `RQ${index.toString(36).toUpperCase().padStart(5, '0')}${random.between(10, 99)}`,
    councilId: `SBC-${700_000 + index}`,
    // Registrations begin after the births that the leak test looks for, so that a date found is a date leaked.
    registered: Math.max(birth, at - random.between(40, 3_900)),
    conditions: has,
    clean: objections.length === 0 && !dummy && !spineSensitive && age >= 19,
  };
}

/** Never the first of a month: that is what a reduced birth date looks like. */
function birthDay(age: number, random: Random, at: Day): Day {
  const day = at - Math.floor(age * 365.25) - random.between(1, 360);
  return new Date(day * 86_400_000).getUTCDate() === 1 ? day + 1 : day;
}

const inventObjections = (random: Random): InventedObjection[] => objectionKinds.filter((kind) => random.chance(objectionRates[kind]));

/** Postcodes as a sender prints them, in the order of the look-up. */
export const printedPostcodes = (areas: ReadonlyMap<string, PostcodeArea>): readonly string[] =>
  [...areas.keys()].sort().map((compact) => `${compact.slice(0, -3)} ${compact.slice(-3)}`);

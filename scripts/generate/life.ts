import type { Day } from './calendar.ts';
import type { Feeds } from './feeds.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';

/** One person while their records are made up. */
export interface Life {
  readonly person: Person;
  readonly random: Random;
  readonly feeds: Feeds;
  /** First and last day on which something can happen. */
  readonly from: Day;
  readonly to: Day;
  /** A number that no other record of the borough has. */
  next(): number;
}

/** Years of the look-back of the risk models (two), and half a year more. */
export const windowDays = 913;

export const anyDay = ({ random, from, to }: Life): Day => random.between(from, to);
export const daytime = (random: Random): number => random.between(8 * 60, 18 * 60);
export const anytime = (random: Random): number => random.between(0, 1439);
export const pounds = (amount: number): string => amount.toFixed(2);

/** Some suppliers print the number 3-3-4. */
export const spaced = (number: string): string => `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`;

/** How often per year, for this person, something happens that frailty drives. */
export const driven = (person: Person, base: number, byFrailty: number): number =>
  base * (0.35 + byFrailty * person.frailty * person.frailty + 0.25 * person.conditions.length);

export const times = (life: Life, yearly: number): number => life.random.count((yearly * (life.to - life.from)) / 365);

const remarks = [
  'Seen at home. Daughter present, prefers mornings.',
  'Says "not sleeping", advised to call back.\nSecond line of the note.',
  'Walks with a stick; stairs difficult, see plan',
  'Neighbour rang. No further concerns | reviewed by phone',
  'Discussed options.\r\nWill think about it.',
];
/** Free text names people; it is there to be dropped. */
export const remark = ({ person, random }: Life): string =>
  random.chance(0.15) ? `${random.pick(remarks)} (${person.given} ${person.surname})` : '';

import { randomInt } from 'node:crypto';
import type { Person } from './persons.ts';

/** People remembered at most, in two generations of these: memory stays flat whatever the file holds. */
const generation = 200_000;
const firstSlots = 4_096;

/**
 * What decides where in a table a number stands, another for every table: a sender chooses the numbers, and if it could know
 * which of them stand together, every look-up among those would walk past all of them (Crosby and Wallach, "Denial of Service
 * via Algorithmic Complexity Attacks", USENIX Security 2003).
 */
interface Seed {
  readonly mask: number;
  /** Odd, so that no two numbers become one. */
  readonly multiplier: number;
}

/**
 * People by NHS number, open addressing: numbers lie side by side in one array, where a map would keep a text and an entry
 * for each, three times the memory of the person.
 */
class Generation {
  readonly #mask: number;
  readonly #multiplier: number;
  #numbers = new Float64Array(firstSlots);
  #people = new Array<Person | undefined>(firstSlots).fill(undefined);
  #size = 0;

  constructor({ mask, multiplier }: Seed) {
    this.#mask = mask;
    this.#multiplier = multiplier;
  }

  get size(): number {
    return this.#size;
  }

  get(number: number): Person | undefined {
    return this.#people[this.#slotOf(number)];
  }

  set(number: number, person: Person): void {
    if (this.#size * 2 >= this.#numbers.length) this.#grow();
    const slot = this.#slotOf(number);
    if (this.#numbers[slot] === 0) this.#size += 1;
    this.#numbers[slot] = number;
    this.#people[slot] = person;
  }

  /** Where the number stands, or would stand: 0 is nobody's number (a placeholder), and marks what is free. */
  #slotOf(number: number): number {
    const last = this.#numbers.length - 1;
    // The finaliser of MurmurHash3 (Appleby), with two numbers of our own in it.
    let mixed = (number >>> 0) ^ this.#mask;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), this.#multiplier);
    let slot = (mixed ^ (mixed >>> 16)) & last;
    for (let at = this.#numbers[slot]; at !== 0 && at !== number; at = this.#numbers[slot]) slot = (slot + 1) & last;
    return slot;
  }

  #grow(): void {
    const [numbers, people] = [this.#numbers, this.#people];
    this.#numbers = new Float64Array(numbers.length * 2);
    this.#people = new Array<Person | undefined>(numbers.length * 2).fill(undefined);
    for (let slot = 0; slot < numbers.length; slot++) {
      if (numbers[slot] === 0) continue;
      const place = this.#slotOf(numbers[slot] as number);
      this.#numbers[place] = numbers[slot] as number;
      this.#people[place] = people[slot];
    }
  }
}

/** The people a delivery has met, by NHS number; who has not been met for long is forgotten, and asked for again. */
export class PersonTable {
  readonly #seed: Seed = { mask: randomInt(2 ** 32), multiplier: randomInt(2 ** 31) * 2 + 1 };
  #young = new Generation(this.#seed);
  #old: Generation | undefined;

  get(number: number): Person | undefined {
    const young = this.#young.get(number);
    if (young) return young;
    const old = this.#old?.get(number);
    if (old) this.set(number, old);
    return old;
  }

  set(number: number, person: Person): void {
    if (this.#young.size >= generation) {
      this.#old = this.#young;
      this.#young = new Generation(this.#seed);
    }
    this.#young.set(number, person);
  }
}

/** A text of ten digits as a number; NaN for any other. */
export function tenDigits(text: string): number {
  if (text.length !== 10) return Number.NaN;
  let number = 0;
  for (let at = 0; at < 10; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

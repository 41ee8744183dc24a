import type { Demographics } from './candidate.ts';

/**
 * 53 bits that two demographics share if they are the same, and otherwise with a chance of one in 9 000 000 000 000 000: what
 * a delivery said last of each of its people is only ever compared, and as texts it was a third of what is remembered of them.
 * Two hashes of the kind of FNV-1a (Fowler, Noll, Vo) with other multipliers; only what is equal matters, so nothing is mixed.
 */
export function fingerprint(said: Demographics): number {
  low = 0x811c_9dc5;
  high = 0x1b87_3593;
  add(said.nhsNumberStatus);
  add(said.sex);
  add(said.birthDate);
  add(said.ethnicCategory);
  add(said.postcode);
  add(said.practice);
  add(said.registeredFrom);
  add(said.deathDate);
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0) + 1;
}

let low = 0;
let high = 0;

function add(text: string): void {
  for (let at = 0; at < text.length; at++) mix(text.charCodeAt(at));
  mix(0x1_0000);
}

function mix(unit: number): void {
  low = Math.imul(low ^ unit, 0x0100_0193);
  high = Math.imul(high ^ unit, 0x85eb_ca77 | 0);
  high ^= high >>> 13;
}

import { ownText } from '../shared/own-text.ts';
import type { Person } from './persons.ts';

export interface IntroducedPatient {
  readonly person: Person;
  /** The sender verified the number. */
  readonly verified: boolean;
}

/** Patients remembered at most, in two generations, as in persons.ts. */
const generation = 100_000;

/**
 * Patients a delivery has introduced so far, by every id they answer to. Most senders of FHIR put a patient before the
 * records that refer to them: those are then filed at once, instead of waiting for the end of the delivery. One that is
 * forgotten, or comes later, costs nothing but the wait. Ids are in memory only, as all identifiers of the box.
 */
export class Introduced {
  #young = new Map<string, IntroducedPatient>();
  #old = new Map<string, IntroducedPatient>();

  remember(ids: readonly string[], patient: IntroducedPatient): void {
    for (const id of ids) {
      if (id === '' || this.find(id)) continue;
      if (this.#young.size >= generation) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(ownText(id), patient);
    }
  }

  find(id: string): IntroducedPatient | undefined {
    return this.#young.get(id) ?? this.#old.get(id);
  }
}

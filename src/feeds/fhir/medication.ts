import type { SystemCode } from '../record.ts';
import { addCodes, dropRepeats } from './coding.ts';
import type { FhirRecord } from './item.ts';
import { isToken, type Json, member, textOf } from './json.ts';
import { canonicalKey } from './reference.ts';
import { unreadCodings } from './resources.ts';

/** Enough for any practice; beyond it a record goes on without the codes rather than the delivery without memory. */
const most = 100_000;

interface Known {
  readonly codes: readonly SystemCode[];
  readonly unread: number;
}

/**
 * GP Connect and UK Core senders say what was prescribed in a Medication of its own, before or after the request that
 * points at it (medicationReference). The request waits here until the Medication comes or the delivery ends.
 */
export class Medications {
  readonly #known = new Map<string, Known>();
  readonly #waiting = new Map<string, FhirRecord[]>();
  #held = 0;

  /** Remembers a Medication. @returns the records that waited for it, complete. */
  learn(medication: Json, fullUrl: string): FhirRecord[] {
    if (this.#known.size >= most) return [];
    const codes: SystemCode[] = [];
    const known = { codes, unread: addCodes(member(medication, 'code'), codes) };
    dropRepeats(codes);
    const id = member(medication, 'id');
    const released: FhirRecord[] = [];
    for (const key of [isToken(id, 128) ? `Medication/${id}` : '', canonicalKey(fullUrl)]) {
      if (key === '' || this.#known.has(key)) continue;
      this.#known.set(key, known);
      const waited = this.#waiting.get(key);
      if (waited === undefined) continue;
      this.#waiting.delete(key);
      this.#held -= waited.length;
      for (const one of waited) released.push(complete(one, known));
    }
    return released;
  }

  /** @returns the records that may go on: this one if its Medication is known, those held if there are too many, or none. */
  settle(item: FhirRecord, key: string): FhirRecord[] {
    const known = this.#known.get(key);
    if (known !== undefined) return [complete(item, known)];
    const same = this.#waiting.get(key);
    if (same === undefined) this.#waiting.set(key, [item]);
    else same.push(item);
    this.#held += 1;
    return this.#held > most ? this.rest() : [];
  }

  /** Those whose Medication did not come: what they prescribe is not known, and counted as one coding not read. */
  rest(): FhirRecord[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#held = 0;
    return all.map((one) => complete(one, { codes: [], unread: 1 })).sort((a, b) => a.record.row - b.record.row);
  }
}

/** The key of the Medication a resource points at outside itself, or ''. */
export function medicationKey(resource: Json): string {
  const text = textOf(member(member(resource, 'medicationReference'), 'reference'));
  return text === '' || text.startsWith('#') ? '' : canonicalKey(text);
}

function complete(item: FhirRecord, known: Known): FhirRecord {
  const { record } = item;
  for (const code of known.codes) record.codes.push(code);
  dropRepeats(record.codes);
  if (known.unread > 0) {
    const name = unreadCodings(record.sourceId[0] ?? '');
    record.attributes[name] = Number(record.attributes[name] ?? 0) + known.unread;
  }
  return item;
}

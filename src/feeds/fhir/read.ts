import { isUtf8 } from 'node:buffer';
import type { Issue, SourceRecord } from '../record.ts';
import { mapClinical } from './clinical.ts';
import { readInstant } from './date.ts';
import type { FhirItem, FhirRecord, FhirVersion } from './item.ts';
import { isObject, type Json, type JsonObject, listOf, member, textOf } from './json.ts';
import { Medications, medicationKey } from './medication.ts';
import { mapPatient } from './patient.ts';
import { emptyRecord } from './record.ts';
import { canonicalKey } from './reference.ts';
import { type CompleteLimits, defaultLimits, type FhirLimits, type FhirRule, quarantine, refuse } from './refusal.ts';
import { mappingFor } from './resources.ts';
import { Splitter, type UnitSink } from './split.ts';
import { typeName } from './type-names.ts';

export type { FhirItem, FhirRecord, FhirVersion } from './item.ts';

/**
 * Reads FHIR JSON of whatever layout (NDJSON, one resource, an array, a Bundle, pretty-printed or not) as records, in
 * batches of one per chunk. Rows count resources from 1; the entries of a Bundle count each, contained resources do not.
 * A request that points at a Medication comes out after it, so rows may come out of order. Memory is bounded by the limits, not by the delivery. A member given twice is found at any depth.
 * @param bytes already unzipped
 * @throws GatewayError FHIR_UNREADABLE, FHIR_EMPTY, FHIR_XML_NOT_SUPPORTED, FHIR_TRUNCATED, FHIR_TOO_DEEP, FHIR_TOO_LARGE,
 * FHIR_TOO_MANY, FHIR_DUPLICATE_KEY: refuse the delivery, including what was already yielded.
 */
export async function* readFhir(bytes: AsyncIterable<Buffer>, limits: FhirLimits = {}): AsyncIterable<FhirItem[]> {
  const complete = { ...defaultLimits, ...limits };
  const reader = new ResourceReader(complete);
  const splitter = new Splitter(complete, reader);
  for await (const chunk of bytes) {
    splitter.push(chunk);
    if (reader.hasItems()) yield reader.take();
  }
  splitter.finish();
  reader.finish();
  if (reader.hasItems()) yield reader.take();
}

class ResourceReader implements UnitSink {
  readonly #maxResources: number;
  #items: FhirItem[] = [];
  #row = 0;
  #readable = false;
  #assembledAt = '';
  readonly #medications = new Medications();

  constructor(limits: CompleteLimits) {
    this.#maxResources = limits.maxResources;
  }

  hasItems(): boolean {
    return this.#items.length > 0;
  }

  take(): FhirItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** A file of which no line is JSON is not JSON. */
  finish(): void {
    if (!this.#readable && this.#row > 0) throw refuse('FHIR_UNREADABLE');
    this.#release(this.#medications.rest());
  }

  unit(window: Buffer, start: number, end: number, members: number, ascii: boolean, entry: boolean): void {
    const value = parse(window, start, end, ascii);
    if (value === invalidJson) this.broken('FHIR_JSON_INVALID');
    else if (value === invalidEncoding) this.broken('FHIR_ENCODING_INVALID');
    else if (!isObject(value)) this.broken('FHIR_NOT_A_RESOURCE');
    else if (countMembers(value) !== members) this.broken('FHIR_DUPLICATE_KEY');
    else if (entry) this.#entry(value);
    else this.#resource(value, '');
  }

  document(window: Buffer, start: number, end: number, members: number, ascii: boolean): void {
    const value = parse(window, start, end, ascii);
    if (value === invalidJson || value === invalidEncoding || !isObject(value)) throw refuse('FHIR_UNREADABLE');
    if (countMembers(value) !== members) this.broken('FHIR_DUPLICATE_KEY');
    else this.#resource(value, '');
  }

  opened(bundle: JsonObject): void {
    this.#assembledAt = assembledAtOf(bundle);
  }

  bundle(skeleton: string, members: number): void {
    this.#readable = true;
    this.#assembledAt = '';
    let value: Json;
    try {
      value = JSON.parse(skeleton);
    } catch {
      throw refuse('FHIR_UNREADABLE');
    }
    if (!isObject(value) || countMembers(value) !== members) throw refuse('FHIR_DUPLICATE_KEY');
  }

  broken(rule: FhirRule): void {
    if (rule !== 'FHIR_JSON_INVALID') this.#readable = true;
    this.#next();
    this.#items.push({ issue: quarantine(this.#row, rule, 'Resource') });
  }

  #release(items: readonly FhirRecord[]): void {
    for (const item of items) this.#items.push(item);
  }

  #next(): void {
    this.#row += 1;
    if (this.#row > this.#maxResources) throw refuse('FHIR_TOO_MANY');
  }

  #entry(entry: Json, depth = 0): void {
    const fullUrl = textOf(member(entry, 'fullUrl'));
    const resource = member(entry, 'resource');
    if (isObject(resource)) this.#resource(resource, fullUrl, depth);
    else if (resource !== undefined || !isObject(entry)) this.broken('FHIR_NOT_A_RESOURCE');
    else this.#deletion(member(entry, 'request'));
  }

  /** A transaction entry that deletes has no resource, only `DELETE Type/id`. Entries with neither are answers: not counted. */
  #deletion(request: Json): void {
    if (member(request, 'method') !== 'DELETE') return;
    const key = canonicalKey(textOf(member(request, 'url')));
    const slash = key.indexOf('/');
    const type = key.slice(0, Math.max(slash, 0));
    this.#readable = true;
    this.#next();
    const mapping = mappingFor(type);
    if (mapping === undefined && type !== 'Patient') {
      this.#items.push({ row: this.#row, outOfScope: typeName(type) });
      return;
    }
    const record = emptyRecord(this.#row);
    record.kind = mapping?.kind ?? 'demographics';
    record.sourceId = [type, key.slice(slash + 1)];
    record.deleted = true;
    this.#items.push({ record, version: 'unknown' });
  }

  #resource(resource: JsonObject, fullUrl: string, depth = 0): void {
    this.#readable = true;
    const type = resource.resourceType;
    if (typeof type !== 'string') {
      this.broken('FHIR_RESOURCE_TYPE_ABSENT');
      return;
    }
    if (type === 'Bundle') {
      // A Bundle may hold Bundles (a batch of searches), but not without end.
      if (depth > 2) this.broken('FHIR_TOO_DEEP');
      else this.#nested(resource, depth);
      return;
    }
    this.#next();
    if (type === 'Patient') {
      this.#mapped(mapPatient(resource, this.#row, fullUrl, this.#assembledAt), resource, '');
      return;
    }
    const mapping = mappingFor(type);
    if (mapping === undefined) {
      this.#items.push({ row: this.#row, outOfScope: typeName(type) });
      if (type === 'Medication') this.#release(this.#medications.learn(resource, fullUrl));
      return;
    }
    const points = mapping.kind === 'medication' ? medicationKey(resource) : '';
    this.#mapped(mapClinical(type, mapping, resource, this.#row, fullUrl, this.#assembledAt), resource, points);
  }

  #nested(bundle: JsonObject, depth: number): void {
    const outer = this.#assembledAt;
    this.#assembledAt = assembledAtOf(bundle) || outer;
    for (const entry of listOf(bundle.entry)) this.#entry(entry, depth + 1);
    this.#assembledAt = outer;
  }

  /** `points`: the Medication that says what the record prescribes, or ''. */
  #mapped(mapped: SourceRecord | Issue, resource: JsonObject, points: string): void {
    if ('rule' in mapped) this.#items.push({ issue: mapped });
    else {
      const item = { record: mapped, version: versionOf(resource) };
      if (points === '') this.#items.push(item);
      else this.#release(this.#medications.settle(item, points));
    }
  }
}

const invalidJson = Symbol('invalid JSON');
const invalidEncoding = Symbol('invalid encoding');

function parse(window: Buffer, start: number, end: number, ascii: boolean): Json {
  if (!ascii && !isUtf8(window.subarray(start, end))) return invalidEncoding;
  try {
    return JSON.parse(window.toString(ascii ? 'latin1' : 'utf8', start, end));
  } catch {
    return invalidJson;
  }
}

/**
 * Members of a value and of everything in it: what the splitter counted, unless one was given twice. JSON.parse keeps the last
 * of two (RFC 8259 §4 leaves that open), and of two NHS numbers in one identifier nobody knows which the sender meant. Depth
 * was bounded before the value was parsed.
 */
function countMembers(value: object): number {
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as Json[]) if (typeof item === 'object' && item !== null) count += countMembers(item);
    return count;
  }
  for (const name in value) {
    count += 1;
    const held = (value as JsonObject)[name];
    if (typeof held === 'object' && held !== null) count += countMembers(held);
  }
  return count;
}

/** A message or document states what was so when it was put together (FHIR R4 §2.36.1); a search result or collection does not. */
function assembledAtOf(bundle: JsonObject): string {
  if (bundle.type !== 'message' && bundle.type !== 'document') return '';
  return readInstant(textOf(bundle.timestamp)) || readInstant(textOf(member(bundle.meta, 'lastUpdated')));
}

function versionOf(resource: JsonObject): FhirVersion {
  const profile = textOf(listOf(member(resource.meta, 'profile'))[0]);
  if (profile === '') return 'unknown';
  if (profile.includes('/STU3/') || profile.includes('CareConnect')) return 'stu3';
  return profile.includes('/UKCore-') || profile.includes('/us/core/') ? 'r4' : 'unknown';
}

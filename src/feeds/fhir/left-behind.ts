import { isObject, type Json, type JsonObject } from './json.ts';
import type { Path, ResourceMapping } from './mapping.ts';

/** How many values of one resource were not taken, by reason; no value of any of them. */
export type LeftBehind = Readonly<Record<string, number>>;

/** Prose, wherever it stands: Narrative, Annotation, CodeableConcept.text and what is typed in (FHIR R4 §2.24, §2.4). */
const prose: ReadonlySet<string> = new Set(
  'text note comment description details title patientInstruction valueString valueMarkdown conclusion'.split(' '),
);

/** HumanName, ContactPoint, Attachment and lines of an address: of nobody's name or whereabouts is anything kept. */
const identifying: ReadonlySet<string> = new Set(['name', 'telecom', 'photo', 'contact', 'line']);

/** What mapPatient reads. */
const readOfPatient: ReadonlySet<string> = new Set(
  (
    'resourceType id meta identifier link birthDate deceasedDateTime deceasedBoolean gender extension address ' +
    'generalPractitioner managingOrganization active maritalStatus contained'
  ).split(' '),
);

const readByMapping = new WeakMap<ResourceMapping, ReadonlySet<string>>();

/** The elements of a resource that its mapping reads anything of. */
function readOf(mapping: ResourceMapping): ReadonlySet<string> {
  const known = readByMapping.get(mapping);
  if (known !== undefined) return known;
  const { start, end, codes, provider, kindBy, negation, attributes } = mapping;
  const paths: (Path | undefined)[] = [...start, ...end, ...codes, ...provider, kindBy?.path, ...(negation ?? []).map(({ path }) => path)];
  for (const { read } of attributes) paths.push(...(read.as === 'component' ? [['component']] : read.paths));
  const read = new Set(['resourceType', 'id', 'meta', 'identifier', 'contained', 'status', 'verificationStatus', mapping.subject]);
  for (const name of paths.flatMap((path) => path?.[0] ?? [])) read.add(name.startsWith('https://') ? 'extension' : name);
  if (mapping.kind === 'medication') read.add('medicationReference');
  readByMapping.set(mapping, read);
  return read;
}

/**
 * What of a resource goes no further, counted as a CSV's columns are: FREE_TEXT, IDENTIFIER_NOT_NEEDED, and ELEMENT_NOT_READ for
 * every other element of the resource that no event has a place for. `mapping` is undefined for a Patient.
 * @returns undefined when everything was taken
 */
export function leftBehind(resource: Json, mapping: ResourceMapping | undefined): LeftBehind | undefined {
  if (!isObject(resource)) return undefined;
  const counts = { FREE_TEXT: 0, IDENTIFIER_NOT_NEEDED: 0, ELEMENT_NOT_READ: 0 };
  const read = mapping === undefined ? readOfPatient : readOf(mapping);
  for (const name in resource) {
    if (prose.has(name)) counts.FREE_TEXT += 1;
    else if (read.has(name)) {
      // Profiles and numbers hold no prose, and every resource has them.
      const held = resource[name];
      if (typeof held === 'object' && name !== 'meta' && name !== 'identifier') countWithin(held, counts);
    } else if (identifying.has(name)) counts.IDENTIFIER_NOT_NEEDED += 1;
    else counts.ELEMENT_NOT_READ += 1;
  }
  return counts.FREE_TEXT + counts.IDENTIFIER_NOT_NEEDED + counts.ELEMENT_NOT_READ === 0 ? undefined : counts;
}

/** Within an element that is read. Depth was bounded before the resource was parsed. */
function countWithin(value: Json, counts: { FREE_TEXT: number; IDENTIFIER_NOT_NEEDED: number }): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const one of value) countWithin(one, counts);
    return;
  }
  for (const name in value) {
    const held = (value as JsonObject)[name];
    // The display of a reference is somebody's name; that of a code is the code in words.
    if (prose.has(name) || (name === 'display' && !('code' in value))) counts.FREE_TEXT += 1;
    else if (typeof held !== 'object') continue;
    else if (identifying.has(name)) counts.IDENTIFIER_NOT_NEEDED += 1;
    else countWithin(held, counts);
  }
}

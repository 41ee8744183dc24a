import type { CodeableConcept, Quantity } from 'fhir/r4.js';
import type { Question } from '../question.ts';
import type { Answer } from '../return.ts';

/** Where the canonical addresses of a gateway begin, unless the caller gives its own. An address, not a page: nothing is fetched. */
export const defaultCanonicalBase = 'https://haven-gateway.example.org/fhir';

const terminology = 'http://terminology.hl7.org/CodeSystem';

export const population = (code: 'numerator' | 'denominator'): CodeableConcept => ({
  coding: [{ system: `${terminology}/measure-population`, code }],
});
export const proportion: CodeableConcept = { coding: [{ system: `${terminology}/measure-scoring`, code: 'proportion' }] };
export const processMeasure: CodeableConcept = { coding: [{ system: `${terminology}/measure-type`, code: 'process' }] };
/** FHIR R4 v3-ActReason: the data are not real, or must not be acted on. */
export const testTag = { system: `${terminology}/v3-ActReason`, code: 'HTEST', display: 'test health data' };

/** Free text is for readers, and may name people: it is in the JSON of the return and never in a report of measures. */
export const isReported = ({ input }: Question): boolean => input.kind !== 'text';

/** A numeric answer as a quantity with its unit; undefined for every other answer. */
export function quantityOf({ input }: Question, answer: Answer): Quantity | undefined {
  if (typeof answer !== 'number') return undefined;
  switch (input.kind) {
    case 'money':
      return { value: answer, unit: '£', system: 'urn:iso:std:iso:4217', code: 'GBP' };
    case 'percent':
      return { value: answer, unit: '%', system: 'http://unitsofmeasure.org', code: '%' };
    default:
      return { value: answer };
  }
}

/** `National Conditions` as the code of a group: `national-conditions`. */
export const groupCode = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('&', 'and')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

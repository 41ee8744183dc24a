import type { Measure, MeasureGroup } from 'fhir/r4.js';
import { calculationsOf } from '../question.ts';
import type { ReturnTemplate } from '../template.ts';
import { templateDigest } from '../workbook/identity.ts';
import { groupCode, population, processMeasure, proportion } from './fhir-terms.ts';

/** The wording of a template has one version: reports of one wording can be compared. */
export const measureVersion = (template: ReturnTemplate): string => templateDigest(template).slice(0, 16);

export const measureUrl = (template: ReturnTemplate, base: string): string => `${base}/Measure/${template.id}`;

// FHIR R4 asks for an expression on each population of a Measure; ours are in the template, so each says which.
const counted = (code: 'numerator' | 'denominator', description: string) => ({
  code: population(code),
  description,
  criteria: { language: 'text/plain', expression: description },
});

const sectionGroup = (base: string, name: string, questions: number): MeasureGroup => ({
  code: { coding: [{ system: `${base}/CodeSystem/return-section`, code: groupCode(name), display: name }], text: name },
  description: `Questions of ${name}: how many are answered, and what the answers are`,
  population: [counted('numerator', 'Questions answered'), counted('denominator', `Questions asked: ${questions}`)],
  stratifier: [
    {
      code: { coding: [{ system: `${base}/CodeSystem/return-stratifier`, code: 'question' }], text: 'Question' },
      description: 'One for each answer that is not free text',
    },
  ],
});

const rateGroup = (base: string, id: string, text: string): MeasureGroup => ({
  code: { coding: [{ system: `${base}/CodeSystem/return-question`, code: id }], text },
  description: text,
  population: [counted('numerator', 'Count of the quarter'), counted('denominator', 'Population of the place')],
});

/** Calculated rates of a template, which have a numerator and a denominator of their own. */
export const ratesOf = (template: ReturnTemplate) =>
  calculationsOf(template).filter(({ formula, of }) => formula === 'per-100000' && of.length === 1);

/** What a MeasureReport of a template is about: one group for each sheet, one for each rate (FHIR R4 §13.9). */
export const measureOf = (template: ReturnTemplate, base: string): Measure => ({
  resourceType: 'Measure',
  id: template.id,
  url: measureUrl(template, base),
  version: measureVersion(template),
  name: template.id.replaceAll(/(^|-)([a-z0-9])/g, (_, _dash, letter: string) => letter.toUpperCase()),
  title: template.title,
  status: 'active',
  experimental: false,
  subjectCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Location' }] },
  effectivePeriod: { start: template.period.from, end: template.period.to },
  purpose: template.source,
  type: [processMeasure],
  scoring: proportion,
  group: [
    ...template.sheetsPrinted.map(({ name, questions }) => sectionGroup(base, name, questions)),
    ...ratesOf(template).map(({ id, text }) => rateGroup(base, id, text)),
  ],
});

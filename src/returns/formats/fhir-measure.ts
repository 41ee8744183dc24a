import type { Measure, MeasureGroup } from 'fhir/r4.js';
import { type Calculation, calculationsOf } from '../question.ts';
import type { ReturnTemplate } from '../template.ts';
import { templateDigest } from '../workbook/identity.ts';
import { groupCode, population, processMeasure, proportion } from './fhir-terms.ts';

/** The wording of a template has one version: reports of one wording can be compared. */
export const measureVersion = (template: ReturnTemplate): string => templateDigest(template).slice(0, 16);

export const measureUrl = (template: ReturnTemplate, base: string): string => `${base}/Measure/${template.id}`;

// FHIR R4 asks for an expression on each population of a Measure, in one of three languages. These read the return as a
// QuestionnaireResponse would hold it: one item for each question, linkId its id.
const counted = (code: 'numerator' | 'denominator', description: string, expression: string) => ({
  code: population(code),
  description,
  criteria: { language: 'text/fhirpath', expression, description },
});

const sectionGroup = (base: string, name: string, questions: number): MeasureGroup => ({
  code: { coding: [{ system: `${base}/CodeSystem/return-section`, code: groupCode(name), display: name }], text: name },
  description: `Questions of ${name}: how many are answered, and what the answers are`,
  population: [
    counted(
      'numerator',
      'Questions answered, or not owed',
      `item.where(linkId = '${groupCode(name)}').item.where(answer.exists()).count()`,
    ),
    counted('denominator', `Questions asked: ${questions}`, `item.where(linkId = '${groupCode(name)}').item.count()`),
  ],
  stratifier: [
    {
      code: { coding: [{ system: `${base}/CodeSystem/return-stratifier`, code: 'question' }], text: 'Question' },
      description: 'One for each answer that is not free text',
    },
  ],
});

const rateGroup = (base: string, { id, text, of }: Calculation): MeasureGroup => ({
  code: { coding: [{ system: `${base}/CodeSystem/return-question`, code: id }], text },
  description: text,
  population: [
    counted('numerator', 'Count of the quarter', `descendants().where(linkId = '${of[0] ?? ''}').answer.value`),
    counted('denominator', 'Population of the place, as the template gives it', "extension.where(url.endsWith('population')).value"),
  ],
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
    ...ratesOf(template).map((rate) => rateGroup(base, rate)),
  ],
});

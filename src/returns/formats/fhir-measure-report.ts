import type { Bundle, MeasureReport, MeasureReportGroup, MeasureReportGroupStratifierStratum } from 'fhir/r4.js';
import { readNumber } from '../answer-format.ts';
import { checklistOf } from '../checklist.ts';
import type { MeasureValue } from '../measures/measure.ts';
import { type Question, questionsOf } from '../question.ts';
import { type Answer, type Return, valuesOf } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { normalAnswer } from '../workbook/written-cell.ts';
import { measureOf, measureUrl, measureVersion, ratesOf } from './fhir-measure.ts';
import { defaultCanonicalBase, groupCode, isReported, population, quantityOf, testTag } from './fhir-terms.ts';

/** One answer: mrp-2 of R4 wants a stratum to be either a value or a set of components; a coded answer needs two components. */
function stratumOf(base: string, question: Question, answer: Answer): MeasureReportGroupStratifierStratum[] {
  if (answer === null) return [];
  const asked = { coding: [{ system: `${base}/CodeSystem/return-question`, code: question.id }], text: question.text };
  const quantity = quantityOf(question, answer);
  if (quantity !== undefined) return [{ value: asked, measureScore: quantity }];
  const part = (code: string) => ({ coding: [{ system: `${base}/CodeSystem/return-stratifier`, code }] });
  return [
    {
      component: [
        { code: part('question'), value: asked },
        { code: part('answer'), value: { text: String(answer) } },
      ],
    },
  ];
}

function sectionGroups(document: Return, template: ReturnTemplate, base: string): MeasureReportGroup[] {
  const values = valuesOf(document);
  const questions = questionsOf(template).filter(isReported);
  return template.sheetsPrinted.map(({ name }) => {
    const counts = document.counts[name] ?? { answered: 0, total: 0 };
    const strata = questions
      .filter(({ sheet }) => sheet === name)
      .flatMap((question) => stratumOf(base, question, normalAnswer(question.input, values.get(question.id) ?? null)));
    return {
      code: { coding: [{ system: `${base}/CodeSystem/return-section`, code: groupCode(name), display: name }], text: name },
      population: [
        { code: population('numerator'), count: counts.answered },
        { code: population('denominator'), count: counts.total },
      ],
      ...(counts.total > 0 && { measureScore: { value: Number((counts.answered / counts.total).toFixed(4)) } }),
      ...(strata.length > 0 && {
        stratifier: [
          { code: [{ coding: [{ system: `${base}/CodeSystem/return-stratifier`, code: 'question' }], text: 'Question' }], stratum: strata },
        ],
      }),
    };
  });
}

function rateGroups(document: Return, template: ReturnTemplate, base: string): MeasureReportGroup[] {
  const values = valuesOf(document);
  const people = template.places[document.place]?.population.value;
  return ratesOf(template).flatMap(({ id, text, of }) => {
    const [numerator, rate] = [readNumber(values.get(of[0] ?? '') ?? null), readNumber(values.get(id) ?? null)];
    if (numerator === undefined || rate === undefined || people === undefined) return [];
    return {
      code: { coding: [{ system: `${base}/CodeSystem/return-question`, code: id }], text },
      population: [
        { code: population('numerator'), count: numerator },
        { code: population('denominator'), count: people },
      ],
      measureScore: { value: Number(rate.toFixed(4)), unit: 'per 100,000' },
    };
  });
}

/** Measures the gateway counted, already controlled for disclosure; one that was not counted or is withheld has no numbers. */
const measureGroups = (measures: ReadonlyMap<string, MeasureValue>, base: string): MeasureReportGroup[] =>
  [...measures.values()].map(({ measure, version, title, numerator, denominator, rate, per }) => ({
    code: { coding: [{ system: `${base}/CodeSystem/measure`, version, code: measure }], text: title },
    population: [
      ...(numerator === null ? [] : [{ code: population('numerator'), count: numerator }]),
      ...(denominator === null ? [] : [{ code: population('denominator'), count: denominator }]),
    ],
    ...(rate !== null && { measureScore: { value: rate, unit: per === 1 ? '1' : `per ${per.toLocaleString('en-GB')}` } }),
  }));

export interface ReportOptions {
  /** Where canonical addresses begin. */
  readonly base?: string;
  readonly measures?: ReadonlyMap<string, MeasureValue>;
}

/** A return as an R4 MeasureReport: answers that are counted, chosen or dated; how complete each sheet is; rates with their parts. */
export function measureReportOf(document: Return, template: ReturnTemplate, options: ReportOptions = {}): MeasureReport {
  const { base = defaultCanonicalBase, measures = new Map() } = options;
  const complete = checklistOf(document, template).every((section) => section.complete);
  return {
    resourceType: 'MeasureReport',
    id: `${template.id}-${document.place}`.slice(0, 64),
    ...(document.rehearsal && { meta: { tag: [testTag] } }),
    status: complete ? 'complete' : 'pending',
    type: 'summary',
    measure: `${measureUrl(template, base)}|${measureVersion(template)}`,
    subject: { type: 'Location', identifier: { system: `${base}/sid/place`, value: document.place }, display: document.placeName },
    date: document.builtOn,
    reporter: { type: 'Organization', display: `${document.placeName} Health and Wellbeing Board` },
    period: { start: document.period.from, end: document.period.to },
    group: [...sectionGroups(document, template, base), ...rateGroups(document, template, base), ...measureGroups(measures, base)],
  };
}

/** The report together with the Measure its canonical names, so that whoever receives it can read it without asking anybody. */
export function measureBundle(document: Return, template: ReturnTemplate, options: ReportOptions = {}): Bundle {
  const { base = defaultCanonicalBase } = options;
  const [measure, report] = [measureOf(template, base), measureReportOf(document, template, options)];
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: `${document.builtOn}T00:00:00Z`,
    entry: [
      { fullUrl: measureUrl(template, base), resource: measure },
      { fullUrl: `${base}/MeasureReport/${report.id}`, resource: report },
    ],
  };
}

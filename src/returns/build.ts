import type { Queryable } from '../database/query.ts';
import { loadRegister } from '../register/load.ts';
import { requirePlace } from '../register/require-place.ts';
import type { LocalDate } from '../shared/clock.ts';
import { matrixSettings } from '../shared/settings.ts';
import { type AnswerContext, answerQuestion } from './answer.ts';
import { type CalculationFacts, calculate, valuesWith } from './calculate.ts';
import { fittingValues, isComplete } from './completion.ts';
import { observeConditions } from './conditions.ts';
import { declarationsFor } from './declared.ts';
import { returnedBefore } from './earlier-returns.ts';
import { protectReturn } from './evidence-pack/protect-return.ts';
import { findContradictions } from './findings.ts';
import { declarationsOf } from './lifecycle/declarations.ts';
import { loadDeclared, loadTemplate, loadThresholds } from './load.ts';
import { measureValues } from './measures/measure-values.ts';
import { observeMeasures } from './measures/observe-measures.ts';
import { observeCorrespondence, observeRetrieval } from './nhs-number-use.ts';
import type { Observation, PeriodFacts } from './observation.ts';
import { observeProgress } from './open-api-progress.ts';
import { gatherPeriodFacts } from './period-facts.ts';
import { observeBudgets } from './personal-health-budgets.ts';
import type { Answer, Evidence, Period, Return } from './return.ts';
import { observeSharing } from './sharing.ts';
import { calculationsOf, questionsOf, type ReturnTemplate } from './template.ts';

export interface BuildRequest {
  /** Configuration directory. */
  readonly config: string;
  readonly template: string;
  readonly place: string;
  /** The day the return is made: dates before it have passed. The gate is asked as of it, or of the period's last day if earlier. */
  readonly at: LocalDate;
  /** Default: the template's own quarter. Any other makes a rehearsal. */
  readonly period?: Period;
}

/** Everything the gateway can say about the measures and the data-sharing conditions, by question id. Pure. */
export function observe(facts: PeriodFacts): Map<string, Observation> {
  const found = new Map<string, Observation>();
  for (const setting of matrixSettings) {
    found.set(`am.nhs-number.correspondence.${setting}`, observeCorrespondence(facts, setting));
    found.set(`am.nhs-number.retrieve.${setting}`, observeRetrieval(facts, setting));
    for (const to of matrixSettings) found.set(`am.sharing.${setting}.${to}`, observeSharing(facts, setting, to));
    const { status, goLive } = observeProgress(facts, setting);
    found.set(`am.open-api.status.${setting}`, status);
    found.set(`am.open-api.go-live.${setting}`, goLive);
  }
  for (const [id, observation] of observeConditions(facts, found)) found.set(id, observation);
  return found;
}

async function readTree(db: Queryable): Promise<Evidence['audit']> {
  const { rows } = await db.query<{ size: string; root: string }>(`select size::text, encode(root, 'hex') as root from audit.tree`);
  const [head] = rows;
  return head === undefined ? null : { treeSize: Number(head.size), rootHash: head.root };
}

/** Puts answers, evidence, counts and findings together. Pure: what was observed and declared is given. */
export function assembleReturn(template: ReturnTemplate, observations: ReadonlyMap<string, Observation>, context: AnswerContext): Return {
  const { period, place, at } = context;
  const rehearsal = period.from !== template.period.from || period.to !== template.period.to;
  const declared = declarationsFor(context.declared, rehearsal);
  const questions = questionsOf(template);
  const calculations = calculationsOf(template);
  const cells = new Map(
    questions.map((question) => [question.id, answerQuestion(question, observations.get(question.id), { ...context, declared })]),
  );
  const previous = { ...declared?.previous, ...context.previous };
  const facts: CalculationFacts = { template, place, previous, answer: (question): Answer => cells.get(question)?.answer ?? null };
  const value = valuesWith(facts);
  const fitting = fittingValues(template, questions, value);
  // Guidance and checklist hold no answer of their own.
  const filled = template.sheets.filter(({ name }) => questions.some(({ sheet }) => sheet === name));
  const document: Return = {
    template: template.id,
    title: template.title,
    place,
    placeName: template.places[place]?.name ?? context.placeName,
    period: { ...period },
    templatePeriod: { ...template.period },
    rehearsal,
    note: rehearsal
      ? `Rehearsal over ${period.from} to ${period.to}; ${template.quarter} is ${template.period.from} to ${template.period.to}. Not for submission.`
      : null,
    state: 'draft',
    builtOn: at,
    sheets: filled.map(({ name }) => ({
      name,
      questions: questions.flatMap(({ id, sheet }) => (sheet === name ? (cells.get(id) ?? []) : [])),
      calculated: calculations.filter(({ sheet }) => sheet === name).map((calculation) => calculate(facts, calculation, value)),
    })),
    counts: Object.fromEntries(
      template.sheetsPrinted.map(({ name }) => {
        const asked = questions.filter(({ sheet, counted }) => counted && sheet === name);
        return [name, { answered: asked.filter((question) => isComplete(question, questions, fitting)).length, total: asked.length }];
      }),
    ),
    previous,
    elsewhere: declared?.elsewhere ?? [],
    findings: [],
  };
  return { ...document, findings: findContradictions(document, template, at) };
}

/**
 * Builds the draft of a return: observed from the register and the deliveries of the period, declared by humans where
 * the configuration holds their answers, unanswered otherwise. Changes nothing; `saveReturn` keeps it.
 * @throws GatewayError RETURN_TEMPLATE_UNKNOWN, PLACE_UNKNOWN; ConfigurationError
 */
export async function buildReturn(db: Queryable, request: BuildRequest): Promise<Return> {
  const { config, place: placeId, at } = request;
  const template = await loadTemplate(config, request.template);
  const [thresholds, file] = await Promise.all([loadThresholds(config), loadDeclared(config, placeId, template)]);
  // One after the other: `db` may be a single client.
  const register = await loadRegister(db);
  const declared = await declarationsOf(db, { place: placeId, template: template.id }, file);
  const audit = await readTree(db);
  const place = requirePlace(register, placeId);
  const period = (request.period ?? template.period) as PeriodFacts['period'];
  const facts = await gatherPeriodFacts(db, { register, place, period, at, thresholds });
  const measures = await measureValues(db, { place: placeId, period, register, config, at });
  const observations = new Map([
    ...observe(facts),
    ...observeMeasures(facts, measures),
    ...observeBudgets(measures, thresholds.personalHealthBudgets),
  ]);
  const document = assembleReturn(template, observations, {
    declared,
    previous: await returnedBefore(db, placeId, period),
    period,
    place: placeId,
    placeName: place.place.name,
    at,
    registerVersion: place.version,
    audit,
  });
  const held = await protectReturn(db, document);
  // Found on what is shown: whether an answer differs from a count that is kept back would tell the count.
  return held === document ? document : { ...held, findings: findContradictions(held, template, at) };
}

import type { LocalDate } from '../shared/clock.ts';
import { answersOf, type Finding, type Return, severities } from './return.ts';
import { budgetRules } from './rules/budgets.ts';
import { evidenceRules } from './rules/evidence.ts';
import { formRules } from './rules/form.ts';
import { type Examined, type Rule, toFinding } from './rules/rule.ts';
import { sharingRules } from './rules/sharing.ts';
import { questionsOf, type ReturnTemplate } from './template.ts';

/** Every rule a return is checked against, in the order they are published. */
export const findingRules: readonly Rule[] = [...sharingRules, ...budgetRules, ...evidenceRules, ...formRules];

/**
 * Every contradiction of a return, worst first. Pure: the same return, template and day give the same findings.
 * @param at the day on which the return is judged; a projected date before it has passed
 */
export function findContradictions(document: Return, template: ReturnTemplate, at: LocalDate): Finding[] {
  const cells = answersOf(document);
  const earlier = template.previous === undefined ? undefined : document.previous[template.previous];
  const examined: Examined = {
    document,
    template,
    questions: questionsOf(template),
    at,
    answer: (question) => cells.get(question)?.answer ?? null,
    cell: (question) => cells.get(question),
    before: (question) => earlier?.[question],
  };
  const findings = findingRules.flatMap((rule) => rule.find(examined).map((hit) => toFinding(rule, hit)));
  return findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

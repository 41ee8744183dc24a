import type { LocalDate } from '../shared/clock.ts';
import { type Finding, type Return, severities } from './return.ts';
import { conditionRules } from './rules/conditions.ts';
import { evidenceRules } from './rules/evidence.ts';
import { examine } from './rules/examine.ts';
import { formRules } from './rules/form.ts';
import { metricRules } from './rules/metrics.ts';
import { moneyRules } from './rules/money.ts';
import { budgetRules } from './rules/personal-health-budgets.ts';
import { type Rule, toFinding } from './rules/rule.ts';
import { sharingRules } from './rules/sharing.ts';
import { wordingRules } from './rules/wording.ts';
import type { ReturnTemplate } from './template.ts';

/** Every rule a return is checked against, by subject, in the order they are published. */
export const ruleSubjects: readonly { readonly title: string; readonly rules: readonly Rule[] }[] = [
  { title: 'National conditions and pooled budget', rules: conditionRules },
  { title: 'Data sharing (measure 2)', rules: sharingRules },
  { title: 'Personal health budgets (measure 4)', rules: budgetRules },
  { title: 'Income and expenditure', rules: moneyRules },
  { title: 'Supporting metrics', rules: metricRules },
  { title: 'Carried from quarter to quarter', rules: wordingRules },
  { title: 'Where answers come from', rules: evidenceRules },
  { title: 'The form itself', rules: formRules },
];

export const findingRules: readonly Rule[] = ruleSubjects.flatMap(({ rules }) => rules);

/**
 * Every contradiction of a return, worst first, then in the order of the rule book and of the printed sheets. Pure: the
 * same return, template and day give the same findings, however the file orders its cells.
 * @param at the day on which the return is judged; a projected date before it has passed
 */
export function findContradictions(document: Return, template: ReturnTemplate, at: LocalDate): Finding[] {
  const examined = examine(document, template, at);
  const findings = findingRules.flatMap((rule) => rule.find(examined).map((hit) => toFinding(rule, hit)));
  return findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../audit/canonical-json.ts';
import type { Setting } from '../../shared/settings.ts';
import type { CountRule, EventSelection, MeasureDefinition } from './measure.ts';

type InService = Extract<CountRule, { how: 'in-service' }>;

/** A way of counting as it is kept: of people in a service all four numbers come from the same rows. */
export type KeptRule = Exclude<CountRule, { how: 'in-service' }> | Omit<InService, 'count'>;

export function keptRule(rule: CountRule): KeptRule {
  if (rule.how !== 'in-service') return rule;
  const { count: _, ...kept } = rule;
  return kept;
}

/** Name of a way of counting: rules that count alike have one name, whichever measures and years use them. */
export const ruleName = (rule: KeptRule): string => createHash('sha256').update(canonicalJson(rule)).digest('hex').slice(0, 16);

/** What a number is of its way of counting: `<rule>.count`; of a service `<rule>.entered`, `.left`, `.at-end` or `.days`. */
export const countName = (rule: CountRule): string => `${ruleName(keptRule(rule))}.${rule.how === 'in-service' ? rule.count : 'count'}`;

/**
 * What tells whether there are data at all: every spell of the same kinds, whoever and however. A month without an
 * emergency admission is a number; a month without any admission is a month nobody sent.
 */
export const coverageOf = ({ of }: CountRule): KeptRule => ({ how: 'starts', of: { setting: of.setting, kinds: of.kinds, where: [] } });

/** Selections a rule reads, itself included. */
export function selectionsOf(rule: KeptRule): EventSelection[] {
  switch (rule.how) {
    case 'followed-within':
    case 'discharged-into':
      return [rule.of, rule.after];
    case 'at-home-after':
      return [rule.of, rule.after, ...rule.away];
    default:
      return [rule.of];
  }
}

export const settingsOf = (rule: KeptRule): Setting[] => [...new Set(selectionsOf(rule).map(({ setting }) => setting))];

/** The ways of counting of a definition: its numerator and denominator, as far as data carry them. */
export const countsOf = ({ numerator, denominator }: MeasureDefinition): CountRule[] => [
  ...(numerator.count === undefined ? [] : [numerator.count]),
  ...(denominator.kind === 'count' && denominator.count !== undefined ? [denominator.count] : []),
];

/** Every rule that has to be kept for these definitions, by name, those of coverage included. */
export function rulesOf(definitions: readonly MeasureDefinition[]): Map<string, KeptRule> {
  const kept = definitions.flatMap(countsOf).flatMap((rule) => [keptRule(rule), coverageOf(rule)]);
  return new Map(kept.map((rule) => [ruleName(rule), rule]));
}

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { findContradictions, findingRules } from '../../../src/returns/findings.ts';
import { listTemplates, loadTemplate } from '../../../src/returns/load.ts';
import type { Return } from '../../../src/returns/return.ts';
import { questionsOf, type ReturnTemplate } from '../../../src/returns/template.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type Change, consistentAnswers, findingsOf, returnWith, templateOf } from '../../fixtures/returns/consistent-return.ts';
import type { Row } from './findings/case.ts';
import { conditionCases } from './findings/conditions.ts';
import { evidenceCases } from './findings/evidence.ts';
import { formCases } from './findings/form.ts';
import { metricCases } from './findings/metrics.ts';
import { moneyCases } from './findings/money.ts';
import { budgetCases } from './findings/personal-health-budgets.ts';
import { sharingCases } from './findings/sharing.ts';
import { wordingCases } from './findings/wording.ts';

const specification = [
  ...conditionCases,
  ...sharingCases,
  ...budgetCases,
  ...moneyCases,
  ...metricCases,
  ...wordingCases,
  ...evidenceCases,
  ...formCases,
];

const cases = (rows: readonly Row[]) => rows.map(([says, change, also = []]) => ({ says, change, also }));

const templates = new Map<string, ReturnTemplate>();
const templateFor = (change: Change): ReturnTemplate => {
  const template = templates.get(templateOf(change));
  if (template === undefined) throw new Error('no template');
  return template;
};
const ids = await listTemplates('config');
beforeAll(async () => {
  for (const id of ids) templates.set(id, await loadTemplate('config', id));
});

describe('the rule book of returns', () => {
  it('has a specification for every rule, in its own order, with rows that it finds and rows that it does not', () => {
    expect(specification.map(({ rule }) => rule)).toEqual(findingRules.map(({ id }) => id));
    for (const { found, notFound } of specification) expect([found.length > 0, notFound.length > 0]).toEqual([true, true]);
  });

  it('gives every rule a stable id, words, a remedy and a source', () => {
    expect(new Set(findingRules.map(({ id }) => id)).size).toBe(findingRules.length);
    for (const rule of findingRules) {
      expect(rule.id).toMatch(/^[A-Z][A-Z0-9_]+$/);
      for (const words of [rule.message, rule.remedy]) expect(words).toMatch(/\.$/);
      expect(rule.source).not.toBe('');
    }
  });

  it.each(ids)('finds nothing in a return of %s that contradicts nothing', (template) => {
    expect(findingsOf(templateFor({ template }), { template })).toEqual([]);
  });

  describe.each(specification)('$rule', ({ rule, found, notFound }) => {
    const rulesIn = (change: Change): string[] => [...new Set(findingsOf(templateFor(change), change).map((finding) => finding.rule))];

    it.each(cases(found))('finds: $says', ({ change, also }) => {
      expect(rulesIn(change).sort()).toEqual([rule, ...also].sort());
    });

    it.each(cases(notFound))('does not find: $says', ({ change, also }) => {
      expect(rulesIn(change)).toEqual(also);
    });
  });
});

describe('findings', () => {
  const rows = specification.flatMap(({ found }) => found.map(([, change]) => change));
  const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
    items
      .map((item, index) => [keys[index % keys.length] ?? 0, item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);

  it('are pure, and the same however a file orders its sheets and cells', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rows),
        fc.constantFrom(...rows),
        fc.array(fc.nat(99), { minLength: 3, maxLength: 40 }),
        (one, other, keys) => {
          const template = templateFor(one);
          const asked = new Set(questionsOf(template).map(({ id }) => id));
          const answers = Object.fromEntries(Object.entries({ ...other.answers, ...one.answers }).filter(([id]) => asked.has(id)));
          const document = returnWith(template, { ...other, ...one, answers });
          const before = JSON.stringify(document);
          const at = '2017-05-31' as LocalDate;
          const first = findContradictions(document, template, at);
          const reordered: Return = {
            ...document,
            sheets: shuffled(document.sheets, keys).map((sheet) => ({
              ...sheet,
              questions: shuffled(sheet.questions, keys),
              calculated: shuffled(sheet.calculated, keys),
            })),
            previous: Object.fromEntries(
              Object.entries(document.previous).map(([id, given]) => [id, Object.fromEntries(shuffled(Object.entries(given), keys))]),
            ),
            elsewhere: shuffled(document.elsewhere, keys),
          };
          expect(findContradictions(reordered, template, at)).toEqual(first);
          expect(JSON.stringify(document)).toBe(before);
          const severities = first.map(({ severity }) => ['error', 'warning', 'information'].indexOf(severity));
          expect(severities).toEqual([...severities].sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never repeat what somebody wrote', () => {
    const secret = 'Fulano de Tal';
    const template = templateFor({ quarter: 4 });
    const answers = Object.fromEntries(Object.keys(consistentAnswers(template)).map((id) => [id, secret]));
    const found = findingsOf(template, { quarter: 4, answers, before: answers, at: '2030-01-01' });
    expect(found.length).toBeGreaterThan(20);
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Tally } from '../../../src/blackbox/candidate.ts';
import { compileCsvPlan } from '../../../src/blackbox/csv-plan.ts';
import { canonicalNhsNumber, classifyNhsNumber } from '../../../src/blackbox/nhs-number.ts';
import { loadCodeLists, loadFeeds, loadSensitiveCodes } from '../../../src/feeds/load.ts';
import { minimisationRules, numberRules, withholdRules } from '../../../src/landing/rule-tables.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { registration } from '../../support/rows.ts';

describe('RULE-NUMBER-1', () => {
  it.each(numberRules)('$sent is $test in a test system and $live in a live one', ({ sent, test, live }) => {
    const canonical = canonicalNhsNumber(sent);
    expect([classifyNhsNumber(canonical, 'test'), classifyNhsNumber(canonical, 'production')]).toEqual([test, live]);
  });
});

describe('a row of the GP patient extract', () => {
  let read: (row: Readonly<Record<string, string>>, unlisted?: string) => { withhold: string; attributes: string; dropped: object };
  beforeAll(async () => {
    const config = join(packageRoot(), 'config');
    const [feeds, codeLists, sensitiveCodes] = await Promise.all([loadFeeds(config), loadCodeLists(config), loadSensitiveCodes(config)]);
    const specification = feeds.get('gp-patients');
    if (specification === undefined) throw new Error('the feed gp-patients is installed');
    read = (row, unlisted) => {
      const dropped = new Tally();
      const header = Object.keys(row);
      const allowedFields = new Set([...specification.columns.map(({ name }) => name), ...header].filter((name) => name !== unlisted));
      const warn = () => undefined;
      const plan = compileCsvPlan({ specification, header, allowedFields, codeLists, sensitiveCodes, numbers: 'test', dropped, warn });
      const { withhold, attributes } = plan(Object.values(row), 1);
      return { withhold, attributes, dropped: dropped.toObject() };
    };
  });

  // RULE-WITHHOLD-1
  it.each(withholdRules)('with $column "$value" is withheld as "$reason": $because', ({ column, value, deleted, reason }) => {
    expect(read(registration(1, { [column]: value, ...(deleted ? { Deleted: 'true' } : {}) })).withhold).toBe(reason);
  });

  // RULE-MINIMISE-1
  it.each(minimisationRules)('with $column is minimised as "$counted": $because', ({ column, listed, counted }) => {
    const { dropped, attributes } = read(registration(1, { [column]: 'RC12' }), listed ? undefined : column);
    expect(dropped).toEqual(counted === '' ? {} : { [counted]: 1 });
    expect(attributes.includes('RC12')).toBe(counted === '');
  });
});

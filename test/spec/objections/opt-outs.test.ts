import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkObjection } from '../../../src/objections/arriving.ts';
import { firstReason, withheldReasons } from '../../../src/objections/decide.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { loadGpCodes } from '../../../src/objections/gp-codes.ts';
import { objectionTables } from '../../../src/objections/tables.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { settings } from '../../../src/shared/settings.ts';

const config = join(packageRoot(), 'config', 'objections');
const table = await loadDecisionTable(config);
const find = await loadGpCodes(config);

describe('RULE-OPT-1: type 2 is never acted on, by whatever name it comes', () => {
  const row = { landingPseudonym: 'A'.repeat(32), setOn: '2026-01-02', withdrawnOn: '', source: 'letter' };
  it.each(['type-2', 'Type 2', 'TYPE2', 'type 2 objection', 'type-2-set'])('%s is counted and not kept', (kind) => {
    expect(checkObjection({ ...row, kind })).toEqual({ quarantine: 'TYPE2_NOT_PROCESSED' });
  });

  it.each(['type-20', 'not a type-2', 'type--2', 'type-1 and type-2'])('%s is no name of it, and no kind of objection', (kind) => {
    expect(checkObjection({ ...row, kind })).toEqual({ quarantine: 'OBJECTION_KIND_UNKNOWN' });
  });

  it.each(['{readv2:9Nu4.}', '{ctv3:XaaVL}', '{snomed:881561000000100}', '{readv2:9Nu5.}'])(
    'the code %s is known as what it is',
    (code) => {
      expect(find(code).map(({ objection }) => objection)).toEqual(['type-2']);
    },
  );
});

describe('RULE-OPT-3: how far an objection reaches in the linked record', () => {
  const reach = (objection: string) =>
    settings.filter((setting) => {
      const reasons = withheldReasons(table, { purposes: ['commissioning'], basis: 'section-251', form: 'identifiable', setting });
      return firstReason(reasons, [objection]) !== undefined;
    });

  it.each([
    ['ndop', settings],
    ['programme', settings],
    ['type-1', ['gp']],
    ['social-care-consent-withheld', ['social-care']],
    ['social-care-consent-withdrawn', ['social-care']],
  ])('%s takes the rows of %j', (objection, expected) => {
    expect(reach(objection)).toEqual(expected);
  });

  it('takes with the rows what is made of them', () => {
    const by = (rule: string) => Object.keys(objectionTables).filter((name) => objectionTables[name]?.rule === rule);
    expect(by('rows')).toEqual(['environment.event', 'linkage.sighting']);
    const derived = ['environment.person', 'environment.person_summary', 'environment.recipient_pseudonym', 'risk.score'];
    expect(by('derived')).toEqual(expect.arrayContaining(derived));
  });
});

describe('the rules of objections and opt-outs', () => {
  const ids = [
    ...[1, 2, 3, 4, 5, 6].map((n) => `RULE-OPT-${n}`),
    ...[1, 2, 3, 4, 5].map((n) => `RULE-NDOP-${n}`),
    ...[1, 2].map((n) => `RULE-SENS-${n}`),
  ];
  const specifications = ['spec', 'integration'].flatMap((folder) =>
    readdirSync(join(packageRoot(), 'test', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(packageRoot(), 'test', folder, name), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
  );

  it.each(ids)('%s is named by a specification', (id) => {
    expect(specifications.some((text) => new RegExp(`${id}(?!\\d)`).test(text))).toBe(true);
  });

  it('are the ones the published rule books cite', () => {
    const books = readdirSync(join(packageRoot(), 'docs', 'rules')).map((name) =>
      readFileSync(join(packageRoot(), 'docs', 'rules', name), 'utf8'),
    );
    const cited = new Set(books.flatMap((text) => text.match(/RULE-(?:OPT|NDOP|SENS)-\d+/g) ?? []));
    expect([...cited].filter((id) => !ids.includes(id))).toEqual([]);
  });
});

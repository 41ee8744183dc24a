import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { admissionRules } from '../../../src/register/admission-rules.ts';
import { admissionTable, type RuleText } from '../../../src/register/admission-table.ts';
import { renderAdmissionRules } from '../../../src/register/rule-book.ts';
import { boundaryRows } from './admission-boundaries.ts';
import { factRows } from './admission-facts.ts';
import { rows } from './admission-rows.ts';

describe('the rule book of the gate', () => {
  it('is published as the gate applies it', async () => {
    const published = await readFile(join(import.meta.dirname, '../../../docs/rules/admission.md'), 'utf8');
    expect(published).toBe(renderAdmissionRules());
  });

  it('holds every rule the gate asks, in its order, and no other', () => {
    expect(admissionRules.map((rule) => rule.text.id)).toEqual(
      Object.values(admissionTable)
        .map((text) => text.id)
        .slice(1),
    );
  });

  const table: readonly RuleText[] = Object.values(admissionTable);
  const texts = table.flatMap(({ refusals }) => Object.entries(refusals).map(([code, text]) => [code, text] as const));

  it.each(texts)('says of %s what is wrong, and then what to do about it', (_code, { says, remedy }) => {
    expect(says).toMatch(/^[A-Z{].*(?:\.|\.\{then\})$/);
    expect(remedy).toMatch(/^[A-Z][a-z]+ .*[a-z]\.$/);
    expect(says).not.toContain(remedy);
    // Organisations, days and terms of the register; no free text, which could name anybody.
    const filled = ['on', 'name', 'ods', 'state', 'purpose', 'missing', 'version', 'then'];
    expect([...says.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).filter((name) => !filled.includes(name ?? ''))).toEqual([]);
    expect(remedy).not.toContain('{');
  });

  it('gives one code one remedy, whichever rule refuses', () => {
    const remedies = new Map<string, Set<string>>();
    for (const [code, { remedy }] of texts) remedies.set(code, (remedies.get(code) ?? new Set()).add(remedy));
    expect([...remedies].filter(([, said]) => said.size > 1)).toEqual([]);
  });

  it('rests every rule on a law, a clause of the agreement or a source', () => {
    expect(table.filter(({ law, part, source }) => (law ?? part ?? source) === undefined)).toEqual([]);
  });

  it('has a row in the specification for every refusal', () => {
    const said = new Set([...rows, ...boundaryRows, ...factRows].flatMap((row) => row.refusals));
    const refusals = Object.values(admissionTable).flatMap((text) => Object.keys(text.refusals));
    expect(refusals.filter((code) => !said.has(code))).toEqual([]);
  });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { admissionRules } from '../../../src/register/admission-rules.ts';
import { admissionTable } from '../../../src/register/admission-table.ts';
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

  it('has a row in the specification for every refusal', () => {
    const said = new Set([...rows, ...boundaryRows, ...factRows].flatMap((row) => row.refusals));
    const refusals = Object.values(admissionTable).flatMap((text) => Object.keys(text.refusals));
    expect(refusals.filter((code) => !said.has(code))).toEqual([]);
  });
});

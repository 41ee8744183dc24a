import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readScope } from '../../../src/environment/scope.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { placeDocumentSchema } from '../../../src/register/model.ts';
import { buildRegister } from '../../../src/register/register.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const config = join(packageRoot(), 'config');
const table = await loadDecisionTable(join(config, 'objections'));
const [southend] = await readRegisterFiles(join(config, 'register', 'southend-on-sea'));
const agreement = 'risk-stratification-2025';
const letter = {
  document: 'ndop-set-aside',
  reference: 'Approval letter of 3 March, condition 4',
  seenOn: '2026-03-05',
  seenBy: 'Trust IG lead',
};

/** Objections that withhold the hospital flow under section 251, with what its agreement says. */
function withheld(objectionsSetAside: object[] | undefined) {
  const change = (one: PlaceDocument['agreements'][number]) =>
    one.id === agreement && objectionsSetAside !== undefined ? { ...one, objectionsSetAside } : one;
  const document = placeDocumentSchema.parse({ ...southend, agreements: southend?.agreements.map(change) });
  const register = buildRegister([{ document, version: 1 }]);
  const scope = readScope(register, table, { purpose: 'commissioning', at: '2026-11-21' as LocalDate, agreements: [agreement] });
  return new Set(scope.withheld.filter(({ setting }) => setting === 'hospital').map(({ objection }) => objection));
}

describe('RULE-OPT-2 e: who sets an opt-out aside has seen the document that says so', () => {
  it('applies the opt-out where the register holds no such document, which is the default', () => {
    expect(withheld(undefined)).toContain('ndop');
  });

  it('sets it aside where the agreement names the document, and no other objection with it', () => {
    const kinds = withheld([letter]);
    expect(kinds).not.toContain('ndop');
    expect(kinds).toContain('programme');
    expect(kinds).toContain('right-to-object');
  });

  it('is not satisfied by the document about type 1, nor by one without a reference or an empty list', () => {
    expect(withheld([{ ...letter, document: 'type-1-set-aside' }])).toContain('ndop');
    expect(() => withheld([{ ...letter, reference: '' }])).toThrow();
    expect(() => withheld([])).toThrow();
  });
});

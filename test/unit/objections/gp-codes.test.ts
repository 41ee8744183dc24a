import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findObjectionCodes, loadGpCodes } from '../../../src/objections/gp-codes.ts';
import { ConfigurationError } from '../../../src/shared/errors.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const find = await loadGpCodes(join(packageRoot(), 'config', 'objections'));

it.each([
  ['{readv2:9Nu0.}', 'type-1', 'set'],
  ['{readv2:9Nu0}', 'type-1', 'set'],
  ['{readv2:9Nu0.00}', 'type-1', 'set'],
  ['{ctv3:XaZ89}', 'type-1', 'set'],
  ['{snomed:38341003,snomed:827241000000103}', 'type-1', 'set'],
  ['{readv2:9Nu1.}', 'type-1', 'withdrawn'],
  ['{ctv3:XaZ8A}', 'type-1', 'withdrawn'],
  ['{snomed:827261000000102}', 'type-1', 'withdrawn'],
  ['{readv2:9Nu4.}', 'type-2', 'set'],
  ['{ctv3:XaaVL}', 'type-2', 'set'],
  ['{snomed:881561000000100}', 'type-2', 'set'],
  ['{readv2:9Nu5.}', 'type-2', 'withdrawn'],
  ['{snomed:416409005}', 'local-sharing', 'set'],
  ['{snomed:417528008}', 'local-sharing', 'withdrawn'],
])('%s says %s %s', (codes, objection, action) => {
  expect(find(codes)).toMatchObject([{ objection, action }]);
});

it('hears nothing in other codes', () => {
  for (const codes of ['', '{readv2:9Nu2.}', '{readv2:9N}', '{icd10:9Nu0}', '{snomed:8272410000001031}', '{snomed:9Nu0.00}', '{9Nu0.}'])
    expect(find(codes)).toEqual([]);
});

it('stops without the list', async () => {
  await expect(loadGpCodes('/nowhere')).rejects.toThrow(ConfigurationError);
});

it('tells codes of a place apart by their whole length, and codes padded with several points by what is before them', () => {
  const set = { objection: 'risk-stratification', action: 'set' } as const;
  const heard = findObjectionCodes([
    { ...set, code: 'RISKOPT1' },
    { ...set, code: 'RISKOPT2', action: 'withdrawn' },
    { ...set, code: 'G3...', objection: 'programme' },
    { ...set, code: 'A.B1.', objection: 'ndop' },
  ]);
  const actions = (codes: string) => heard(codes).map(({ objection, action }) => `${objection} ${action}`);
  expect(actions('{local:RISKOPT1}')).toEqual(['risk-stratification set']);
  expect(actions('{readv2:RISKOPT2}')).toEqual(['risk-stratification withdrawn']);
  for (const codes of ['{local:RISKOPT3}', '{local:RISKO}', '{readv2:RISKOPT}', '{local:G3...00}']) expect(actions(codes)).toEqual([]);
  for (const codes of ['{readv2:A.B1.}', '{readv2:A.B1}']) expect(actions(codes)).toEqual(['ndop set']);
  for (const codes of ['{readv2:G3...}', '{readv2:G3}', '{ctv3:G3...00}', '{local:G3...}'])
    expect(actions(codes)).toEqual(['programme set']);
});

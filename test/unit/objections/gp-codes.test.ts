import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadGpCodes } from '../../../src/objections/gp-codes.ts';
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
  for (const codes of ['', '{readv2:9Nu2.}', '{readv2:9N}', '{icd10:9Nu0}', '{snomed:8272410000001031}']) expect(find(codes)).toEqual([]);
});

it('stops without the list', async () => {
  await expect(loadGpCodes('/nowhere')).rejects.toThrow(ConfigurationError);
});

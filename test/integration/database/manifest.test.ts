import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeGrants, describeRoles, describeSchema } from '../../../scripts/describe-database.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
});
afterAll(async () => db.close());

const generated = (name: string): unknown => JSON.parse(readFileSync(join(packageRoot(), 'docs', 'generated', name), 'utf8'));
const advice = 'run `npm run generated` and read the diff before committing it';

describe('the committed manifests', () => {
  it('list every right of every role in both databases', async () => {
    const now = {
      roles: await describeRoles(db.administrator('haven')),
      haven: await describeGrants(db.administrator('haven')),
      vault: await describeGrants(db.administrator('vault')),
    };
    expect(now, advice).toEqual(generated('grants.json'));
  });

  it('list every table, view, type and function', async () => {
    const now = { haven: await describeSchema(db.administrator('haven')), vault: await describeSchema(db.administrator('vault')) };
    expect(now, advice).toEqual(generated('schema.json'));
  });
});

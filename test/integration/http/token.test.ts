import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../../../src/audit/record.ts';
import { createAssertionLedger, sweepUsedAssertions } from '../../../src/http/tokens/used-assertions.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { makeStand, now, type Stand, seconds, tokenForm } from '../../unit/http/stand.ts';

let databases: TestDatabases;
let stand: Stand;
const newLedger = () => createAssertionLedger(databases.pool('haven_gateway'), (tx, entry) => recordAudit(tx, entry, { now: () => now }));
beforeAll(async () => {
  databases = await testDatabases();
  stand = await makeStand({ assertions: newLedger() });
});
afterAll(() => databases.close());

const post = (assertion: string, at = stand) => request(at.app).post('/oauth/token').type('form').send(tokenForm(assertion));
const tokensIssued = async () => {
  const { rows } = await databases
    .administrator('haven')
    .query(`select count(*)::int as count from audit.entry where convert_from(leaf, 'UTF8') like '%"token.issued"%'`);
  return rows[0].count as number;
};

describe('the token endpoint on PostgreSQL', () => {
  it('accepts exactly one of fifty replays at once, and writes exactly one audit entry', async () => {
    const before = await tokensIssued();
    const assertion = await stand.signAssertion();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(assertion)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(49);
    expect(await tokensIssued()).toBe(before + 1);
  });

  it('remembers a used assertion over a restart', async () => {
    const jti = randomUUID();
    const claim = { clientId: 'supplier-1', jti, expiresAt: new Date(now.getTime() + 60_000), scopes: [] };
    expect(await newLedger().claim(claim)).toBe(true);
    expect(await newLedger().claim(claim)).toBe(false);
    expect(await newLedger().claim({ ...claim, clientId: 'supplier-2' })).toBe(true);
  });

  it('keeps no jti in the clear', async () => {
    await post(await stand.signAssertion({ jti: 'NEEDLE-jti' }));
    const { rows } = await databases.administrator('haven').query('select * from http.assertion_used');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('NEEDLE');
  });

  it('gives no token when the audit entry cannot be written, and the assertion stays good', async () => {
    let broken = true;
    const ledger = createAssertionLedger(databases.pool('haven_gateway'), async (tx, entry) => {
      if (broken) throw new Error('audit is away');
      await recordAudit(tx, entry);
    });
    const fragile = await makeStand({ assertions: ledger });
    const assertion = await fragile.signAssertion({ exp: seconds + 200 });
    expect((await post(assertion, fragile)).status).toBe(500);
    broken = false;
    expect((await post(assertion, fragile)).status).toBe(200);
  });

  it('forgets assertions an hour after they ran out, and none before', async () => {
    await stand.services.assertions.claim({ clientId: 'sweep', jti: 'a', expiresAt: now, scopes: [] });
    const db = databases.pool('haven_gateway');
    const kept = async () => (await db.query(`select from http.assertion_used where client_id = 'sweep'`)).rowCount;
    await sweepUsedAssertions(db, new Date(now.getTime() + 3_500_000));
    expect(await kept()).toBe(1);
    await sweepUsedAssertions(db, new Date(now.getTime() + 3_700_000));
    expect(await kept()).toBe(0);
  });

  it('cannot make a used assertion unused: the role of the gateway may not change rows', async () => {
    await expect(databases.pool('haven_gateway').query(`update http.assertion_used set expires_at = now()`)).rejects.toThrow(
      'permission denied',
    );
  });
});

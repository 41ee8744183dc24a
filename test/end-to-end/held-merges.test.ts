import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/shared/package-root.ts';
import { csv } from '../support/box.ts';
import { bundle, replaced } from '../support/fhir.ts';
import { call } from '../support/rows.ts';
import { query } from './support/database.ts';
import { World } from './support/program.ts';

/** A sender asks for a merge that the evidence does not carry: the compiled program, as an IG lead decides with it. */
const world = new World();
let adminUrl: string;

interface Agreements {
  agreements: { dataIn: { feed: string; items: { fields: string[] }[] }[] }[];
}

beforeAll(async () => {
  const register = join(world.root, 'register');
  cpSync(join(packageRoot(), 'config', 'register', 'southend-on-sea'), register, { recursive: true });
  const file = join(register, 'agreements.json');
  const document = JSON.parse(readFileSync(file, 'utf8')) as Agreements;
  for (const { dataIn } of document.agreements)
    for (const { items } of dataIn.filter(({ feed }) => feed === 'fhir-r4')) items[0]?.fields.push('Patient.link');
  writeFileSync(file, JSON.stringify(document));
  const calls = join(world.root, 'calls.csv');
  writeFileSync(calls, csv([call(1, 'c1'), call(2, 'c2', { 'Date of Birth': '1961-07-01' })]));
  const merge = join(world.root, 'merge.json');
  writeFileSync(merge, bundle(replaced('p1', 1, 2)));
  adminUrl = await world.keepDatabase();
  for (const parameters of [
    ['keys', 'init'],
    ['register', 'apply', register],
    ['deliver', '--flow', 'nhs-111-southend', calls],
    ['deliver', '--flow', 'fhir-acute', merge],
  ])
    expect(await world.run(parameters)).toMatchObject({ code: 0 });
});
afterAll(() => world.remove());

const merges = (...parameters: string[]) => world.run(['--json', 'linkage', 'merges', ...parameters]);
const persons = async () => (await query(adminUrl, 'haven', 'select distinct person_id from environment.event')).length;
const decisions = async (action: string) =>
  query<{ actor: string; decision: string }>(
    adminUrl,
    'haven',
    `select said ->> 'actor' as actor, said -> 'detail' ->> 'decision' as decision
       from (select entry_id, convert_from(leaf, 'UTF8')::json as said from audit.entry) e
      where said -> 'detail' ->> 'action' = '${action}' order by entry_id`,
  );

describe('haven linkage merges', () => {
  it('shows what waits to an IG lead of the place, and to nobody else', async () => {
    expect((await merges('list')).code).toBe(2);
    expect(await merges('list', '--as', 'southend-icb-analyst')).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('SEAT_ABSENT'),
    });
    const { code, stdout } = await merges('list', '--as', 'southend-ig-lead');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      merges: [expect.objectContaining({ held: 1, flow: 'fhir-acute', place: 'southend-on-sea', state: 'held' })],
    });
  });

  it('is decided by an IG lead alone, with a leaf for who was refused and for who decided', async () => {
    expect((await merges('approve', '1', '--as', 'southend-operator')).stderr).toContain('ACCESS_REFUSED');
    expect(await persons()).toBe(2);
    const { code, stdout } = await merges('approve', '1', '--as', 'southend-ig-lead');
    expect({ code, answer: JSON.parse(stdout) }).toEqual({ code: 0, answer: { decided: 1, joined: 1 } });
    expect(await persons()).toBe(1);
    expect(await decisions('linkage.merge.approve')).toEqual([
      { actor: 'southend-operator', decision: 'refused' },
      { actor: 'southend-ig-lead', decision: 'allowed' },
    ]);
    expect((await merges('refuse', '1', '--as', 'southend-ig-lead')).stderr).toContain('MERGE_NOT_HELD');
    expect((await world.run(['audit', 'verify'])).code).toBe(0);
  });
});

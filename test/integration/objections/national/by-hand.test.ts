import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from '../../../../src/database/query.ts';
import { advanceExchange } from '../../../../src/objections/national/advance.ts';
import { disclose } from '../../../../src/objections/national/disclose.ts';
import { nationalChecks, nationalStatus, releasable } from '../../../../src/objections/national/status.ts';
import type { ReplyOutcome } from '../../../../src/objections/national/take-reply.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../../support/box.ts';
import { emptyNational, hold, type NationalTest, openNational, pseudonymOf } from '../../../support/national-exchange.ts';
import { episode } from '../../../support/rows.ts';

const purpose = 'risk-stratification-commissioning';
const start = '2026-11-21T12:00:00Z';
let test: TestBox;
let national: NationalTest;
beforeAll(async () => {
  test = await openTestBox();
});
afterAll(() => test.close());
beforeEach(async () => {
  await emptyBox(test);
  await emptyNational(test);
  test.at(start);
  national = await openNational(test);
});

const people = (count: number): string[] => Array.from({ length: count }, (_, n) => nhsNumber(n));
const list = (numbers: readonly string[], ending = ',\n'): string => numbers.map((number) => number + ending).join('');
const reply = (localId: string, text: string, more: { acceptedBy?: string; messageType?: string } = {}): Promise<ReplyOutcome> =>
  national.deps.takeReply({ localId, actor: 'ig-lead', bytes: Readable.from([Buffer.from(text)]), ...more });
const prepare = async (decision = {}): Promise<{ exchangeId: string; localId: string; localIds: readonly string[] }> => {
  const { exchangeId, localIds } = await national.decide(decision);
  await advanceExchange(national.deps, exchangeId);
  return { exchangeId, localId: localIds[0] ?? '', localIds };
};
const fileOf = (localId: string): string => join(national.deps.spool, `${localId}.dat`);
const gateway = () => test.databases.pool('haven_gateway');
const objecting = async (): Promise<string[]> =>
  (
    await test.admin.query<{ p: string }>(`select landing_pseudonym as p from objections.standing($1::date) where kind = 'ndop'`, [
      test.box.clock.now().toISOString().slice(0, 10),
    ])
  ).rows.map(({ p }) => p);
const idOf = async (number: string): Promise<string> =>
  (
    await test.admin.query<{ id: string }>('select person_id::text as id from linkage.pseudonym where landing_pseudonym = $1', [
      pseudonymOf(test, number),
    ])
  ).rows[0]?.id ?? '';
const leaves = async (): Promise<{ type: string; subject?: string; detail: Record<string, unknown> }[]> =>
  (await test.admin.query(`select convert_from(leaf, 'UTF8')::json as said from audit.entry order by entry_id`)).rows.map(
    ({ said }) => said,
  );

describe('a request', () => {
  it('asks about everybody held, in numerical order, in a file of this user alone, and is on record first', async () => {
    await hold(test, people(5).reverse());
    const { exchangeId, localIds } = await national.decide();
    expect(localIds).toEqual(['OURS-21112026-0001']);
    await expect(stat(fileOf('OURS-21112026-0001'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await leaves()).at(-1)).toMatchObject({ type: 'ndop.decided', detail: { people: 5, approval: 'CAG 7-04(a)/2013' } });
    await advanceExchange(national.deps, exchangeId);
    expect(await readFile(fileOf('OURS-21112026-0001'), 'utf8')).toBe(list(people(5)));
    expect((await stat(fileOf('OURS-21112026-0001'))).mode & 0o777).toBe(0o600);
    expect((await leaves()).at(-1)).toMatchObject({
      type: 'ndop.prepared',
      subject: 'OURS-21112026-0001',
      detail: { asked: 5, notAskable: 0 },
    });
    expect(JSON.stringify(await leaves())).not.toMatch(/999\d{7}/);
  });

  it('is cut into parts with names of their own, each person in exactly one, CRLF where it is wanted', async () => {
    national = await openNational(test, { rowsPerFile: 4, lineEnding: 'CRLF' });
    await hold(test, people(10));
    const { localIds } = await prepare();
    expect(localIds).toEqual(['OURS-21112026-0001', 'OURS-21112026-0002', 'OURS-21112026-0003']);
    const parts = await Promise.all(localIds.map((localId) => readFile(fileOf(localId), 'utf8')));
    expect(parts.map((part) => part.split(',\r\n').length - 1)).toEqual([4, 4, 2]);
    expect(parts.flatMap((part) => part.match(/\d{10}/g) ?? []).sort()).toEqual(people(10));
  });

  it('is named by the month: a sequence is never given twice, and begins again', async () => {
    await hold(test, people(1));
    const named = async (): Promise<string | undefined> => (await national.decide()).localIds[0];
    expect(await Promise.all([named(), named(), named()]).then((names) => names.sort())).toEqual([
      'OURS-21112026-0001',
      'OURS-21112026-0002',
      'OURS-21112026-0003',
    ]);
    test.at('2026-12-01T00:30:00Z');
    expect(await named()).toBe('OURS-01122026-0001');
  });

  it('leaves out who has no NHS number in the vault, and they are never releasable', async () => {
    await hold(test, people(3));
    await test.vault.query('delete from vault.identity where landing_pseudonym = $1', [pseudonymOf(test, nhsNumber(1))]);
    const { exchangeId, localId } = await prepare();
    expect(await readFile(fileOf(localId), 'utf8')).toBe(list([nhsNumber(0), nhsNumber(2)]));
    await reply(localId, list([nhsNumber(0), nhsNumber(2)]));
    await advanceExchange(national.deps, exchangeId);
    const personIds = await Promise.all(people(3).map(idOf));
    expect(await releasable(gateway(), { purpose, at: test.box.clock.now(), personIds })).toMatchObject({
      personIds: [personIds[0], personIds[2]],
      optedOut: 0,
      notCovered: 1,
    });
  });

  it('refuses to ask about nobody', async () => {
    await expect(national.decide()).rejects.toMatchObject({ code: 'NDOP_NOBODY_HELD' });
  });
});

describe('a reply', () => {
  it('is subtracted from its request: who is missing has opted out, is removed, withheld, and not releasable', async () => {
    for (const person of [0, 1, 2]) await test.deliver('sus-apc-southend', csv([episode(person, `S${person}`)]));
    const { exchangeId, localId } = await prepare();
    expect(await reply(localId, list([nhsNumber(0), nhsNumber(2)]))).toMatchObject({
      class: 'cleaned-list',
      state: 'answered',
      asked: 3,
      returned: 2,
      optedOut: 1,
    });
    expect(await objecting()).toEqual([pseudonymOf(test, nhsNumber(1))]);
    // Not yet applied: what the objection covers is still there, so no release may use the answer.
    expect(await nationalStatus(gateway(), { purpose, at: test.box.clock.now() })).toEqual({ state: 'missing' });
    expect(await advanceExchange(national.deps, exchangeId)).toMatchObject({ requests: [{ localId, state: 'applied' }] });
    expect(await test.count('select count(distinct person_id) from environment.event')).toBe(2);
    expect(await test.deliver('sus-apc-southend', csv([episode(1, 'S9')]))).toMatchObject({ landed: 0, withheld: { OBJECTION_NDOP: 1 } });
    expect(await nationalStatus(gateway(), { purpose, at: test.box.clock.now() })).toMatchObject({
      state: 'fresh',
      people: 3,
      optedOut: 1,
      requests: [localId],
    });
    await expect(stat(fileOf(localId))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of the job is a receipt and no answer; the error line and a report void the request', async () => {
    await hold(test, people(3));
    const first = await prepare();
    expect(await reply(first.localId, '{"status": "pending"}')).toMatchObject({ class: 'job-receipt', state: 'receipted' });
    expect(await reply(first.localId, '{"status": "pending"}')).toMatchObject({ state: 'receipted' });
    expect(await reply(first.localId, 'The file contains one or more invalid NHS Numbers.\n')).toMatchObject({
      state: 'failed',
      reason: 'NDOP_NUMBERS_REFUSED',
    });
    // Void is void: a list that comes after it is not believed.
    expect(await reply(first.localId, list(people(3)))).toMatchObject({ state: 'failed', reason: 'NDOP_NOT_AWAITED' });
    const second = await prepare();
    expect(await reply(second.localId, '', { messageType: 'REPORT' })).toMatchObject({ state: 'failed', reason: 'NDOP_NOT_DELIVERED' });
    expect(await objecting()).toEqual([]);
  });

  it.each([
    ['a person who was not asked about', (numbers: string[]) => list([...numbers.slice(1), nhsNumber(50)])],
    ['a number nobody can have', (numbers: string[]) => list([...numbers, '9990000019'])],
  ])('with %s is rejected whole (RULE-NDOP-2)', async (_what, body) => {
    await hold(test, people(3));
    const { localId } = await prepare();
    expect(await reply(localId, body(people(3)))).toMatchObject({ state: 'held', reason: 'NDOP_REPLY_FOREIGN_NUMBERS' });
    // Nobody can accept that away either.
    expect(await reply(localId, body(people(3)), { acceptedBy: 'ig-lead' })).toMatchObject({
      state: 'held',
      reason: 'NDOP_REPLY_FOREIGN_NUMBERS',
    });
    expect(await objecting()).toEqual([]);
    expect(await test.count('select count(*) from ndop.opted_out')).toBe(0);
    expect(await test.count('select count(*) from ndop.returned')).toBe(0);
    // The right one may still come.
    expect(await reply(localId, list(people(3)))).toMatchObject({ state: 'answered', optedOut: 0 });
  });

  it('that is empty is held for a person, who may accept it (RULE-NDOP-3)', async () => {
    await hold(test, people(2));
    const { exchangeId, localId } = await prepare();
    expect(await reply(localId, '\n')).toMatchObject({ state: 'held', reason: 'NDOP_REPLY_EMPTY' });
    expect(await advanceExchange(national.deps, exchangeId)).toMatchObject({ requests: [{ state: 'held' }] });
    expect(await objecting()).toEqual([]);
    expect(await reply(localId, '\n', { acceptedBy: 'ig-lead' })).toMatchObject({ state: 'answered', returned: 0, optedOut: 2 });
    expect((await leaves()).at(-1)).toMatchObject({ type: 'ndop.answered', detail: { acceptedBy: 'ig-lead' } });
  });

  it('that is cut short is held: in the middle of a line, or with too many missing', async () => {
    await hold(test, people(40));
    const { localId } = await prepare();
    expect(await reply(localId, list(people(40)).slice(0, -4))).toMatchObject({ state: 'held', reason: 'NDOP_REPLY_UNKNOWN' });
    const long = `${list(Array.from({ length: 500 }, () => nhsNumber(0)))}99920`;
    expect(await reply(localId, long)).toMatchObject({ state: 'held', reason: 'NDOP_REPLY_MALFORMED' });
    expect(await reply(localId, list(people(29)))).toMatchObject({ state: 'held', reason: 'NDOP_REPLY_IMPLAUSIBLE', optedOut: 11 });
    expect(await reply(localId, list(people(30)))).toMatchObject({ state: 'answered', optedOut: 10 });
  });

  it('taken again changes nothing, and another one for the same request is refused', async () => {
    await hold(test, people(3));
    const { exchangeId, localId } = await prepare();
    await reply(localId, list(people(2)));
    const before = (await leaves()).length;
    expect(await reply(localId, list(people(2)))).toMatchObject({ state: 'answered' });
    expect(await reply(localId, list(people(3)))).toMatchObject({ state: 'answered', reason: 'NDOP_NOT_AWAITED' });
    expect((await leaves()).length).toBe(before);
    await advanceExchange(national.deps, exchangeId);
    expect(await reply(localId, list(people(2)))).toMatchObject({ state: 'applied' });
    expect(await objecting()).toEqual([pseudonymOf(test, nhsNumber(2))]);
  });

  it('gives a word of its own: who opted back in objects no more, and an older answer never undoes a younger', async () => {
    await hold(test, people(3));
    const first = await prepare();
    test.at('2026-11-22T12:00:00Z');
    const second = await prepare();
    // The younger request is answered first: person 1 opted out, person 0 did not.
    await reply(second.localId, list([nhsNumber(0), nhsNumber(2)]));
    await reply(first.localId, list([nhsNumber(1), nhsNumber(2)]));
    expect(await objecting()).toEqual([pseudonymOf(test, nhsNumber(1))]);
    test.at('2026-11-25T12:00:00Z');
    const third = await prepare();
    await reply(third.localId, list(people(3)));
    expect(await objecting()).toEqual([]);
    test.at('2026-11-26T12:00:00Z');
    const fourth = await prepare();
    await reply(fourth.localId, list([nhsNumber(0), nhsNumber(2)]));
    expect(await objecting()).toEqual([pseudonymOf(test, nhsNumber(1))]);
  });

  it('in parts counts only when every part is applied', async () => {
    national = await openNational(test, { rowsPerFile: 2 });
    await hold(test, people(4));
    const { exchangeId, localIds } = await prepare();
    const [one = '', two = ''] = localIds;
    await reply(one, await readFile(fileOf(one), 'utf8'));
    await advanceExchange(national.deps, exchangeId);
    expect((await nationalStatus(gateway(), { purpose, at: test.box.clock.now() })).state).toBe('missing');
    await reply(two, await readFile(fileOf(two), 'utf8'));
    await advanceExchange(national.deps, exchangeId);
    expect(await nationalStatus(gateway(), { purpose, at: test.box.clock.now() })).toMatchObject({ state: 'fresh', people: 4 });
  });
});

describe('a release', () => {
  const checked = async (): Promise<string[]> => {
    await hold(test, people(4));
    const { exchangeId, localId } = await prepare();
    await reply(localId, list(people(4).slice(1)));
    await advanceExchange(national.deps, exchangeId);
    await hold(test, [nhsNumber(9)]);
    return Promise.all([...people(4), nhsNumber(9)].map(idOf));
  };
  const release = (personIds: string[], approval = 'CAG 7-04(a)/2013') =>
    transaction(gateway(), (tx) =>
      disclose(tx, { purpose, approval, releaseId: 'release-1', personIds, actor: 'somebody' }, test.box.clock),
    );

  it('holds only those whom a fresh check covers, with its evidence and leaf (RULE-OPT-6)', async () => {
    const personIds = await checked();
    const released = await release(personIds);
    expect([...released.personIds].sort()).toEqual(personIds.slice(1, 4).sort());
    expect(released).toMatchObject({ optedOut: 1, notCovered: 1 });
    const { rows } = await gateway().query('select * from ndop.disclosure');
    expect(rows).toEqual([
      expect.objectContaining({
        approval: 'CAG 7-04(a)/2013',
        release_id: 'release-1',
        requests: ['OURS-21112026-0001'],
        people_in: 5,
        people_out: 3,
        opted_out: 1,
        not_covered: 1,
      }),
    ]);
    expect((await leaves()).at(-1)).toMatchObject({ type: 'ndop.disclosed', subject: 'release-1', detail: { peopleIn: 5, peopleOut: 3 } });
    const checks = await nationalChecks(gateway(), { purpose, at: test.box.clock.now(), personIds });
    expect(personIds.map((id) => checks.get(id))).toEqual([
      { state: 'fresh', optedOut: true },
      { state: 'fresh', optedOut: false },
      { state: 'fresh', optedOut: false },
      { state: 'fresh', optedOut: false },
      { state: 'fresh', optedOut: false, notCovered: true },
    ]);
  });

  it('is blocked without a check, by an old one, and under another approval', async () => {
    await expect(release(['1'])).rejects.toMatchObject({ code: 'NATIONAL_CHECK_MISSING' });
    const personIds = await checked();
    await expect(release(personIds, 'CAG 1-01/2020')).rejects.toMatchObject({ code: 'NDOP_OTHER_APPROVAL' });
    test.at('2026-11-28T11:59:59Z');
    await expect(release(personIds)).resolves.toBeDefined();
    test.at('2026-11-28T12:00:00Z');
    await expect(release(personIds)).rejects.toMatchObject({ code: 'NATIONAL_CHECK_STALE' });
    const stale = await nationalChecks(gateway(), { purpose, at: test.box.clock.now(), personIds });
    expect(new Set([...stale.values()].map(({ state }) => state))).toEqual(new Set(['stale']));
    expect(await nationalStatus(gateway(), { purpose: 'commissioning', at: test.box.clock.now() })).toEqual({ state: 'missing' });
  });

  it('counts a person with two numbers as opted out when either is, and uncovered when either was not asked about', async () => {
    const personIds = await checked();
    await test.admin.query('update linkage.pseudonym set person_id = $1 where landing_pseudonym = $2', [
      personIds[1],
      pseudonymOf(test, nhsNumber(0)),
    ]);
    await test.admin.query('update linkage.pseudonym set person_id = $1 where landing_pseudonym = $2', [
      personIds[2],
      pseudonymOf(test, nhsNumber(9)),
    ]);
    const found = await releasable(gateway(), { purpose, at: test.box.clock.now(), personIds: personIds.slice(1, 4) });
    expect(found).toMatchObject({ personIds: [personIds[3]], optedOut: 1, notCovered: 1 });
  });
});

describe('the answers', () => {
  it('are for their own role alone (RULE-NDOP-5)', async () => {
    for (const role of ['haven_gateway', 'haven_blackbox', 'haven_auditor'] as const) {
      for (const table of ['asked', 'opted_out', 'returned'])
        await expect(test.databases.pool(role).query(`select * from ndop.${table}`), `${role} ${table}`).rejects.toMatchObject({
          code: '42501',
        });
    }
    await expect(test.databases.pool('haven_analyst').query('select * from ndop.exchange')).rejects.toMatchObject({ code: '42501' });
    await expect(test.databases.pool('haven_ndop').query('select * from environment.event')).rejects.toMatchObject({ code: '42501' });
  });
});

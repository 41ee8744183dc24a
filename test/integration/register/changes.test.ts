import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { admit } from '../../../src/register/admit.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { type Change, findChange, listChanges } from '../../../src/register/changes/change.ts';
import { approveChange, notifyChange, withdrawChange } from '../../../src/register/changes/decide.ts';
import { bringDueChangesIntoForce } from '../../../src/register/changes/in-force.ts';
import { proposeChange } from '../../../src/register/changes/propose.ts';
import { dataToDestroy } from '../../../src/register/destruction-due.ts';
import { canonicalDocument } from '../../../src/register/document.ts';
import { loadRegister, loadRegisterAsOf } from '../../../src/register/load.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import { isSameHuman } from '../../../src/register/same-human.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const day = (text: string) => text as LocalDate;

describe('a change of a register that is in use', () => {
  let databases: TestDatabases;
  let now = new Date('2026-11-21T09:00:00Z');
  const clock = { now: () => now };
  beforeAll(async () => {
    databases = await testDatabases();
  });
  afterAll(() => databases.close());

  const gateway = () => databases.pool('haven_gateway');
  const document = (id: string, change: (input: Breakable, agreement: Breakable) => unknown = () => undefined) => {
    const input: Breakable = examplePlace(id);
    input.place.acceptTestNumbers = false;
    change(input, input.agreements[0]);
    return parsePlace(input);
  };
  const setUp = (id: string, change?: (input: Breakable, agreement: Breakable) => unknown) =>
    transaction(gateway(), (tx) => applyRegister(tx, [document(id, change)], { actor: 'command-line:test', clock }));
  const propose = (id: string, change: (input: Breakable, agreement: Breakable) => unknown, effectiveOn?: string): Promise<Change> =>
    transaction(gateway(), (tx) =>
      proposeChange(tx, { document: document(id, change), effectiveOn: effectiveOn as LocalDate | undefined, proposer: 'lead', clock }),
    );
  const approve = (change: number, person = 'deputy') => transaction(gateway(), (tx) => approveChange(tx, { change, person, clock }));
  const current = async (id: string) => (await loadRegister(gateway())).places.get(id);
  const renewed = (_input: Breakable, agreement: Breakable) => Object.assign(agreement, { validTo: '2028-03-31' });
  const withFeed = (input: Breakable, agreement: Breakable) => agreement.dataIn[0].items[0].fields.push('DIAG_02') && input;
  const condition9 = { number: 9, text: 'Notice before a change', source: 'CAG 1-01/2025', task: 'change-notice' };

  it('is refused to one person, by the program and by the database', async () => {
    await setUp('alone');
    await expect(
      transaction(gateway(), (tx) => applyRegister(tx, [document('alone', renewed)], { actor: 'lead', clock })),
    ).rejects.toMatchObject({
      code: 'APPROVAL_NEEDED',
    });
    const { change } = await propose('alone', renewed);
    await expect(approve(change, 'lead')).rejects.toMatchObject({ code: 'PROPOSER_CANNOT_APPROVE' });
    for (const pool of [gateway(), databases.pool('haven_owner', 'haven')]) {
      await expect(
        pool.query(`update register.change set approved_by = ' Lead', approved_at = now() where change_no = $1`, [change]),
      ).rejects.toMatchObject({ constraint: 'two_people_decide' });
      const copy = `insert into register.version (place_id, previous, document, sha256, changes, applied_by, applied_at, change_no)
        select place_id, base_version, document, sha256, changes, 'lead', now(), $2::bigint from register.change where change_no = $1`;
      await expect(pool.query(copy, [change, null])).rejects.toMatchObject({ constraint: 'no_single_person_changes_the_register' });
      await expect(pool.query(copy, [change, change])).rejects.toMatchObject({ constraint: 'version_is_the_approved_change' });
    }
    expect((await current('alone'))?.document).toEqual(canonicalDocument(document('alone')));
  });

  it('is refused to one human with an id in two places, who signs in as the same subject', async () => {
    const person = (id: string, subject: string) => (input: Breakable) =>
      (input.people = [
        { id, organisation: input.organisations[0].ods, post: 'Head of information governance', subject, sourceSystems: [] },
      ]);
    await setUp('here', person('here-lead', 'sub|1'));
    await setUp('there', person('there-lead', 'sub|1'));
    await setUp('beside', person('beside-lead', 'sub|2'));
    const { change } = await transaction(gateway(), (tx) => {
      const renewal = document('here', (input, agreement) => {
        person('here-lead', 'sub|1')(input);
        renewed(input, agreement);
      });
      return proposeChange(tx, { document: renewal, proposer: 'here-lead', clock });
    });
    await expect(approve(change, 'there-lead')).rejects.toMatchObject({ code: 'PROPOSER_CANNOT_APPROVE' });
    const approveThere = `update register.change set approved_by = 'there-lead', approved_at = now() where change_no = $1`;
    await expect(gateway().query(approveThere, [change])).rejects.toMatchObject({ constraint: 'two_people_decide' });
    expect(await approve(change, 'beside-lead')).toMatchObject({ state: 'in-force' });
    for (const role of ['haven_gateway', 'haven_destroyer'] as const) {
      expect(await isSameHuman(databases.pool(role), 'here-lead', ' There-lead')).toBe(true);
      expect(await isSameHuman(databases.pool(role), 'here-lead', 'beside-lead')).toBe(false);
    }
  });

  it('comes into force when somebody else approves it, with both names and its words in the log', async () => {
    await setUp('two');
    const proposed = await propose('two', renewed);
    expect(proposed).toMatchObject({
      state: 'proposed',
      changes: ['Agreement two-agreement: valid to 2027-03-31 → 2028-03-31'],
      notices: [],
    });
    const approved = await approve(proposed.change);
    expect(approved).toMatchObject({ state: 'in-force', proposedBy: 'lead', approvedBy: 'deputy' });
    expect((await current('two'))?.version).toBe(approved.version);
    const { rows } = await databases
      .administrator('haven')
      .query(`select convert_from(leaf, 'utf8')::jsonb as leaf from audit.entry order by entry_id`);
    const leaves = rows.map((row) => row.leaf).filter((leaf) => leaf.subject === 'two');
    expect(leaves.map((leaf) => [leaf.type, leaf.actor])).toEqual([
      ['register.applied', 'command-line:test'],
      ['register.change-proposed', 'lead'],
      ['register.change-approved', 'deputy'],
      ['register.applied', 'deputy'],
    ]);
  });

  it('waits for its day, and then takes effect by being read', async () => {
    await setUp('later');
    const { change } = await propose('later', renewed, '2026-12-01');
    expect(await approve(change)).toMatchObject({ state: 'approved', effectiveOn: '2026-12-01' });
    const read = createRegisterReader(gateway(), { pool: gateway(), clock });
    expect((await read()).places.get('later')?.agreements.get('later-agreement')?.validTo).toBe('2027-03-31');
    now = new Date('2026-11-30T23:59:59Z');
    expect((await read()).places.get('later')?.agreements.get('later-agreement')?.validTo).toBe('2027-03-31');
    now = new Date('2026-12-01T00:00:00Z');
    expect((await read()).places.get('later')?.agreements.get('later-agreement')?.validTo).toBe('2028-03-31');
    expect(await bringDueChangesIntoForce(gateway(), clock)).toEqual([]);
    expect((await findChange(gateway(), change)).state).toBe('in-force');
  });

  it('is held by a condition that wants notice, until notice is recorded with its evidence', async () => {
    const conditioned = (change: typeof withFeed | undefined) => (input: Breakable, agreement: Breakable) => {
      agreement.conditions.push(condition9);
      change?.(input, agreement);
    };
    await setUp('notice', conditioned(undefined));
    const { change, notices } = await propose('notice', conditioned(withFeed));
    expect(notices).toEqual(['CAG 1-01/2025 condition 9: notice before a change of data items (notice-agreement)']);
    expect(await approve(change)).toMatchObject({ state: 'awaiting-notice' });
    await expect(gateway().query('update register.change set version = 1 where change_no = $1', [change])).rejects.toMatchObject({
      constraint: 'force_follows_approval',
    });
    const notify = () =>
      transaction(gateway(), (tx) => notifyChange(tx, { change, person: 'lead', evidence: 'Letter of 1 December', clock }));
    expect(await notify()).toMatchObject({ state: 'in-force', noticeEvidence: 'Letter of 1 December' });
    await expect(notify()).rejects.toMatchObject({ code: 'CHANGE_CLOSED' });
  });

  it('keeps what others brought into force meanwhile, and is held when both changed the same', async () => {
    await setUp('parallel');
    const longer = await propose('parallel', renewed);
    const younger = await propose('parallel', (_p, a) => Object.assign(a, { minimumAge: 18 }));
    const shorter = await propose('parallel', (_p, a) => Object.assign(a, { validTo: '2027-01-31' }));
    await approve(longer.change);
    await approve(younger.change);
    expect((await current('parallel'))?.document.agreements[0]).toMatchObject({ validTo: '2028-03-31', minimumAge: 18 });
    const held = await approve(shorter.change);
    expect(held).toMatchObject({
      state: 'held',
      heldBecause: ['agreements[parallel-agreement].validTo: changed here and in the register since it was proposed'],
    });
  });

  it('comes into force though a release meanwhile says the same in other words', async () => {
    await setUp('worded');
    const { change } = await propose('worded', renewed);
    const owner = databases.pool('haven_owner', 'haven');
    await owner.query(`alter table register.change disable trigger change_is_kept`);
    await owner.query(`update register.change set changes = '{"Agreement worded-agreement: ends later"}' where change_no = $1`, [change]);
    await owner.query(`alter table register.change enable trigger change_is_kept`);
    expect(await approve(change)).toMatchObject({ state: 'in-force', changes: ['Agreement worded-agreement: ends later'] });
    expect((await current('worded'))?.document.agreements[0]?.validTo).toBe('2028-03-31');
  });

  it('is withdrawn for good, and never rewritten by anybody', async () => {
    await setUp('withdrawn');
    const { change } = await propose('withdrawn', renewed);
    await transaction(gateway(), (tx) => withdrawChange(tx, { change, person: 'deputy', clock }));
    await expect(approve(change)).rejects.toMatchObject({ code: 'CHANGE_CLOSED' });
    expect(await listChanges(gateway(), { place: 'withdrawn', open: true })).toEqual([]);
    const owner = databases.pool('haven_owner', 'haven');
    await expect(owner.query('delete from register.change')).rejects.toThrow('stays on record');
    await expect(owner.query('truncate register.change')).rejects.toThrow();
    const other = await propose('withdrawn', renewed);
    await expect(owner.query(`update register.change set changes = '{x}' where change_no = $1`, [other.change])).rejects.toThrow(
      'propose again',
    );
  });

  it.each([
    ['nothing', () => undefined, undefined, 'NOTHING_CHANGES'],
    ['something for yesterday', renewed, '2026-11-30', 'EFFECTIVE_DATE_PAST'],
    [
      'a flow that would mean another',
      (input: Breakable) => Object.assign(input.flows[0], { feed: 'ecds' }),
      undefined,
      'FLOW_CANNOT_CHANGE',
    ],
    [
      'what refers to nowhere',
      (input: Breakable) => Object.assign(input.flows[0], { agreement: 'nowhere' }),
      undefined,
      'CONFIGURATION_WRONG',
    ],
  ] as const)('cannot propose %s', async (what, change, effectiveOn, code) => {
    const id = `refused-${what.split(' ').at(-1)}`;
    await setUp(id);
    await expect(propose(id, change, effectiveOn)).rejects.toMatchObject({ code });
  });

  it('cannot be proposed for a place that is not set up', async () => {
    await expect(propose('no-such-place', renewed)).rejects.toMatchObject({ code: 'PLACE_UNKNOWN' });
  });

  it('is possible alone in an emergency, with its reason on record', async () => {
    await setUp('emergency');
    const who = { actor: 'command-line:test', clock, withoutApproval: 'Both leads are ill, and the flow must stop today' };
    await transaction(gateway(), (tx) => applyRegister(tx, [document('emergency', renewed)], who));
    const { rows } = await gateway().query(
      `select without_approval from register.version where place_id = 'emergency' order by version desc limit 1`,
    );
    expect(rows[0]?.without_approval).toBe(who.withoutApproval);
  });

  it('cannot be had by first declaring the place an example', async () => {
    await setUp('disguised');
    const disguise = (input: Breakable) => Object.assign(input.place, { acceptTestNumbers: true });
    await expect(
      transaction(gateway(), (tx) => applyRegister(tx, [document('disguised', disguise)], { actor: 'lead', clock })),
    ).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
  });

  it('by which a practice leaves stops its flows from that day, and its rows have to go', async () => {
    await setUp('leaving');
    const { change } = await propose('leaving', (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-12-01' }));
    await approve(change);
    const register = await loadRegister(gateway());
    const codes = (at: string) => {
      const admission = admit(register, 'leaving-gp', day(at));
      return admission.admitted ? [] : admission.refusals.map((refusal) => refusal.code);
    };
    expect([codes('2026-11-30'), codes('2026-12-01')]).toEqual([[], ['PRACTICE_WITHDRAWN']]);
    const flowNo = register.flows.get('leaving-gp')?.flowNo;
    expect(
      dataToDestroy(register, day('2026-12-01')).filter(({ reason, place }) => reason === 'practice' && place === 'leaving'),
    ).toMatchObject([{ practice: 'F81001', since: '2026-12-01', flows: [{ flow: 'leaving-gp', flowNo }] }]);
    const { rows } = await databases
      .administrator('haven')
      .query(
        `select convert_from(leaf, 'utf8')::jsonb as leaf from audit.entry where convert_from(leaf, 'utf8') like '%register.signature-withdrawn%'`,
      );
    expect(rows.map((row) => row.leaf.subject)).toEqual(['F81001']);
  });

  it('names a flow that left the register among the data that have to go', async () => {
    await setUp('departing');
    await approve((await propose('departing', (input) => input.flows.pop())).change);
    const due = dataToDestroy(await loadRegister(gateway()), day('2026-12-01'));
    expect(due.filter(({ reason, place }) => reason === 'flow' && place === 'departing')).toMatchObject([
      { flows: [{ flow: 'departing-gp' }] },
    ]);
  });

  it('leaves every past register readable, whatever was changed in between', async () => {
    const said = new Map<LocalDate, unknown>();
    const steps = fc.array(fc.record({ days: fc.integer({ min: 1, max: 40 }), months: fc.integer({ min: 1, max: 99 }) }), {
      minLength: 4,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.uuid(), async (times, suffix) => {
        const id = `history-${suffix}`;
        said.clear();
        await setUp(id);
        said.set(day(now.toISOString().slice(0, 10)), canonicalDocument(document(id)));
        for (const { days, months } of times) {
          now = new Date(now.getTime() + days * 86_400_000);
          const change = (_input: Breakable, agreement: Breakable) =>
            // Nothing that an approval wants notice of first.
            Object.assign(agreement, { note: `${months} on ${now.toISOString()}` });
          await approve((await propose(id, change)).change);
          said.set(day(now.toISOString().slice(0, 10)), canonicalDocument(document(id, change)));
        }
        for (const [date, expected] of said) {
          expect((await loadRegisterAsOf(gateway(), date)).places.get(id)?.document).toEqual(expected);
        }
        expect((await loadRegisterAsOf(gateway(), day('2026-01-01'))).places.size).toBe(0);
      }),
      { numRuns: 5 },
    );
  });
});

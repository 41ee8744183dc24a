import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asAuditor } from '../../../src/audit/auditor.ts';
import { recordAudit } from '../../../src/audit/record.ts';
import { sequenceAudit } from '../../../src/audit/sequence.ts';
import { transaction } from '../../../src/database/query.ts';
import { listJobs } from '../../../src/jobs/list-jobs.ts';
import { work } from '../../../src/jobs/work.ts';
import type { JobApp } from '../../../src/jobs/worker.ts';
import { buildAnnualReport } from '../../../src/obligations/annual-report.ts';
import { annualReportPage } from '../../../src/obligations/annual-report-page.ts';
import { loadCalendar } from '../../../src/obligations/bank-holidays.ts';
import { createDesk } from '../../../src/obligations/desk.ts';
import { followDestruction } from '../../../src/obligations/destruction-tasks.ts';
import { escalateObligations } from '../../../src/obligations/escalate.ts';
import { reviewAdmissions } from '../../../src/obligations/review-admissions.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { loadRegister } from '../../../src/register/load.ts';
import type { Clock, LocalDate } from '../../../src/shared/clock.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';
import { parseMarkup, structureFaults } from '../../support/markup.ts';

let db: TestDatabases;
let now = new Date('2026-11-21T09:00:00Z');
const clock: Clock = { now: () => now };
const gateway = () => db.pool('haven_gateway');
const desk = () =>
  createDesk({
    gateway: gateway(),
    clock,
    register: () => loadRegister(gateway()),
    calendar: () => loadCalendar(join(packageRoot(), 'config')),
  });

/** The example place, as somebody changed it; `register bootstrap` applies without a second person. */
async function apply(change: (place: Breakable, agreement: Breakable) => void = () => undefined): Promise<void> {
  const input = examplePlace();
  change(input, input.agreements[0]);
  await transaction(gateway(), (tx) =>
    applyRegister(tx, [parsePlace(input)], { actor: 'command-line:test', clock, withoutApproval: 'a test has no second person' }),
  );
}

async function types(): Promise<string[]> {
  const { rows } = await db
    .administrator('haven')
    .query<{ type: string }>(`select convert_from(leaf, 'UTF8')::json ->> 'type' as type from audit.entry order by entry_id`);
  return rows.map(({ type }) => type);
}

beforeAll(async () => {
  db = await testDatabases();
  await apply();
});
afterAll(() => db.close());
beforeEach(() => {
  now = new Date('2026-11-21T09:00:00Z');
});

describe('tasks', () => {
  it('are derived once, however often', async () => {
    const first = await desk().follow();
    expect(first).toMatchObject({ closed: 0, reopened: 0 });
    expect(first.opened).toBeGreaterThan(20);
    const entries = (await types()).length;
    expect(await desk().follow()).toEqual({ opened: 0, changed: 0, closed: 0, reopened: 0 });
    expect((await types()).length).toBe(entries);
  });

  it('are two of every year at most, when two derive at once', async () => {
    await Promise.all([1, 2, 3, 4].map(() => desk().follow()));
    const { rows } = await gateway().query('select count(*) as count from obligations.step');
    const tasks = await desk().tasks({ all: true });
    expect(rows).toEqual([{ count: tasks.length }]);
  });

  it('are closed with the reason when the register stops asking, and opened again when it asks again', async () => {
    const id = 'retention-check.example-place.example-place-agreement.2026';
    await apply((_, agreement) => {
      delete agreement.retention;
    });
    expect(await desk().follow()).toMatchObject({ closed: 1, reopened: 0 });
    expect(await desk().task(id)).toMatchObject({ state: 'closed', closedBecause: expect.stringContaining('no longer asks') });
    await apply();
    expect(await desk().follow()).toMatchObject({ closed: 0, reopened: 1 });
    expect(await desk().task(id)).toMatchObject({ state: 'open', closedBecause: null });
  });

  it('move when a date moves, unless somebody has accepted them', async () => {
    const id = 'dpia.example-place.example-place-agreement.2027';
    const review = (day: string) => (_: Breakable, agreement: Breakable) => {
      agreement.dpia.reviewBy = day;
    };
    await apply(review('2027-01-15'));
    expect(await desk().follow()).toMatchObject({ changed: 1 });
    expect((await desk().task(id)).due).toBe('2027-01-15');
    await desk().supply({ id, reference: 'Minutes of the board, item 4', actor: 'lead-one' });
    await desk().judge({ id, actor: 'lead-two' });
    await apply();
    expect(await desk().follow()).toMatchObject({ changed: 0, closed: 0 });
    expect(await desk().task(id)).toMatchObject({ due: '2027-01-15', state: 'accepted', acceptedBy: 'lead-two' });
  });

  it('take evidence from one person and a judgement from another', async () => {
    const id = 'fair-processing.example-place.example-place-agreement.2026';
    await expect(desk().judge({ id, actor: 'lead-two' })).rejects.toMatchObject({ code: 'OBLIGATION_STATE' });
    await expect(desk().supply({ id, reference: 'patient 999 000 0018', actor: 'lead-one' })).rejects.toMatchObject({
      code: 'TEXT_IDENTIFIES',
    });
    await desk().supply({ id, reference: 'Folder 7', actor: 'lead-one' });
    await expect(desk().judge({ id, actor: 'lead-one' })).rejects.toMatchObject({ code: 'OBLIGATION_SAME_PERSON' });
    await desk().judge({ id, actor: 'lead-two', refuseBecause: 'Folder 7 is empty' });
    expect(await desk().task(id)).toMatchObject({ state: 'open', evidence: null, overdue: true });
    // Without the function, the table itself refuses one person in both parts.
    await expect(
      gateway().query(
        `update obligations.task set state = 'accepted', evidence = 'x', evidence_by = 'a', evidence_at = now(), accepted_by = 'a', accepted_at = now() where task_id = $1`,
        [id],
      ),
    ).rejects.toMatchObject({ constraint: 'another_person_accepts' });
    await expect(gateway().query('delete from obligations.task')).rejects.toMatchObject({ code: '42501' });
  });

  it('go up the ladder once for each rung', async () => {
    const first = await escalateObligations(gateway(), clock);
    expect(first).toContainEqual({ id: 'fair-processing.example-place.example-place-agreement.2026', to: 'siro' });
    expect(await escalateObligations(gateway(), clock)).toEqual([]);
    expect((await types()).filter((type) => type === 'obligation.escalated')).toHaveLength(first.length);
  });
});

describe('the daily check of retention', () => {
  it('makes a task of what it finds, closes it when it is gone, and opens it again when there is more', async () => {
    const register = await loadRegister(gateway());
    const found = [{ agreement: 'example-place-agreement', reason: 'retention' }];
    const id = 'destroy-now.example-place.example-place-agreement.retention';
    expect(await followDestruction(gateway(), register, found, clock)).toBe(1);
    expect(await desk().task(id)).toMatchObject({ state: 'open', due: '2026-11-21', ownerOrganisation: 'ZICB' });
    expect(await desk().follow()).toMatchObject({ closed: 0 });
    await followDestruction(gateway(), register, [], clock);
    expect(await desk().task(id)).toMatchObject({ state: 'closed', closedBecause: 'Nothing is left to destroy.' });
    await followDestruction(gateway(), register, found, clock);
    await desk().supply({ id, reference: 'Certificate 1', actor: 'lead-one' });
    await desk().judge({ id, actor: 'lead-two' });
    await followDestruction(gateway(), register, found, clock);
    expect(await desk().task(id)).toMatchObject({ state: 'open', evidence: null, acceptedBy: null });
    await followDestruction(gateway(), register, [], clock);
  });
});

describe('a breach', () => {
  const report = (discoveredAt: string) =>
    desk().report({
      place: 'example-place',
      what: 'A list was sent to the wrong practice',
      discoveredAt: new Date(discoveredAt),
      flows: ['example-place-gp'],
      agreements: [],
      identifiable: true,
      risk: 'not-judged',
      actor: 'lead-one',
    });

  it('starts its clocks, asks for everything at once, and ends only when all of it was accepted by somebody else', async () => {
    const breach = await report('2026-11-20T16:00:00Z');
    expect(breach).toMatchObject({
      state: 'reported',
      agreements: ['example-place-agreement'],
      organisations: ['F81001', 'ZCSU', 'ZHGO', 'ZICB'],
      cagDue: '2026-12-04',
      icoDue: new Date('2026-11-23T16:00:00Z'),
    });
    const { no } = breach;
    const open = async (): Promise<string[]> =>
      (await desk().tasks({ place: 'example-place' })).filter(({ kind }) => kind.startsWith('breach')).map(({ id }) => id);
    expect(await open()).toHaveLength(7);

    await desk().act({ no, kind: 'judged-high-risk', note: 'Diagnoses were on the list', actor: 'lead-one' });
    expect(await open()).toContain(`breach-to-people.example-place.${no}`);
    await desk().act({ no, kind: 'judged-no-risk', note: 'Nobody opened it', actor: 'lead-one' });
    expect(await open()).toHaveLength(6);
    expect((await desk().breach(no)).icoDue).toBeNull();
    await desk().act({ no, kind: 'judged-risk', note: 'It was opened', actor: 'lead-one' });
    expect(await open()).toHaveLength(7);

    const act = (kind: 'told-cag' | 'told-ico' | 'remedied' | 'told-people') =>
      desk().act({ no, kind, note: 'Case file 12', actor: 'lead-one' });
    for (const kind of ['told-cag', 'told-ico', 'remedied'] as const) await act(kind);
    await expect(act('told-people')).rejects.toMatchObject({ code: 'BREACH_ACTION' });
    await expect(
      desk().act({ no, kind: 'told-organisation', organisation: 'ZTRU', note: 'Called', actor: 'lead-one' }),
    ).rejects.toMatchObject({
      code: 'BREACH_ORGANISATION',
    });
    for (const organisation of breach.organisations)
      await desk().act({ no, kind: 'told-organisation', organisation, note: 'Called', actor: 'lead-one' });
    await expect(desk().close({ no, actor: 'lead-two' })).rejects.toMatchObject({ code: 'BREACH_OPEN' });
    for (const id of await open()) await desk().judge({ id, actor: 'lead-two' });
    await expect(desk().close({ no, actor: 'lead-one' })).rejects.toMatchObject({ code: 'BREACH_SAME_PERSON' });
    expect(await desk().close({ no, actor: 'lead-two' })).toMatchObject({ state: 'closed' });
    await expect(act('told-cag')).rejects.toMatchObject({ code: 'BREACH_CLOSED' });
  });

  it('is not touched when the register is followed, and does not rest with an identifier in it', async () => {
    const { no } = await report('2026-11-21T08:00:00Z');
    expect(await desk().follow()).toMatchObject({ closed: 0 });
    expect(await desk().task(`breach-remedy.example-place.${no}`)).toMatchObject({ state: 'open' });
    await expect(report('2026-11-22T08:00:00Z')).rejects.toMatchObject({ code: 'BREACH_DATE' });
    await expect(desk().act({ no, kind: 'contained', note: 'About 9990000018', actor: 'lead-one' })).rejects.toMatchObject({
      code: 'TEXT_IDENTIFIES',
    });
    await expect(
      desk().report({
        place: 'example-place',
        what: 'x',
        discoveredAt: now,
        flows: ['nobody'],
        agreements: [],
        identifiable: true,
        risk: 'risk',
        actor: 'a',
      }),
    ).rejects.toMatchObject({ code: 'BREACH_SCOPE' });
  });
});

describe('the work of the jobs', () => {
  it('runs, each of them, and a second time without harm', async () => {
    const app = {
      ...{ gateway: gateway(), servers: db.servers, clock, log: createLogger('silent') },
      register: () => loadRegister(gateway()),
      home: { run: '/nonexistent' },
      config: { configDirectory: join(packageRoot(), 'config') },
    } as unknown as JobApp;
    for (const run of [...Object.values(work), ...Object.values(work)]) await run(app);
    await db.administrator('haven').query('delete from jobs._private_jobs');
    await db.administrator('haven').query('delete from obligations.admission');
  });
});

describe('the review of admissions', () => {
  it('records that a flow has stopped on the day its basis ends, and plans the next day on which an answer changes', async () => {
    const review = async () => reviewAdmissions(gateway(), await loadRegister(gateway()), clock);
    const first = await review();
    expect(first).toMatchObject({ flows: 2, next: '2027-01-01' });
    expect(await listJobs(gateway())).toMatchObject([{ task: 'review-admissions', state: 'planned', runAt: '2027-01-01T00:30:00.000Z' }]);
    expect((await review()).changed).toEqual([]);
    now = new Date('2027-01-01T00:30:00Z');
    const changed = (await review()).changed;
    expect(changed.map(({ flow, admitted }) => [flow, admitted])).toEqual([
      ['example-place-apc', false],
      ['example-place-gp', false],
    ]);
    expect(changed[0]?.codes).toContain('LEGAL_BASIS_EXPIRED');
    expect((await types()).filter((type) => type === 'admission.changed')).toHaveLength(2);
  });
});

describe('the annual report', () => {
  it('says what was received, withheld, changed, breached and due, with small numbers protected', async () => {
    const delivery = `insert into landing.delivery (delivery_id, flow_id, setting, sha256, bytes, state, register_version, actor, received, landed,
        updated, unchanged, withheld_total, quarantined_total, withheld, quarantined, out_of_scope, dropped, warnings, refusals,
        persons_existing, persons_new, number_expected, number_usable, number_verified, problem_rows, started, finished)
      values (gen_random_uuid(), 'example-place-apc', 'hospital', sha256($1::bytea), 1, 'landed', 1, 'client', 123, 110, 0, 0, 11, 2,
        '{"OBJECTION_TYPE1": 9, "UNDER_AGE": 2}', '{"NHS_NUMBER_ABSENT": 2}', '{}', '{}', '{}', '[]', 0, 0, 0, 0, 0, 0, $2, $2)`;
    for (const at of ['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', '2025-12-31T23:59:00Z']) {
      await db.administrator('haven').query(delivery, [Buffer.from(at), at]);
    }
    // The nation's list is recorded for no place, and is no nought in any of them.
    await db.administrator('haven').query(
      `insert into objections.objection (landing_pseudonym, kind, set_on, source, recorded_at)
       select lpad(n::text, 32, '0'), 'ndop', '2026-03-01', 'national-check', now() from generate_series(1, 9) n`,
    );
    await sequenceAudit(gateway());
    const register = await loadRegister(gateway());
    const asked = { agreement: 'example-place-agreement', year: 2026, at: '2026-11-21' as LocalDate };
    const report = await asAuditor(db.servers, (auditor) => buildAnnualReport({ gateway: gateway(), auditor, register }, asked));
    expect(report.flows).toMatchObject([
      {
        flow: 'example-place-apc',
        deliveries: 2,
        received: 245,
        landed: 220,
        withheld: { OBJECTION_TYPE1: 20, UNDER_AGE: '*' },
        quarantined: { NHS_NUMBER_ABSENT: '*' },
      },
      { flow: 'example-place-gp', deliveries: 0, received: 0 },
    ]);
    expect(report.objections).toContainEqual(expect.objectContaining({ kind: 'ndop', inForce: '0', wholeGateway: '10' }));
    expect(report.breaches).toHaveLength(2);
    expect(report.changes.length).toBeGreaterThan(0);
    expect(report.obligations).toContainEqual(expect.objectContaining({ due: '2026-04-01', state: 'late, open' }));
    // The time of an entry is the one it says, which is what was hashed; when the row was written is another matter.
    expect(report.access).toEqual([]);
    const detail = { place: 'example-place', action: 'register.propose', decision: 'allowed', role: 'ig-lead' };
    for (const at of ['2026-03-01T09:00:00Z', '2025-12-31T23:59:00Z'])
      await recordAudit(gateway(), { type: 'access.decided', actor: 'lead', detail }, { now: () => new Date(at) });
    await sequenceAudit(gateway());
    const again = await asAuditor(db.servers, (auditor) => buildAnnualReport({ gateway: gateway(), auditor, register }, asked));
    expect(again.access).toEqual([{ role: 'ig-lead', action: 'register.propose', people: 1, allowed: 1, refused: 0 }]);
    const page = annualReportPage({ ...report, agreement: { ...report.agreement, title: '<script>' } });
    expect(page).not.toContain('<script>');
    expect(page).toContain('under age: *');
    expect(structureFaults(parseMarkup(page))).toEqual([]);
    expect(page).not.toMatch(/>\d{4}-\d{2}-\d{2}</);
  });
});

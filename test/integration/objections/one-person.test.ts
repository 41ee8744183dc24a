import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actAs } from '../../../src/access/act-as.ts';
import { createPayloadSealer } from '../../../src/audit/sealed.ts';
import { findSubject } from '../../../src/blackbox/find-subject.ts';
import { recordOneObjection } from '../../../src/blackbox/record-objection.ts';
import { loadDecisionTable } from '../../../src/objections/decision-table.ts';
import { explainPerson } from '../../../src/objections/explain-person.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { csv, emptyBox, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { episode, observation } from '../../support/rows.ts';

const place = 'southend-on-sea';
let box: TestBox;
beforeAll(async () => {
  box = await openTestBox();
});
afterAll(async () => box.close());
beforeEach(async () => {
  await emptyBox(box);
  await box.admin.query('truncate objections.waiting');
});

async function* body(document: object): AsyncIterable<Buffer> {
  yield Buffer.from(JSON.stringify(document));
}
const record = (document: object) => recordOneObjection(box.box, { actor: 'southend-ig-lead', place, bytes: body(document) });
const leaves = async () =>
  (await box.admin.query<{ leaf: Buffer }>('select leaf from audit.entry order by entry_id')).rows.map(({ leaf }) => leaf.toString('utf8'));

async function explainTo(person: string, document: object) {
  const gateway = box.databases.pool('haven_gateway');
  const clock = box.box.clock;
  const actor = await actAs(gateway, { person, roles: ['ig-lead'], action: 'objections.explain', clock });
  const parts = {
    gateway,
    clock,
    register: createRegisterReader(gateway),
    table: await loadDecisionTable(join(packageRoot(), 'config', 'objections')),
    sealer: createPayloadSealer(box.keys),
    findSubject: (bytes: AsyncIterable<Buffer>) => findSubject(box.box, bytes),
  };
  return explainPerson(parts, actor, body(document));
}

describe('one objection, recorded by an IG lead', () => {
  it('is kept with its source, place, evidence and who decided, and what it covers is removed', async () => {
    await box.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2')]));
    const receipt = await record({
      ...{ nhsNumber: nhsNumber(1), kind: 'lack-of-capacity', source: 'letter', setOn: '2026-11-01' },
      ...{ recordedIn: 'social-care', evidence: 'Best interests record 7', decidedBy: 'best-interests-meeting' },
    });
    expect(receipt).toMatchObject({ received: 1, recorded: 1, removed: { persons: 1, events: 1 } });
    const { rows } = await box.admin.query(`select kind, source, place, recorded_in, evidence, decided_by from objections.objection`);
    expect(rows).toEqual([
      {
        ...{ kind: 'lack-of-capacity', source: 'letter', place, recorded_in: 'social-care' },
        ...{ evidence: 'Best interests record 7', decided_by: 'best-interests-meeting' },
      },
    ]);
    expect((await leaves()).join('\n')).not.toContain(nhsNumber(1));
  });

  it('may be a withdrawal, which says what it does not do', async () => {
    const said = { nhsNumber: nhsNumber(1), kind: 'programme', source: 'letter' };
    await record({ ...said, setOn: '2026-10-01' });
    const receipt = await record({ ...said, withdrawnOn: '2026-11-01' });
    expect(receipt).toMatchObject({ recorded: 1, withdrawn: 1, note: expect.stringContaining('does not come back by itself') });
    expect(await box.count(`select count(*) from objections.standing('2026-11-21')`)).toBe(0);
  });

  it.each([
    ['NHS_NUMBER_CHECK_DIGIT', { nhsNumber: '9990000000' }],
    ['DATE_INVALID', { setOn: '31/01/2026' }],
    ['SOURCE_INVALID', { source: 'the letter of Mrs Jones' }],
    ['PURPOSE_NOT_ALLOWED', { purpose: 'commissioning' }],
    ['DECIDED_BY_ABSENT', { kind: 'lack-of-capacity' }],
    ['EVIDENCE_NOT_ALLOWED', { evidence: `number ${nhsNumber(4)}` }],
    ['REQUEST_INVALID', { kind: 'type-2' }],
    ['REQUEST_INVALID', { name: 'somebody' }],
  ])('is refused as %s without keeping or repeating anything', async (code, change) => {
    const before = (await leaves()).length;
    const said = { nhsNumber: nhsNumber(1), kind: 'programme', source: 'letter', ...change };
    const error: unknown = await record(said).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/\d{10}|Jones|31\/01/);
    expect(await box.count('select count(*) from objections.import')).toBe(0);
    expect((await leaves()).length).toBe(before);
  });
});

describe('an explanation for one person', () => {
  it('says of every flow and purpose of the place what applies, and is on record without saying about whom', async () => {
    await box.deliver('sus-apc-southend', csv([episode(1, 'S1')]));
    await record({ nhsNumber: nhsNumber(1), kind: 'type-1', source: 'practice', setOn: '2026-10-01' });
    const explanation = await explainTo('southend-ig-lead', { nhsNumber: nhsNumber(1) });
    expect(explanation).toMatchObject({ place, objections: [{ kind: 'type-1', setOn: '2026-10-01', inForce: true }] });
    const of = (flow: string) => explanation.uses.filter((use) => use.flow === flow);
    expect(of('gp-patients-f81001').length).toBeGreaterThan(1);
    for (const use of of('gp-patients-f81001')) expect(use).toMatchObject({ used: false, rule: 'type-1-section-251', running: true });
    // Not objected to, but nobody has asked the nation: what gives known people out under section 251 waits (RULE-OPT-4).
    const waits = of('sus-apc-southend').filter(({ used }) => !used);
    expect(waits).toEqual([
      expect.objectContaining({ purpose: 'risk-stratification-case-finding', why: expect.stringContaining('has not been asked') }),
    ]);
    for (const use of of('csds-southend'))
      expect(use).toMatchObject({ used: true, why: expect.stringContaining('records of other services') });
    expect(of('p5-gp-caretrak')[0]?.running).toBe(false);
    const { rows } = await box.admin.query<{ p: string }>('select landing_pseudonym as p from linkage.pseudonym');
    const written = (await leaves()).slice(-2);
    expect(written.map((leaf) => JSON.parse(leaf).type)).toEqual(['access.decided', 'objection.explained']);
    for (const leaf of written) expect(leaf).not.toMatch(new RegExp(`${nhsNumber(1)}|${rows[0]?.p}`));
  });

  it('is given of somebody unknown, too, and of a withdrawn objection', async () => {
    const said = { nhsNumber: nhsNumber(5), kind: 'programme', source: 'letter' };
    expect((await explainTo('southend-ig-lead', { nhsNumber: nhsNumber(5) })).objections).toEqual([]);
    await record({ ...said, setOn: '2026-10-01' });
    await record({ ...said, withdrawnOn: '2026-10-20' });
    const { objections } = await explainTo('southend-ig-lead', { nhsNumber: nhsNumber(5) });
    expect(objections.some(({ inForce }) => inForce)).toBe(false);
    expect(objections).toHaveLength(2);
  });

  it('is refused to anybody but an IG lead, before the number is read', async () => {
    await expect(explainTo('southend-icb-analyst', { nhsNumber: nhsNumber(1) })).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
  });
});

it('a type 1 code of a delivery reaches the explanation', async () => {
  const { rows } = await box.admin.query<{ id: string }>(
    `select flow_id as id from register.flow where flow_id like 'gp-coded-records-%' limit 1`,
  );
  await box.deliver(rows[0]?.id ?? '', csv([observation(1, 'O1', { SnomedCTConceptId: '827241000000103', EffectiveDate: '2026-06-01' })]));
  const { objections } = await explainTo('southend-ig-lead', { nhsNumber: nhsNumber(1) });
  expect(objections).toEqual([expect.objectContaining({ kind: 'type-1', source: 'gp-record', recordedIn: 'gp', setOn: '2026-06-01' })]);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { createRegisterDesk } from '../../../src/http/register-desk.ts';
import type { RegisterDesk } from '../../../src/http/services.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { createRegisterReader } from '../../../src/register/reader.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const clock = { now: () => new Date('2026-11-21T10:00:00Z') };
const today = '2026-11-21' as LocalDate;

describe('the register, for people of one of two places', () => {
  let databases: TestDatabases;
  let desk: RegisterDesk;
  const place = (id: string): PlaceDocument => {
    const input: Breakable = examplePlace(id);
    input.place.acceptTestNumbers = false;
    return parsePlace(input);
  };
  beforeAll(async () => {
    databases = await testDatabases();
    const gateway = databases.pool('haven_gateway');
    await transaction(gateway, (tx) => applyRegister(tx, [place('seaside'), place('upland')], { actor: 'test', clock }));
    desk = createRegisterDesk(gateway, createRegisterReader(gateway, { pool: gateway, clock }), clock);
  });
  afterAll(() => databases.close());
  const propose = (change: (document: Breakable) => unknown, at = 'seaside') => {
    const body: Breakable = structuredClone(place('seaside'));
    change(body);
    return desk.propose({ place: at, person: 'lead', body, effectiveOn: undefined });
  };

  it('shows each its own flows, licences and history, and nothing of the other', async () => {
    for (const id of ['seaside', 'upland']) {
      const answers = [await desk.check(id), await desk.outlook(id, 90), await desk.asOf(id, today), await desk.changes(id, true)];
      const other = id === 'seaside' ? 'upland' : 'seaside';
      expect(JSON.stringify(answers)).not.toContain(other);
      expect(answers).toMatchObject([
        { admitted: 2, refused: 0 },
        { stops: [{ flow: `${id}-apc` }, { flow: `${id}-gp` }] },
        { document: { place: { id } }, check: { admitted: 2 } },
        { changes: [] },
      ]);
    }
    expect(await desk.asOf('seaside', today, 'upland-apc')).toMatchObject({ admission: { refusals: [{ code: 'FLOW_UNKNOWN' }] } });
    await expect(desk.asOf('seaside', '2026-11-20' as LocalDate)).rejects.toMatchObject({ code: 'REGISTER_EMPTY', status: 404 });
  });

  it('takes a change of its own place only, and tells everything that is wrong with it', async () => {
    await expect(propose(() => undefined, 'upland')).rejects.toMatchObject({ code: 'CHANGE_NOT_TAKEN', status: 422 });
    await expect(propose((body) => delete body.place.name)).rejects.toThrow('place.name');
    await expect(propose((body) => Object.assign(body.flows[0], { agreement: 'nowhere' }))).rejects.toMatchObject({
      code: 'CHANGE_NOT_TAKEN',
      message: expect.stringContaining('agreement "nowhere" is not in the register'),
    });
  });

  it('brings a change into force by two people of its place, and hides it from the other', async () => {
    const proposed = (await propose((body) => Object.assign(body.agreements[0], { minimumAge: 18 }))) as { change: number };
    const { change } = proposed;
    await expect(desk.change('upland', change)).rejects.toMatchObject({ code: 'CHANGE_UNKNOWN', status: 404 });
    for (const decide of [desk.approve, desk.withdraw]) {
      await expect(decide({ place: 'upland', person: 'deputy', change })).rejects.toMatchObject({ code: 'CHANGE_UNKNOWN' });
    }
    await expect(desk.notify({ place: 'seaside', person: 'lead', change, body: {} })).rejects.toMatchObject({ code: 'CHANGE_NOT_TAKEN' });
    await expect(desk.approve({ place: 'seaside', person: 'lead', change })).rejects.toMatchObject({ status: 403 });
    expect(await desk.approve({ place: 'seaside', person: 'deputy', change })).toMatchObject({ state: 'in-force' });
    expect(await desk.asOf('seaside', today)).toMatchObject({ document: { agreements: [{ minimumAge: 18 }] } });
    expect(await desk.asOf('upland', today)).toMatchObject({ document: { agreements: [{ minimumAge: 0 }] } });
    expect(await desk.changes('upland', true)).toEqual({ changes: [] });
  });
});

import { Readable } from 'node:stream';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPeople } from '../../../src/http/people.ts';
import { advanceExchange } from '../../../src/objections/national/advance.ts';
import { nationalOverview } from '../../../src/objections/national/overview.ts';
import { nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { hold, openNational, pseudonymOf } from '../../support/national-exchange.ts';
import { type SignIn, startSignIn } from '../../support/sign-in.ts';
import { baseUrl, makeStand, now, type Stand } from '../../unit/http/stand.ts';

const approval = 'CAG 7-04(a)/2013';
const purpose = 'risk-stratification-case-finding';
const numbers = [0, 1, 2].map(nhsNumber);
let test: TestBox;
let signIn: SignIn;
let stand: Stand;
/** Three people were asked about and one opted out; a second request waits for its reply. */
beforeAll(async () => {
  test = await openTestBox();
  test.at(now.toISOString());
  await hold(test, numbers);
  const { deps, decide } = await openNational(test);
  const { exchangeId, localIds } = await decide({ purpose, approval });
  await advanceExchange(deps, exchangeId);
  const bytes = Readable.from([Buffer.from(`${numbers[0]},\n${numbers[2]},\n`)]);
  await deps.takeReply({ localId: localIds[0] ?? '', actor: 'ig-lead', bytes });
  await advanceExchange(deps, exchangeId);
  await decide({ purpose: 'commissioning', approval });
  const gateway = test.databases.pool('haven_gateway');
  signIn = await startSignIn(now, baseUrl);
  stand = await makeStand({
    people: createPeople(gateway, signIn, { now: () => now }),
    nationalStatus: () => nationalOverview(gateway, test.box.clock.now()),
  });
});
afterAll(async () => {
  await signIn.close();
  await test.close();
});

async function ask(person: string | undefined, query = '?place=southend-on-sea') {
  const subject = (await test.box.register()).people.get(person ?? '')?.person.subject;
  const asked = request(stand.app).get(`/api/ndop/status${query}`);
  return subject === undefined ? asked : asked.set('authorization', `Bearer ${await signIn.token(subject)}`);
}

describe('GET /api/ndop/status', () => {
  it('tells an IG lead how the check stands for each purpose that was asked for, and each request, in counts', async () => {
    const { status, body } = await ask('southend-ig-lead');
    expect(status).toBe(200);
    expect(body.purposes).toMatchObject([
      {
        purpose: 'risk-stratification-case-finding',
        status: { state: 'fresh', approval, people: 3, optedOut: 1, usableUntil: '2026-11-28T10:00:00.000Z' },
      },
      { purpose: 'commissioning', status: { state: 'missing' } },
    ]);
    expect(body.requests).toMatchObject([
      { request: 'OURS-21112026-0002', state: 'decided', asked: 3, returned: null },
      { request: 'OURS-21112026-0001', state: 'applied', asked: 3, returned: 2 },
    ]);
  });

  it('names nobody: no number, no pseudonym', async () => {
    const { text } = await ask('southend-ig-lead');
    for (const number of numbers) for (const secret of [number, pseudonymOf(test, number)]) expect(text).not.toContain(secret);
  });

  it('says stale after seven days, as the releases do', async () => {
    test.at('2026-11-28T10:00:00Z');
    const { body } = await ask('southend-ig-lead');
    test.at(now.toISOString());
    expect(body.purposes[0].status.state).toBe('stale');
  });

  it.each([
    ['nobody', undefined, '?place=southend-on-sea', 401],
    ['a member of a panel', 'southend-panel-member', '?place=southend-on-sea', 403],
    ['the IG lead, about another place', 'southend-ig-lead', '?place=elsewhere', 403],
    ['the IG lead, about no place', 'southend-ig-lead', '', 400],
    ['the IG lead, with a question nobody knows', 'southend-ig-lead', '?place=southend-on-sea&person=1', 400],
  ])('refuses %s', async (_who, person, query, status) => {
    const answer = await ask(person, query);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toHaveProperty('purposes');
  });
});

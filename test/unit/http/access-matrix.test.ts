import type { Express } from 'express';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Access, accessMatrix } from '../../../src/http/access-matrix.ts';
import { defineRoute, nothing } from '../../../src/http/route.ts';
import { allRoutes } from '../../../src/http/routes/all.ts';
import { issueAccessToken } from '../../../src/http/tokens/access-token.ts';
import { baseUrl, makeStand, now, otherFlow, ownFlow, ownProject, receiptOf, type Stand } from './stand.ts';

interface Layer {
  readonly name: string;
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: unknown };
}

/** What Express would really answer, read from its own table and not from ours. */
const layersOf = (app: Express): readonly Layer[] => app.router.stack as unknown as readonly Layer[];
const routesOf = (app: Express): string[] =>
  layersOf(app).flatMap(({ route }) =>
    route === undefined ? [] : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );

let stand: Stand;
let ownDelivery: string;
let foreignDelivery: string;
beforeAll(async () => {
  stand = await makeStand();
  const [own, foreign] = [receiptOf(ownFlow), receiptOf(otherFlow)];
  for (const receipt of [own, foreign]) stand.deliveries.set(receipt.delivery, receipt);
  [ownDelivery, foreignDelivery] = [own.delivery, foreign.delivery];
});

const pseudonym = 'A'.repeat(32);
const rows = Object.entries(accessMatrix) as [string, Access][];
/** Rows that speak of machines; those of people alone are walked in people-matrix.test.ts. */
const closed = rows.filter(([, access]) => access.open !== true && access.subject !== undefined).map(([name]) => name);

interface Objects {
  readonly flow: string;
  readonly project: string;
  readonly delivery: string;
}
const own = (): Objects => ({ flow: ownFlow, project: ownProject, delivery: ownDelivery });
const foreign = (): Objects => ({ flow: otherFlow, project: 'another-project', delivery: foreignDelivery });

/** Asks a row's route for one set of objects, as a caller who does everything else right. */
function ask(name: string, objects: Objects, token: string | undefined) {
  const [method, pattern] = name.split(' ') as [string, string];
  const path = pattern.replace(':id', objects.delivery).replace(':recipientPseudonym', pseudonym).replace(':notice', '1');
  const query = pattern.includes('journeys')
    ? `?project=${objects.project}&purpose=commissioning`
    : pattern.includes('/notices')
      ? `?project=${objects.project}`
      : method === 'POST'
        ? `?flow=${objects.flow}`
        : '';
  const call = method === 'POST' ? request(stand.app).post(path + query) : request(stand.app).get(path + query);
  if (token !== undefined) call.set('authorization', `Bearer ${token}`);
  if (method !== 'POST') return call;
  return call.type(path.includes('$import') ? 'application/fhir+ndjson' : 'application/json').send('{}');
}

describe('the access matrix', () => {
  it('has a row for every route of the running application, and a route for every row', () => {
    expect(routesOf(stand.app).sort()).toEqual(Object.keys(accessMatrix).sort());
  });

  it('sees everything that could answer: no router hides routes behind another path', () => {
    const others = layersOf(stand.app).filter((layer) => layer.route === undefined);
    expect(others.map((layer) => layer.name)).toEqual([
      'recordRequest',
      'helmetMiddleware',
      'neverStore',
      'refuseOtherMethods',
      'refuseUnknown',
      'answerError',
    ]);
    expect(others.every((layer) => layer.handle.stack === undefined)).toBe(true);
  });

  it('makes a route without a row impossible', async () => {
    const stray = defineRoute({
      method: 'get',
      path: '/api/stray',
      summary: '',
      query: nothing,
      params: nothing,
      responses: {},
      handle: async ({ response }) => {
        response.end();
      },
    });
    await expect(makeStand({}, { routes: [...allRoutes, stray] })).rejects.toThrow('GET /api/stray has no row');
  });

  it('says why every open route is open', () => {
    for (const [, access] of rows) if (access.open === true) expect(access.because.length).toBeGreaterThan(10);
  });
});

describe('a caller who may', () => {
  it.each(closed)('is answered: %s', async (name) => {
    expect((await ask(name, own(), await stand.accessToken())).status).toBeLessThan(300);
  });
});

describe('nobody else is answered', () => {
  const refused: readonly [string, () => Promise<string | undefined>, () => Objects][] = [
    ['no token', async () => undefined, own],
    ['garbage for a token', async () => 'a.b.c', own],
    ['a token with an empty signature', async () => `${(await stand.accessToken()).split('.').slice(0, 2).join('.')}.`, own],
    ['a token that has run out', async () => tokenAt(new Date(now.getTime() - 301_000)), own],
    ['a token from the future', async () => tokenAt(new Date(now.getTime() + 3_600_000)), own],
    ['a token for another gateway', async () => tokenAt(now, 'https://elsewhere.example'), own],
    ['a client assertion for a token', () => stand.signAssertion(), own],
    ['a token of a client that was removed', () => stand.accessToken({ clientId: 'gone' }), own],
    ['a token without scopes', () => stand.accessToken({ scopes: [] }), own],
    ['a token with a scope that is not one', () => stand.accessToken({ scopes: ['*', 'system/*', 'admin'] }), own],
    ['a token whose flows and projects are not its own', () => stand.accessToken({ flows: [], projects: [] }), foreign],
    ["the objects of somebody else's flow or project", () => stand.accessToken(), foreign],
    [
      'a token that claims more than the register gives',
      () => stand.accessToken({ flows: [otherFlow], projects: ['another-project'] }),
      foreign,
    ],
  ];
  const tokenAt = (at: Date, base = baseUrl) =>
    issueAccessToken({ key: stand.services.signingKey, clock: { now: () => at }, baseUrl: base }, stand.client, stand.client.scopes);

  it.each(closed.flatMap((name) => refused.map(([what, token, objects]) => [name, what, token, objects] as const)))(
    '%s with %s',
    async (name, what, token, objects) => {
      const before = stand.landed.length;
      const answer = await ask(name, objects(), await token());
      // GET /api/flows names nothing: whose flows they are is decided by the token alone, so only the answer can be judged.
      const access = accessMatrix[name as keyof typeof accessMatrix];
      if (access?.open !== true && access?.subject !== undefined && access.object === 'own-flows' && objects === foreign) {
        expect(JSON.stringify(answer.body)).not.toContain(otherFlow);
        return;
      }
      expect(answer.status, what).toBeGreaterThanOrEqual(401);
      expect(answer.status, what).toBeLessThan(405);
      expect(stand.landed.length).toBe(before);
    },
  );

  it.each(closed)('%s with each scope but the right one', async (name) => {
    const access = accessMatrix[name as keyof typeof accessMatrix];
    if (access === undefined || access.open === true || access.subject === undefined) throw new Error('only rows of machines are asked');
    const [resource = '', letters = ''] = access.scope.replace('system/', '').split('.');
    for (const scope of [
      `system/${resource}.${letters === 'c' ? 'r' : 'c'}`,
      `system/Other.${letters}`,
      `patient/${resource}.${letters}`,
    ]) {
      const token = await stand.accessToken({ scopes: [scope] });
      expect((await ask(name, own(), token)).status, scope).toBe(403);
    }
  });

  it.each(closed)('%s by any other method', async (name) => {
    const path = (name.split(' ')[1] ?? '').replace(':id', ownDelivery).replace(':recipientPseudonym', pseudonym);
    for (const method of ['options', 'put', 'patch', 'delete', 'trace'] as const) {
      expect((await request(stand.app)[method](path)).status, method).toBe(405);
    }
  });

  it('a flow named twice, once allowed and once not', async () => {
    const answer = await request(stand.app)
      .post(`/api/deliveries?flow=${ownFlow}&flow=${otherFlow}`)
      .set('authorization', `Bearer ${await stand.accessToken()}`)
      .type('text/csv')
      .send('a');
    expect(answer.status).toBe(400);
  });

  it('a token in the query or the body', async () => {
    const token = await stand.accessToken();
    expect((await request(stand.app).get(`/api/flows?access_token=${token}`)).status).toBe(401);
  });
});

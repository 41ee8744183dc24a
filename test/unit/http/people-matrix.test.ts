import { once } from 'node:events';
import type { Server } from 'node:http';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../../src/access/act-as.ts';
import { decideAccess } from '../../../src/access/decide.ts';
import { type Access, accessMatrix } from '../../../src/http/access-matrix.ts';
import { personOf } from '../../../src/http/people.ts';
import type { PeopleService } from '../../../src/http/services.ts';
import { createPersonVerifier } from '../../../src/http/tokens/person-token.ts';
import type { ObligationDesk } from '../../../src/obligations/desk.ts';
import { licensedRoles, personRoles } from '../../../src/register/people.ts';
import { buildRegister, type Register } from '../../../src/register/register.ts';
import type { ReturnsDesk } from '../../../src/returns/lifecycle/desk.ts';
import { localDate } from '../../../src/shared/clock.ts';
import { examplePlace, parsePlace } from '../../support/example-place.ts';
import { type SignIn, startSignIn } from '../../support/sign-in.ts';
import { baseUrl, makeStand, now, otherFlow, ownFlow, receiptOf, type Stand } from './stand.ts';

const places = ['place-a', 'place-b'] as const;
const organisations = ['ZICB', 'ZTRU', 'F81001'] as const;
/** Beside good standing, one person each whose standing ended in another way. */
const standings = ['good', 'untrained', 'expired'] as const;
type Standing = (typeof standings)[number];

const subjectOf = (place: string, role: string, organisation: string, standing: Standing) => `${place}|${role}|${organisation}|${standing}`;

/** Two places, each with a project and one person for every role, organisation and standing. */
function registerOfEverybody(): Register {
  const documents = places.map((place) => {
    const input = examplePlace(place);
    const project = `${place}-project`;
    const people = personRoles.flatMap((role) =>
      organisations.flatMap((organisation) =>
        standings.map((standing) => ({ id: `${place}-${role}-${organisation}-${standing}`.toLowerCase(), role, organisation, standing })),
      ),
    );
    return parsePlace({
      ...input,
      projects: [
        {
          ...{ id: project, title: 'Project', organisation: 'ZICB', agreements: [`${place}-agreement`], licence: 'super-user', seats: 100 },
          ...{ purposes: ['risk-stratification-commissioning'], recipientKeyId: project, contract: 'Licence' },
          ...{ validFrom: '2025-04-01', validTo: '2027-03-31' },
        },
      ],
      people: people.map(({ id, role, organisation, standing }) => ({
        ...{ id, organisation, post: 'Post', subject: subjectOf(place, role, organisation, standing), sourceSystems: [] },
        ...{ trainedOn: standing === 'untrained' ? '2024-01-01' : '2026-06-01', confidentialitySignedOn: '2025-04-01' },
        registration: { regulator: 'gmc', number: '1', validTo: '2027-03-31' },
      })),
      seats: people.map(({ id, role, standing }) => ({
        ...{ id: `${id}-seat`, person: id, role, validFrom: '2025-04-01', validTo: standing === 'expired' ? '2026-11-20' : '2027-03-31' },
        ...(licensedRoles.includes(role) ? { project, purposes: ['risk-stratification-commissioning'] } : {}),
      })),
    });
  });
  return buildRegister(documents.map((document) => ({ document, version: 1 })));
}

/** The matrix is about who is let in; what they find there is tested with the register. */
const nothingFound = async () => ({});

let signIn: SignIn;
let stand: Stand;
let answered: string[];
/** One server that listens and one token for each person: the walk is thousands of requests. */
let server: Server;
let address: string;
const tokens = new Map<string, string>();
beforeAll(async () => {
  signIn = await startSignIn(now, baseUrl);
  const register = registerOfEverybody();
  const clock = { now: () => now };
  const people: PeopleService = {
    issuer: signIn.issuer,
    verify: createPersonVerifier(signIn, clock).verify,
    actAs: async (subject, asked) => {
      const decision = decideAccess(register, { ...asked, person: personOf(register, subject, asked) }, localDate(now));
      if (!decision.allowed) throw new AccessRefusedError(decision.reasons);
      return decision.actor;
    },
  };
  answered = [];
  stand = await makeStand({
    people,
    auditLog: {
      checkpoint: async () => 'note',
      key: async () => 'key',
      proveInclusion: async (leaf, size) => ({ leaf, size, leafHash: '', proof: [] }),
      proveConsistency: async (from, to) => ({ from, to, proof: [] }),
    },
    destructions: async () => [],
    nationalStatus: async () => ({}),
    obligations: {
      ...{ tasks: nothingFound, task: nothingFound, supply: nothingFound, judge: nothingFound, follow: nothingFound },
      ...{ breaches: nothingFound, breach: nothingFound, report: nothingFound, act: nothingFound, close: nothingFound },
    } as unknown as ObligationDesk,
    returns: {
      ...{ templates: async () => [], notices: async () => [], readNotice: nothingFound, status: nothingFound, history: async () => [] },
      ...{
        difference: async () => [],
        proposals: async () => [],
        file: async () => ({ name: 'x', mediaType: 'text/csv', content: Buffer.from('') }),
        build: nothingFound,
        declare: nothingFound,
      },
      ...{ propose: async () => [], decide: nothingFound, nameOwner: nothingFound, review: nothingFound, acknowledge: nothingFound },
      ...{ signOff: nothingFound, submit: nothingFound, amend: nothingFound },
    } as unknown as ReturnsDesk,
    register: {
      ...{ check: nothingFound, outlook: nothingFound, asOf: nothingFound, changes: nothingFound, change: nothingFound },
      ...{ propose: nothingFound, approve: nothingFound, notify: nothingFound, withdraw: nothingFound },
    },
    objections: {
      record: async (_actor, bytes) => {
        for await (const chunk of bytes) expect(chunk.length).toBeGreaterThan(0);
        return {};
      },
      explain: async (_actor, bytes) => {
        for await (const chunk of bytes) expect(chunk.length).toBeGreaterThan(0);
        return { json: {}, letter: '' };
      },
      ...{ report: nothingFound, notices: async () => [], readNotice: async () => [], acknowledgeNotice: async () => undefined },
    },
    documents: async () => ({ data: {}, formats: { json: () => '{}' } }),
    subjectAccess: {
      answer: async ({ person, place, bytes }) => {
        for await (const chunk of bytes) expect(chunk.length).toBeGreaterThan(0);
        answered.push(`${person} ${place}`);
        return { json: Buffer.from('{}'), page: '<p>' };
      },
    },
  });
  for (const flow of [ownFlow, otherFlow]) {
    const receipt = receiptOf(flow);
    stand.deliveries.set(receipt.delivery, receipt);
  }
  server = stand.app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  for (const place of places)
    for (const role of personRoles)
      for (const organisation of organisations)
        for (const standing of standings) {
          const subject = subjectOf(place, role, organisation, standing);
          tokens.set(subject, await signIn.token(subject));
        }
});
afterAll(async () => {
  server.close();
  await signIn.close();
});

const closed = (Object.entries(accessMatrix) as [string, Access][]).filter(([, access]) => access.open !== true);

/** What a route takes, where an empty document will not do. */
const bodies: Readonly<Record<string, object>> = {
  'POST /api/obligations/:task/evidence': { reference: 'Folder 7' },
  'POST /api/breaches': { what: 'A list was sent to the wrong practice', discoveredAt: '2026-11-20T10:00:00Z' },
  'POST /api/returns/:template/declarations': { answers: { 'nc.1.answer': 'Yes' } },
  'POST /api/returns/:template/proposals/decision': { proposals: [1], accept: true },
  'POST /api/returns/:template/owners': { sheets: ['Cover'], owner: 'somebody' },
  'POST /api/returns/:template/reviews': { sheet: 'Cover' },
  'POST /api/returns/:template/acknowledgements': { rule: 'STOCK_AND_FLOW', reason: 'As the board was told' },
  'POST /api/returns/:template/sign-off': { answers: '0'.repeat(64), signedAs: 'Chair of the Health and Wellbeing Board' },
  'POST /api/returns/:template/submission': { how: 'E-mail', fileSha256: '0'.repeat(64) },
  'POST /api/returns/:template/amendments': { because: 'Late data' },
  'POST /api/breaches/:breach/actions': { kind: 'contained', note: 'The list was destroyed' },
};

async function ask(name: string, objects: { readonly place: string; readonly project: string }, token: string) {
  const [method, pattern] = name.split(' ') as [string, string];
  const path = pattern
    .replace(':id', [...stand.deliveries.keys()][0] ?? '')
    .replace(':recipientPseudonym', 'A'.repeat(32))
    .replace(':change', '1')
    .replace(':name', 'ropa')
    .replace(':task', 'dpia.place.agreement.2027')
    .replace(':breach', '1')
    .replace(':template', 'bcf-2016-17-q2')
    .replace(':form', 'json')
    .replace(':notice', '1');
  const query = pattern.includes('journeys')
    ? `?project=${objects.project}&purpose=risk-stratification-commissioning`
    : pattern.includes('objections/notices')
      ? `?project=${objects.project}`
      : /subject-access|\/api\/(objections|register|obligations|breaches|destructions|ndop|returns)/.test(pattern)
        ? `?place=${objects.place}${pattern.endsWith('as-of') ? '&date=2026-11-21' : ''}`
        : pattern.includes('audit')
          ? `?place=${objects.place}${pattern.endsWith('proof') ? '&leaf=0&to=1' : ''}`
          : method === 'POST'
            ? `?flow=${ownFlow}`
            : '';
  const type = path.includes('$import') ? 'application/fhir+ndjson' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, ...(method === 'POST' ? { 'content-type': type } : {}) };
  const response = await fetch(`${address}${path}${query}`, {
    method,
    headers,
    ...(method === 'POST' ? { body: JSON.stringify(bodies[name] ?? {}) } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as object) : {} };
}

describe('people, over the whole matrix', () => {
  it.each(closed)('role × organisation × standing × place × object: only who may is answered at %s', async (name, access) => {
    const rule = access.open === true ? undefined : access.people;
    const unexpected: string[] = [];
    let allowed = 0;
    // Whom a row does not speak of is refused before anybody asks how they stand.
    for (const role of personRoles)
      for (const standing of rule?.roles.includes(role) === true ? standings : (['good'] as const)) {
        const cases = organisations.flatMap((organisation) =>
          places.flatMap((home) => places.map((place) => ({ organisation, home, place }))),
        );
        const asked = cases.map(async ({ organisation, home, place }) => {
          const token = tokens.get(subjectOf(home, role, organisation, standing)) ?? '';
          const { status } = await ask(name, { place, project: `${place}-project` }, token);
          const may = rule?.roles.includes(role) === true && standing === 'good' && home === place;
          if (may) allowed += 1;
          if (may !== (status >= 200 && status < 300) || (!may && status !== 403)) unexpected.push(`${role} ${home} → ${place}: ${status}`);
        });
        await Promise.all(asked);
      }
    expect(unexpected).toEqual([]);
    expect(allowed > 0).toBe(rule !== undefined);
  });

  it('passes the very person on, and their own place', () => {
    expect(answered).toContain('place-a-ig-lead-zicb-good place-a');
    expect(answered.every((line) => line.includes('-ig-lead-') && line.includes('-good '))).toBe(true);
  });

  it('has roles and a way to find the place in every row that speaks of people', () => {
    for (const [, access] of closed) {
      if (access.open === true || access.people === undefined) continue;
      expect(access.people.roles.length).toBeGreaterThan(0);
      expect(['in-query', 'own']).toContain(access.people.place);
    }
  });
});

describe('a token of a person', () => {
  const lead = subjectOf('place-a', 'ig-lead', 'ZICB', 'good');
  const route = 'POST /api/subject-access';
  const here = { place: 'place-a', project: '' };
  const seconds = Math.floor(now.getTime() / 1000);
  const statusOf = async (token: string) => (await ask(route, here, token)).status;

  it('is good', async () => {
    expect(await statusOf(await signIn.token(lead))).toBe(200);
    expect(await statusOf(await signIn.token(lead, {}, { typ: 'JWT' }))).toBe(200);
  });

  const bent: readonly [string, () => Promise<string>][] = [
    ['for another audience', () => signIn.token(lead, { aud: 'https://elsewhere.example' })],
    ['for a list of audiences without this one', () => signIn.token(lead, { aud: ['a', 'b'] })],
    ['that has run out', () => signIn.token(lead, { iat: seconds - 700, exp: seconds - 1 })],
    ['from the future', () => signIn.token(lead, { iat: seconds + 60, exp: seconds + 660 })],
    ['not valid yet', () => signIn.token(lead, { nbf: seconds + 60 })],
    ['that lives for longer than an hour', () => signIn.token(lead, { exp: seconds + 3601 })],
    ['that was issued too long ago', () => signIn.token(lead, { iat: seconds - 3601, exp: seconds + 10 })],
    ['without an expiry', () => signIn.token(lead, { exp: undefined as unknown as number })],
    ['without a subject', () => signIn.token(lead, { sub: undefined as unknown as string })],
    ['of a machine of the provider', () => signIn.token('console', { client_id: 'console' })],
    ['of another kind (logout)', () => signIn.token(lead, {}, { typ: 'logout+jwt' })],
    ['with a key that is not published', () => signIn.token(lead, {}, { kid: 'another' })],
    [
      'with a changed payload',
      async () => {
        const [head, , signature] = (await signIn.token('nobody')).split('.');
        const [, payload] = (await signIn.token(lead)).split('.');
        return `${head}.${payload}.${signature}`;
      },
    ],
    [
      'without a signature',
      async () => {
        const [, payload] = (await signIn.token(lead)).split('.');
        return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.AA`;
      },
    ],
    [
      'signed with the published key as a secret',
      async () => {
        const { createHmac } = await import('node:crypto');
        const [, payload] = (await signIn.token(lead)).split('.');
        const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: signIn.publicKey().kid })).toString('base64url');
        return `${head}.${payload}.${createHmac('sha256', JSON.stringify(signIn.publicKey())).update(`${head}.${payload}`).digest('base64url')}`;
      },
    ],
    ['that says this gateway issued it', () => signIn.token(lead, { iss: baseUrl })],
    ['that brings its own key', () => signIn.token(lead, {}, { kid: 'own', jwk: signIn.publicKey() })],
  ];
  it.each(bent)('%s is refused', async (_what, make) => {
    expect(await statusOf(await make())).toBe(401);
  });

  it('of a subject nobody registered is refused with the reason', async () => {
    const answer = await ask(route, here, await signIn.token('stranger'));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'ACCESS_REFUSED' });
    expect(JSON.stringify(answer.body)).toContain('PERSON_UNKNOWN');
    expect(JSON.stringify(answer.body)).not.toContain('stranger');
  });

  it('opens nothing of the machines, and a token of a machine nothing of the people', async () => {
    expect((await ask('GET /api/flows', here, await signIn.token(lead))).body).toMatchObject({ code: 'NOT_FOR_PEOPLE' });
    expect((await ask(route, here, await stand.accessToken())).body).toMatchObject({ code: 'NOT_FOR_CLIENTS' });
  });

  it('without the place it is about is refused', async () => {
    const answer = await request(stand.app)
      .post('/api/subject-access')
      .set('authorization', `Bearer ${await signIn.token(lead)}`)
      .type('application/json')
      .send('{}');
    expect(answer.status).toBe(400);
  });
});

describe('the keys of the provider', () => {
  const lead = subjectOf('place-a', 'ig-lead', 'ZICB', 'good');
  const verifier = (at = now, issuer = signIn.issuer) => createPersonVerifier({ issuer, audience: baseUrl }, { now: () => at });

  it('are asked for once, and not for every token', async () => {
    const { verify } = verifier();
    const before = signIn.fetched();
    for (let i = 0; i < 5; i++) expect(await verify(await signIn.token(lead))).toBe(lead);
    expect(signIn.fetched()).toBe(before + 1);
  });

  it.each([
    ['speaks for another issuer', () => ({ issuer: 'https://elsewhere.example', jwks_uri: `${signIn.issuer}/jwks` })],
    ['sends for keys over plain HTTP elsewhere', () => ({ issuer: signIn.issuer, jwks_uri: 'http://192.0.2.1/jwks' })],
    ['is no such document', () => ({ hello: 'world' })],
    ['is away', () => 'gone' as const],
  ])('are not taken from a document that %s, and are asked for again', async (_what, document) => {
    const { verify } = verifier();
    signIn.serve(document());
    try {
      await expect(verify(await signIn.token(lead))).rejects.toMatchObject({ code: 'SIGN_IN_UNAVAILABLE', status: 503 });
    } finally {
      signIn.serve(undefined);
    }
    expect(await verify(await signIn.token(lead))).toBe(lead);
  });

  it('are those of now: a token of a key taken away is refused by the next process', async () => {
    const old = await signIn.token(lead);
    await signIn.rotate();
    await expect(verifier().verify(old)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    expect(await verifier().verify(await signIn.token(lead))).toBe(lead);
  });
});

import request from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DocumentAsked, PeopleService } from '../../../src/http/services.ts';
import { createPersonVerifier } from '../../../src/http/tokens/person-token.ts';
import { factsOf } from '../../../src/register/documents/facts.ts';
import { makeDocument } from '../../../src/register/documents/produce.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { registerWith } from '../../support/example-place.ts';
import { type SignIn, startSignIn } from '../../support/sign-in.ts';
import { baseUrl, makeStand, now, type Stand } from './stand.ts';

let signIn: SignIn;
let stand: Stand;
const asked: DocumentAsked[] = [];
beforeAll(async () => {
  signIn = await startSignIn(now, baseUrl);
  const people: PeopleService = {
    issuer: signIn.issuer,
    verify: createPersonVerifier(signIn, { now: () => now }).verify,
    actAs: async (subject) => ({ person: subject, role: 'auditor', place: 'example-place', organisation: 'ZICB' }) as never,
  };
  stand = await makeStand({
    people,
    documents: async (which) => {
      asked.push(which);
      return makeDocument(factsOf(registerWith(), which.place, '2026-11-21' as LocalDate), which.name, which.agreement);
    },
  });
});
afterAll(() => signIn.close());

const ask = async (address: string) =>
  request(stand.app)
    .get(`/api/register/documents/${address}`)
    .set('authorization', `Bearer ${await signIn.token('auditor')}`)
    .buffer(true)
    .parse((response, done) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString('utf8'))).on('end', () => done(null, text));
    });

it.each([
  ['ropa?place=example-place', 'application/json', '"document": "ropa"'],
  ['flow-map?place=example-place&format=svg', 'image/svg+xml', '<svg '],
  ['cag-annex?place=example-place&format=csv', 'text/csv', 'sector,data set'],
  ['dpia?place=example-place&format=md', 'text/markdown', '# Data protection impact assessment'],
])('answers %s as %s', async (address, type, holds) => {
  const { status, headers, body } = await ask(address);
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(type);
  expect(headers['cache-control']).toBe('no-store');
  expect(body).toContain(holds);
});

it('lets a page use its own style sheet and nothing else', async () => {
  const { status, headers } = await ask('ropa?place=example-place&format=html&at=2026-11-20');
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*style-src 'sha256-[^']+'$/);
  expect(asked.at(-1)).toMatchObject({ place: 'example-place', at: '2026-11-20' });
});

it.each([
  ['public?place=example-place&format=html', 400, 'FORMAT_NOT_MADE'],
  ['ropa?place=example-place&agreement=any', 400, 'AGREEMENT_NOT_TAKEN'],
  ['dpia?place=example-place&agreement=any', 404, 'AGREEMENT_UNKNOWN'],
  ['letters?place=example-place', 400, 'REQUEST_INVALID'],
  ['ropa?place=elsewhere', 404, 'PLACE_UNKNOWN'],
])('refuses %s with %i', async (address, expected, code) => {
  const { status, body } = await ask(address);
  expect([status, JSON.parse(body).code]).toEqual([expected, code]);
});

import { createHmac, KeyObject, sign } from 'node:crypto';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { audience, baseUrl, keyPair, makeStand, type Stand, seconds, tokenForm } from './stand.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

let stand: Stand;
let rsa: Awaited<ReturnType<typeof keyPair>>;
let der: Awaited<ReturnType<typeof keyPair>>;
beforeAll(async () => {
  rsa = await keyPair('key-rsa', 'RS384');
  der = await keyPair('key-der');
  const doubles = [await keyPair('twice'), await keyPair('twice')];
  const p256 = await keyPair('p-256');
  stand = await makeStand({}, {}, [rsa.jwk, der.jwk, ...doubles.map((pair) => pair.jwk), { ...p256.jwk, crv: 'P-256' }]);
});

const claims = () => ({ iss: 'supplier-1', sub: 'supplier-1', aud: audience, exp: seconds + 240, jti: crypto.randomUUID() });
const post = (assertion: string, over: Record<string, string> = {}) =>
  request(stand.app).post('/oauth/token').type('form').send(tokenForm(assertion, over));

async function expectRefused(assertion: string) {
  const answer = await post(assertion);
  expect(answer.status).toBe(401);
  expect(answer.body.error).toBe('invalid_client');
  expect(answer.headers['cache-control']).toBe('no-store');
  return answer;
}

describe('the token endpoint', () => {
  it('gives a five-minute token for a good ES384 assertion', async () => {
    const answer = await post(await stand.signAssertion());
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
    const used = await request(stand.app).get('/api/flows').set('authorization', `Bearer ${answer.body.access_token}`);
    expect(used.status).toBe(200);
  });

  it('gives a token for a good RS384 assertion', async () => {
    const assertion = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS384', typ: 'JWT', kid: 'key-rsa' }).sign(rsa.privateKey);
    expect((await post(assertion)).status).toBe(200);
  });

  it('narrows the token to the scopes asked for, and refuses one the client does not hold', async () => {
    expect((await post(await stand.signAssertion(), { scope: 'system/Delivery.c' })).body.scope).toBe('system/Delivery.c');
    const refused = await post(await stand.signAssertion(), { scope: 'system/*.cruds' });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_scope']);
  });
});

describe('the token endpoint refuses', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'HS384', 'RS256', 'RS512', 'ES256', 'PS384', 'EdDSA', ''])('algorithm "%s"', async (alg) => {
    const header = part({ alg, typ: 'JWT', kid: 'key-1' });
    const payload = part(claims());
    await expectRefused(`${header}.${payload}.AAAA`);
    await expectRefused(`${header}.${payload}.`);
  });

  it('an empty signature under a good header', async () => {
    const [header, payload] = (await stand.signAssertion()).split('.');
    await expectRefused(`${header}.${payload}.`);
    await expectRefused(`${header}.${payload}`);
  });

  it('HMAC with the public key as its secret', async () => {
    const spki = await exportSPKI(rsa.publicKey);
    for (const secret of [spki, spki.trim(), JSON.stringify(rsa.jwk)]) {
      const body = `${part({ alg: 'HS256', typ: 'JWT', kid: 'key-rsa' })}.${part(claims())}`;
      await expectRefused(`${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`);
    }
  });

  it("the attacker's own key, wherever the header points to it", async () => {
    const attacker = await keyPair('key-1');
    const signed = (extra: Record<string, unknown>) =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'key-1', ...extra }).sign(attacker.privateKey);
    await expectRefused(await signed({}));
    for (const extra of [
      { jwk: attacker.jwk },
      { jku: 'https://attacker.example/jwks' },
      { x5u: 'https://attacker.example/c' },
      { x5c: ['AAAA'] },
    ]) {
      await expectRefused(await signed(extra));
    }
  });

  it('key headers even under the right signature', async () => {
    await expectRefused(await stand.signAssertion({}, { jku: `${baseUrl}/jwks` }));
    await expectRefused(await stand.signAssertion({}, { x5u: 'https://elsewhere.example/c' }));
    await expectRefused(await stand.signAssertion({}, { typ: 'at+jwt' }));
  });

  it.each([
    '../../etc/passwd',
    '/dev/null',
    "' or 1=1 --",
    'https://attacker.example/key',
    'twice',
    'key-rsa',
    'p-256',
    '__proto__',
    'x'.repeat(300),
  ])('the key id %s', async (kid) => {
    await expectRefused(await stand.signAssertion({}, { kid }));
  });

  it('a missing key id', async () => {
    const { privateKey } = await generateKeyPair('ES384');
    await expectRefused(await new SignJWT(claims()).setProtectedHeader({ alg: 'ES384', typ: 'JWT' }).sign(privateKey));
  });

  it('an ECDSA signature of zeros (CVE-2022-21449)', async () => {
    const [header, payload] = (await stand.signAssertion()).split('.');
    await expectRefused(`${header}.${payload}.${Buffer.alloc(96).toString('base64url')}`);
    const order = 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973';
    await expectRefused(`${header}.${payload}.${Buffer.from(order + order, 'hex').toString('base64url')}`);
  });

  it('an ECDSA signature in DER', async () => {
    const body = `${part({ alg: 'ES384', typ: 'JWT', kid: 'key-der' })}.${part(claims())}`;
    const signed = (dsaEncoding: 'der' | 'ieee-p1363') =>
      sign('sha384', Buffer.from(body), { key: KeyObject.from(der.privateKey), dsaEncoding }).toString('base64url');
    await expectRefused(`${body}.${signed('der')}`);
    expect((await post(`${body}.${signed('ieee-p1363')}`)).status).toBe(200);
  });

  it.each([
    ['an audience that is a list', { aud: [audience] }],
    ['an audience with two entries', { aud: [audience, 'https://elsewhere.example/token'] }],
    ['an audience that is a prefix', { aud: baseUrl }],
    ['an audience with a slash added', { aud: `${audience}/` }],
    ['an audience in other letters', { aud: audience.toUpperCase() }],
    ['no audience', { aud: undefined }],
    ['an expiry six minutes ahead', { exp: seconds + 360 }],
    ['an expiry a year ahead', { exp: seconds + 31_536_000 }],
    ['an expiry that is now', { exp: seconds }],
    ['an expiry in text', { exp: String(seconds + 100) as unknown as number }],
    ['no expiry', { exp: undefined }],
    ['a start in the future', { nbf: seconds + 60 }],
    ['an issue in the future', { iat: seconds + 60 }],
    ['an issue a day ago', { iat: seconds - 86_400 }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti of 1,000 characters', { jti: 'j'.repeat(1000) }],
    ['another subject than issuer', { sub: 'supplier-2' }],
    ['an unknown client', { iss: 'supplier-2', sub: 'supplier-2' }],
  ])('%s', async (_what, change) => {
    await expectRefused(await stand.signAssertion(change as Record<string, unknown>));
  });

  it('a host header that would make another audience right', async () => {
    const assertion = await stand.signAssertion({ aud: 'https://attacker.example/oauth/token' });
    const answer = await request(stand.app)
      .post('/oauth/token')
      .set('host', 'attacker.example')
      .set('x-forwarded-host', 'attacker.example')
      .type('form')
      .send(tokenForm(assertion));
    expect(answer.status).toBe(401);
  });

  it('an assertion the second time', async () => {
    const assertion = await stand.signAssertion();
    expect((await post(assertion)).status).toBe(200);
    expect((await expectRefused(assertion)).body.error_description).toContain('jti');
  });

  it('JSON-serialised signatures', async () => {
    const [header, payload, signature] = (await stand.signAssertion()).split('.');
    await expectRefused(JSON.stringify({ protected: header, payload, signature }));
    await expectRefused(JSON.stringify({ payload, signatures: [{ protected: header, signature }] }));
  });

  it('an assertion as long as a book', async () => {
    await expectRefused(await stand.signAssertion({ padding: 'x'.repeat(9_000) }));
    expect((await post('x'.repeat(20_000))).status).toBe(413);
  });

  it('a header as long as a book, before anything reads it', async () => {
    const answer = await post('a.b.c').set('x-padding', 'x'.repeat(20_000));
    expect(answer.status).toBe(431);
  });

  it('a client id beside the assertion that says otherwise', async () => {
    expect((await post(await stand.signAssertion(), { client_id: 'supplier-2' })).status).toBe(401);
  });

  it.each([
    ['another grant', 'grant_type=password', 'unsupported_grant_type'],
    ['no assertion', 'grant_type=client_credentials', 'invalid_request'],
    ['a parameter sent twice', 'grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['a parameter it does not know', 'grant_type=client_credentials&__proto__=1', 'invalid_request'],
    ['nothing at all', '', 'invalid_request'],
  ])('%s', async (_what, form, error) => {
    const answer = await request(stand.app).post('/oauth/token').type('form').send(form);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });

  it('JSON in place of a form', async () => {
    expect((await request(stand.app).post('/oauth/token').send({ grant_type: 'client_credentials' })).status).toBe(400);
  });
});

describe('what a refusal says', () => {
  it('is the same for an unknown client, a wrong key and a wrong signature, and never what was sent', async () => {
    const attacker = await keyPair('key-1');
    const forged = await new SignJWT({ ...claims(), secret: 'NEEDLE' })
      .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'key-1' })
      .sign(attacker.privateKey);
    const answers = [
      await expectRefused(forged),
      await expectRefused(await stand.signAssertion({ iss: 'NEEDLE', sub: 'NEEDLE' })),
      await expectRefused(await stand.signAssertion({}, { kid: 'NEEDLE' })),
    ];
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers[0]?.text).not.toContain('NEEDLE');
    expect(stand.logLines.join('')).not.toContain('NEEDLE');
  });
});

describe('an access token', () => {
  it('is not accepted when it was signed by anybody else, or is a client assertion', async () => {
    const other = await makeStand();
    for (const token of [await other.accessToken(), await stand.signAssertion({ aud: baseUrl, iss: baseUrl })]) {
      expect((await request(stand.app).get('/api/flows').set('authorization', `Bearer ${token}`)).status).toBe(401);
    }
  });
});

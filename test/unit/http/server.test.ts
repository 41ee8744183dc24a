import { request as httpRequest } from 'node:http';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../../src/http/listen.ts';
import { httpSettingsSchema } from '../../../src/http/settings.ts';
import { baseUrl, makeStand, otherFlow, ownFlow, ownProject, type Stand } from './stand.ts';

let stand: Stand;
let token: string;
beforeAll(async () => {
  stand = await makeStand();
  token = await stand.accessToken();
});

const deliver = (body: string | Buffer, path = `/api/deliveries?flow=${ownFlow}`, type = 'text/csv') =>
  request(stand.app).post(path).set('authorization', `Bearer ${token}`).type(type).send(body);

describe('a delivery', () => {
  it('lands with 201, its receipt and the address of its row report', async () => {
    const answer = await deliver('a,b\n1,2\n');
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`${baseUrl}/api/deliveries/${answer.body.delivery}`);
    expect(answer.body.problems).toBe(`${baseUrl}/api/deliveries/${answer.body.delivery}/problems`);
    const again = await deliver('a,b\n1,2\n');
    expect([again.status, again.body.state]).toEqual([200, 'duplicate']);
  });

  it('refused by the gate answers 403 with the receipt and every reason', async () => {
    const answer = await deliver('refuse-me');
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'DELIVERY_REFUSED', state: 'refused', refusals: [{ code: 'AGREEMENT_EXPIRED' }] });
  });

  it('refused for what is in it answers 422, because it can be put right', async () => {
    const answer = await deliver('wrong columns');
    expect([answer.status, answer.body.code, answer.body.state]).toEqual([422, 'DELIVERY_UNACCEPTABLE', 'refused']);
  });

  it('that cannot be read answers with a stable code', async () => {
    const answer = await deliver('unreadable');
    expect([answer.status, answer.body.code]).toEqual([400, 'CSV_UNREADABLE']);
  });

  it('arrives byte for byte when it is gzip', async () => {
    const bytes = Buffer.from([0x1f, 0x8b, 8, 0, 255, 254, 0, 1, 2]);
    expect((await deliver(bytes, undefined, 'application/gzip')).status).toBe(201);
    expect(stand.landed.at(-1)).toEqual(bytes);
  });

  it.each(['text/html', 'multipart/form-data; boundary=x', ''])('of type "%s" is refused before it is read', async (type) => {
    const before = stand.landed.length;
    const call = request(stand.app)
      .post(`/api/deliveries?flow=${ownFlow}`)
      .set('authorization', `Bearer ${token}`)
      .set('content-type', type);
    expect((await call.send('x')).status).toBe(415);
    expect(stand.landed.length).toBe(before);
  });

  it('shows its row report as CSV', async () => {
    const { body } = await deliver('row report');
    const report = await request(stand.app).get(`/api/deliveries/${body.delivery}/problems`).set('authorization', `Bearer ${token}`);
    expect(report.headers['content-type']).toContain('text/csv');
    expect(report.text).toBe(
      'row,field,rule,severity,guidance\r\n2,NHS NUMBER,NHS_NUMBER_CHECK_DIGIT,error,"Check the number, then ""send"" again"\r\n',
    );
  });

  it('in FHIR answers with an OperationOutcome whose Location is the receipt', async () => {
    const answer = await deliver('{"resourceType":"Bundle"}', `/fhir?flow=${ownFlow}`, 'application/fhir+json');
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toContain('application/fhir+json');
    expect(answer.headers.location).toContain('/api/deliveries/');
    expect(answer.body.issue[0].details.text).toContain('2 received = 1 landed');
    const refused = await deliver('refuse-me in lines', `/fhir/$import?flow=${ownFlow}`, 'application/fhir+ndjson');
    expect([refused.status, refused.body.issue[0].details.coding[0].code]).toEqual([403, 'AGREEMENT_EXPIRED']);
  });
});

describe('an upload', () => {
  it('that is broken off lands nothing', async () => {
    const listening = await listen(stand.app, { host: '127.0.0.1', port: 0 }, stand.services.settings);
    const before = stand.landed.length;
    const call = httpRequest({
      port: listening.port,
      method: 'POST',
      path: `/api/deliveries?flow=${ownFlow}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv', 'content-length': '1000000' },
    });
    call.on('error', () => {});
    call.write('a,b\n1,2\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    call.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stand.landed.length).toBe(before);
    expect(JSON.parse(stand.logLines.at(-1) ?? '{}')).toMatchObject({ level: 30, status: 499, route: '/api/deliveries' });
    await listening.close(1_000);
  });

  it('that stops arriving is given up, and lands nothing', async () => {
    const settings = httpSettingsSchema.parse({ publicBaseUrl: baseUrl, idleMilliseconds: 150 });
    const slow = await makeStand({ settings });
    const listening = await listen(slow.app, { host: '127.0.0.1', port: 0 }, settings);
    const call = httpRequest({
      port: listening.port,
      method: 'POST',
      path: `/api/deliveries?flow=${ownFlow}`,
      headers: { authorization: `Bearer ${await slow.accessToken()}`, 'content-type': 'text/csv', 'content-length': '1000000' },
    });
    const ended = new Promise((resolve) => call.on('error', resolve).on('close', resolve));
    call.write('a,b\n');
    await ended;
    expect(slow.landed.length).toBe(0);
    await listening.close(1_000);
  });

  it('larger than allowed is refused, by what it announces and by what it sends', async () => {
    const settings = httpSettingsSchema.parse({ publicBaseUrl: baseUrl, maximumUploadBytes: 1_000 });
    const small = await makeStand({ settings });
    const bearer = `Bearer ${await small.accessToken()}`;
    const post = () => request(small.app).post(`/api/deliveries?flow=${ownFlow}`).set('authorization', bearer).type('text/csv');
    expect((await post().send('x'.repeat(1_001))).status).toBe(413);
    const chunked = post().set('transfer-encoding', 'chunked');
    chunked.write('x'.repeat(600));
    chunked.write('x'.repeat(600));
    expect((await chunked).status).toBe(413);
    expect(small.landed.length).toBe(0);
  });
});

describe('an error', () => {
  it('of ours is a reference and nothing else, in the answer and in the log', async () => {
    const answer = await deliver('please throw NEEDLE-9990000018');
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe('UNEXPECTED');
    expect(answer.body.reference).toBe(answer.headers['x-request-id']);
    expect(answer.text).not.toContain('NEEDLE');
    const log = stand.logLines.join('');
    expect(log).toContain(answer.body.reference);
    expect(log).not.toContain('NEEDLE');
  });

  it('under /fhir is an OperationOutcome, elsewhere a problem', async () => {
    const fhir = await request(stand.app).get('/fhir/Patient/NEEDLE');
    expect([fhir.status, fhir.body.resourceType]).toEqual([404, 'OperationOutcome']);
    const api = await request(stand.app).get('/api/NEEDLE?x=NEEDLE');
    expect([api.status, api.body.code]).toEqual([404, 'NOT_FOUND']);
    expect(fhir.text + api.text).not.toContain('NEEDLE');
  });

  it('in the query names what is wrong and not what was sent', async () => {
    const answer = await deliver('x', '/api/deliveries?flow=NEEDLE%20!&NEEDLE=1');
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain('flow');
    expect(answer.text).not.toContain('NEEDLE');
  });

  it.each(['/api/deliveries/%E0%A4%A', '/%ZZ'])('for the address %s is 400 or 404', async (path) => {
    const answer = await request(stand.app).get(path);
    expect([400, 401, 404]).toContain(answer.status);
  });
});

describe('every answer', () => {
  it.each(['/healthz', '/api/flows', '/nowhere', '/fhir/metadata'])('has strict headers: %s', async (path) => {
    const { headers } = await request(stand.app).get(path);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['strict-transport-security']).toContain('max-age=63072000');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('leaves one line in the log, without address, query or token', async () => {
    const person = '7'.repeat(32);
    await request(stand.app)
      .get(`/api/journeys/${person}?project=${ownProject}&purpose=commissioning`)
      .set('authorization', `Bearer ${token}`);
    const line = JSON.parse(stand.logLines.at(-1) ?? '{}');
    expect(line).toMatchObject({ route: '/api/journeys/:recipientPseudonym', status: 200, clientId: 'supplier-1' });
    expect(stand.logLines.join('')).not.toContain(person);
    expect(stand.logLines.join('')).not.toContain(token);
    expect(stand.logLines.join('')).not.toContain(ownProject);
  });
});

describe('a client that asks too often', () => {
  it('is told how long to wait, and is answered again after it', async () => {
    const settings = httpSettingsSchema.parse({ publicBaseUrl: baseUrl, clientRequestsPerMinute: 2 });
    const busy = await makeStand({ settings });
    const bearer = `Bearer ${await busy.accessToken()}`;
    const ask = () => request(busy.app).get('/api/flows').set('authorization', bearer);
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    const refused = await ask();
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '30']);
    busy.clock.at = new Date(busy.clock.at.getTime() + 30_000);
    expect((await ask()).status).toBe(200);
  });
});

describe('the operator', () => {
  it('sees ready only when every check passes', async () => {
    expect((await request(stand.app).get('/readyz')).status).toBe(200);
    const checks = [
      { name: 'database', ready: true },
      { name: 'black-box', ready: false },
    ] as const;
    const ill = await makeStand({ readiness: { check: async () => checks } });
    expect((await request(ill.app).get('/readyz')).status).toBe(503);
    const broken = await makeStand({ readiness: { check: () => Promise.reject(new Error('NEEDLE')) } });
    const answer = await request(broken.app).get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('NEEDLE');
    expect((await request(broken.app).get('/healthz')).status).toBe(200);
  });

  it('reads metrics on a port of their own, by route pattern', async () => {
    expect((await request(stand.app).get('/metrics')).status).toBe(404);
    const { text } = await request(stand.metricsApp).get('/metrics');
    expect(text).toMatch(/haven_http_requests_total\{method="POST",route="\/api\/deliveries",status="201"\} \d+/);
    expect(text).toContain('haven_deliveries_total{state="landed"}');
    expect(text).toContain('haven_rows_total{outcome="withheld"}');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    expect(text).not.toContain(ownFlow);
  });

  it('stops cleanly: what runs is finished, nothing new is taken', async () => {
    let finish = () => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = await makeStand({ flows: { status: () => gate.then(() => []) } });
    const listening = await listen(slow.app, { host: '127.0.0.1', port: 0 }, slow.services.settings);
    const url = `http://127.0.0.1:${listening.port}/api/flows`;
    const running = fetch(url, { headers: { authorization: `Bearer ${await slow.accessToken()}` } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = listening.close(5_000);
    await expect(fetch(url)).rejects.toThrow();
    finish();
    expect((await running).status).toBe(200);
    await closed;
  });
});

describe('GET /api/flows', () => {
  it('shows own flows only, even when the directory says too much', async () => {
    const status = (flow: string) => ({ flow, feed: 'f', agreement: 'a', setting: 'hospital', state: 'admitted', refusals: [] }) as const;
    const chatty = await makeStand({ flows: { status: async () => [status(ownFlow), status(otherFlow)] } });
    const answer = await request(chatty.app)
      .get('/api/flows')
      .set('authorization', `Bearer ${await chatty.accessToken()}`);
    expect(answer.body.flows.map(({ flow }: { flow: string }) => flow)).toEqual([ownFlow]);
  });
});

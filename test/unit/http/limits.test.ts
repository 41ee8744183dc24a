import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { httpSettingsSchema } from '../../../src/http/settings.ts';
import { baseUrl, makeStand, ownFlow, receiptOf, tokenForm } from './stand.ts';

describe('one client', () => {
  it('has up to three deliveries under way, and the next when one of them has ended', async () => {
    const waiting: (() => void)[] = [];
    const plain = await makeStand();
    const stand = await makeStand({
      landing: {
        ...plain.services.landing,
        deliver: async ({ flowId, bytes }) => {
          for await (const chunk of bytes) void chunk;
          await new Promise<void>((resolve) => waiting.push(resolve));
          return receiptOf(flowId);
        },
      },
    });
    const bearer = `Bearer ${await stand.accessToken()}`;
    const send = () =>
      request(stand.app).post(`/api/deliveries?flow=${ownFlow}`).set('authorization', bearer).type('text/csv').send('a,b\n');
    const running = [1, 2, 3].map(() => send().then(({ status }) => status));
    await expect.poll(() => waiting.length).toBe(3);
    const fourth = await send();
    expect([fourth.status, fourth.body.code]).toEqual([429, 'TOO_MANY_DELIVERIES']);
    waiting.shift()?.();
    await Promise.race(running);
    const fifth = send().then(({ status }) => status);
    await expect.poll(() => waiting.length).toBe(3);
    for (const end of waiting) end();
    expect(await Promise.all([...running, fifth])).toEqual([201, 201, 201, 201]);
  });

  it('is limited in tokens wherever it asks from, and nobody else by using its name', async () => {
    const settings = httpSettingsSchema.parse({ publicBaseUrl: baseUrl, tokenRequestsPerMinute: 2, trustedProxies: ['loopback'] });
    const stand = await makeStand({ settings });
    const ask = async (address: string, assertion: string): Promise<number> =>
      (
        await request(stand.app)
          .post('/oauth/token')
          .set('x-forwarded-for', address)
          .type('application/x-www-form-urlencoded')
          .send(tokenForm(assertion))
      ).status;
    // Somebody without the key names the client: from three addresses, more often than it may ask itself.
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) expect(await ask(address, 'e30.e30.e30')).toBe(401);
    expect(await ask('192.0.2.4', await stand.signAssertion())).toBe(200);
    expect(await ask('192.0.2.5', await stand.signAssertion())).toBe(200);
    expect(await ask('192.0.2.6', await stand.signAssertion())).toBe(429);
  });
});

describe('the public page', () => {
  it('is limited by address', async () => {
    const stand = await makeStand({ settings: httpSettingsSchema.parse({ publicBaseUrl: baseUrl, tokenRequestsPerMinute: 2 }) });
    const ask = async () => (await request(stand.app).get('/data-use')).status;
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
  });
});

describe('the receipt over HTTP', () => {
  it('tells a machine neither why one row was withheld nor whether others knew its person', async () => {
    const stand = await makeStand();
    const bearer = `Bearer ${await stand.accessToken()}`;
    const landed = await request(stand.app)
      .post(`/api/deliveries?flow=${ownFlow}`)
      .set('authorization', bearer)
      .type('text/csv')
      .send('a\n');
    const again = await request(stand.app).get(`/api/deliveries/${landed.body.delivery}`).set('authorization', bearer);
    for (const { body } of [landed, again]) {
      expect([body.withheld, body.linkage]).toEqual([{ WITHHELD_BY_POLICY: 1 }, { existing: 0, new: 0 }]);
    }
    const resource = await request(stand.app)
      .post(`/fhir?flow=${ownFlow}`)
      .set('authorization', bearer)
      .type('application/fhir+json')
      .send('{}');
    expect(resource.text).toContain('WITHHELD_BY_POLICY');
    expect(resource.text).not.toContain('OBJECTION');
  });
});

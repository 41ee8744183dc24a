import request from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { givenJourney } from '../../../src/environment/journey.ts';
import type { JourneyRequest } from '../../../src/http/services.ts';
import { makeStand, ownProject, type Stand } from './stand.ts';

let stand: Stand;
let token: string;
let asked: JourneyRequest[] = [];
beforeAll(async () => {
  stand = await makeStand({
    journeys: {
      read: async (question) => {
        asked.push(question);
        return question.purpose === 'payment' ? { ...givenJourney('too-long') } : { events: [] };
      },
    },
  });
  token = await stand.accessToken();
});
beforeEach(() => {
  asked = [];
});
const read = (days: string, purpose = 'commissioning') =>
  request(stand.app)
    .get(`/api/journeys/${'A'.repeat(32)}?project=${ownProject}&purpose=${purpose}${days}`)
    .set('authorization', `Bearer ${token}`);

describe('the days a journey is asked for', () => {
  it.each<[days: string, period: object]>([
    ['', {}],
    ['&from=2025-05-01', { from: '2025-05-01' }],
    ['&to=2025-05-01', { to: '2025-05-01' }],
    ['&from=2025-05-01&to=2025-05-01', { from: '2025-05-01', to: '2025-05-01' }],
    ['&from=1900-01-01&to=9999-12-31', { from: '1900-01-01', to: '9999-12-31' }],
    ['&from=2024-02-29', { from: '2024-02-29' }],
  ])('%j reach whoever reads it', async (days, period) => {
    expect((await read(days)).status).toBe(200);
    expect(asked.map((question) => question.period)).toEqual([period]);
  });

  it.each<[days: string, code: string]>([
    ['&from=2025-05-02&to=2025-05-01', 'PERIOD_INVALID'],
    ['&from=2025-02-29', 'REQUEST_INVALID'],
    ['&from=0000-01-01', 'REQUEST_INVALID'],
    ['&to=1899-12-31', 'REQUEST_INVALID'],
    ['&to=2025-5-1', 'REQUEST_INVALID'],
    ['&from=2025-05-01T00:00:00Z', 'REQUEST_INVALID'],
    ['&from=', 'REQUEST_INVALID'],
    ['&from=2025-05-01&from=2025-06-01', 'REQUEST_INVALID'],
    ['&until=2025-05-01', 'REQUEST_INVALID'],
  ])('%j are refused at the edge, and nobody is read', async (days, code) => {
    const { status, body } = await read(days);
    expect([status, body.code, asked]).toEqual([400, code, []]);
  });

  it('are what a journey that is too long asks for, by the names the route knows', async () => {
    const { status, body } = await read('', 'payment');
    expect([status, body.code]).toEqual([422, 'JOURNEY_TOO_LONG']);
    expect(body.detail).toContain('`from` and `to`');
    const { body: openapi } = await request(stand.app).get('/openapi.json');
    const { parameters } = openapi.paths['/api/journeys/{recipientPseudonym}'].get;
    expect(parameters.filter(({ in: where }: { in: string }) => where === 'query').map(({ name }: { name: string }) => name)).toEqual([
      ...['project', 'purpose', 'from', 'to'],
    ]);
  });
});

import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { createServer, type HttpApps, type ServerParts } from '../../../src/http/server.ts';
import type { HttpServices, RegisteredClient } from '../../../src/http/services.ts';
import { httpSettingsSchema } from '../../../src/http/settings.ts';
import { issueAccessToken } from '../../../src/http/tokens/access-token.ts';
import { makeSigningKey } from '../../../src/http/tokens/signing-key.ts';
import type { Receipt } from '../../../src/landing/receipt.ts';
import { GatewayError } from '../../../src/shared/errors.ts';

export const baseUrl = 'https://gateway.example.test';
export const audience = `${baseUrl}/oauth/token`;
export const now = new Date('2026-11-21T10:00:00Z');
export const seconds = Math.floor(now.getTime() / 1000);

export const receiptOf = (flow: string, over: Partial<Receipt> = {}): Receipt => ({
  delivery: randomUUID(),
  flow,
  sha256: '0'.repeat(64),
  state: 'landed',
  received: 2,
  landed: 1,
  updated: 0,
  unchanged: 0,
  withheld: { OBJECTION_TYPE1: 1 },
  quarantined: {},
  removed: 0,
  outOfScope: {},
  dropped: {},
  warnings: {},
  linkage: { existing: 0, new: 1 },
  refusals: [],
  problems: 'out/problems.csv',
  started: now.toISOString(),
  finished: now.toISOString(),
  ...over,
});

export const ownFlow = 'sus-apc-suhft';
export const otherFlow = 'gp-patients-f81001';
export const ownProject = 'risk-2026';

export interface Stand extends HttpApps {
  readonly services: HttpServices;
  readonly client: RegisteredClient;
  readonly deliveries: Map<string, Receipt>;
  readonly logLines: string[];
  /** Bytes of every delivery that was read to its end. */
  readonly landed: Buffer[];
  clock: { at: Date };
  signAssertion(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  accessToken(over?: Partial<RegisteredClient>): Promise<string>;
}

export async function keyPair(kid: string, algorithm: 'ES384' | 'RS384' = 'ES384') {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  return { ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid } as JWK };
}

/** A whole server with services in memory: a landing stage that counts bytes, a register of one supplier that is also a project. */
export async function makeStand(over: Partial<HttpServices> = {}, parts: ServerParts = {}, extraKeys: readonly JWK[] = []): Promise<Stand> {
  const { privateKey, jwk } = await keyPair('key-1');
  const client: RegisteredClient = {
    clientId: 'supplier-1',
    organisation: 'RAJ',
    keys: [jwk, ...extraKeys],
    flows: [ownFlow],
    scopes: ['system/*.cu', 'system/Journey.r'],
    projects: [ownProject],
  };
  const deliveries = new Map<string, Receipt>();
  const landed: Buffer[] = [];
  const used = new Set<string>();
  const clock = { at: now };
  const logLines: string[] = [];
  const services: HttpServices = {
    settings: httpSettingsSchema.parse({ publicBaseUrl: baseUrl, tokenRequestsPerMinute: 10_000, clientRequestsPerMinute: 10_000 }),
    clock: { now: () => clock.at },
    log: pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) }),
    signingKey: await makeSigningKey(),
    clients: { find: async (id) => (id === client.clientId ? client : undefined) },
    assertions: {
      claim: async ({ clientId, jti }) => {
        const name = `${clientId} ${jti}`;
        if (used.has(name)) return false;
        used.add(name);
        return true;
      },
    },
    landing: {
      async deliver({ flowId, bytes }) {
        const chunks: Buffer[] = [];
        for await (const chunk of bytes) chunks.push(chunk);
        const body = Buffer.concat(chunks);
        if (body.includes('throw')) throw new TypeError(`cannot read ${body.toString()}`);
        if (body.includes('unreadable')) throw new GatewayError('CSV_UNREADABLE', 'The file is not CSV.');
        const sha256 = createHash('sha256').update(body).digest('hex');
        const first = [...deliveries.values()].find((receipt) => receipt.sha256 === sha256);
        const refused = body.includes('refuse-me') || body.includes('wrong columns');
        const receipt = receiptOf(flowId, {
          sha256,
          ...(first === undefined ? {} : { state: 'duplicate', duplicateOf: first.delivery }),
          ...(refused
            ? {
                state: 'refused',
                sha256: body.includes('refuse-me') ? '' : sha256,
                refusals: [{ code: 'AGREEMENT_EXPIRED', clause: 'Clause 4', message: 'The agreement has run out.' }],
              }
            : {}),
        });
        landed.push(body);
        deliveries.set(receipt.delivery, receipt);
        return receipt;
      },
      find: async (id) => deliveries.get(id),
      async *problems() {
        yield {
          row: 2,
          field: 'NHS NUMBER',
          rule: 'NHS_NUMBER_CHECK_DIGIT',
          severity: 'error',
          guidance: 'Check the number, then "send" again',
        };
      },
    },
    journeys: { read: async ({ recipientPseudonym }) => (recipientPseudonym.startsWith('0') ? undefined : { person: recipientPseudonym }) },
    objections: {
      ...{ record: async () => ({}), explain: async () => ({ json: {}, letter: '' }), report: async () => ({}) },
      ...{ notices: async () => [], readNotice: async () => ['A'], acknowledgeNotice: async () => undefined },
    },
    flows: {
      status: async (ids) =>
        ids.map((flow) => ({ flow, feed: 'sus-apc', agreement: 'a-1', setting: 'hospital', state: 'admitted', refusals: [] })),
    },
    dataUse: { agreements: async () => [] },
    readiness: { check: async () => [{ name: 'database', ready: true }] },
    ...over,
  };
  return {
    ...createServer(services, parts),
    services,
    client,
    deliveries,
    landed,
    logLines,
    clock,
    signAssertion: (claims = {}, header = {}) =>
      new SignJWT({ iss: client.clientId, sub: client.clientId, aud: audience, exp: seconds + 240, jti: randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'key-1', ...header })
        .sign(privateKey),
    accessToken: (change = {}) =>
      issueAccessToken(
        { key: services.signingKey, clock: services.clock, baseUrl },
        { ...client, ...change },
        change.scopes ?? client.scopes,
      ),
  };
}

export const tokenForm = (assertion: string, over: Record<string, string> = {}): string =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...over,
  }).toString();

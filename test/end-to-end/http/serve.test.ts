import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, openApp } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config.ts';
import { transaction } from '../../../src/database/query.ts';
import { serve } from '../../../src/http/command.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { keyPair, receiptOf, tokenForm } from '../../unit/http/stand.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

let databases: TestDatabases;
let app: App;
let home: string;
let base: string;
let metricsPort: number;
let serving: Promise<void>;
let key: Awaited<ReturnType<typeof keyPair>>;
const delivered: string[] = [];
let projectClient: { readonly clientId: string; readonly projects: readonly string[] };

beforeAll(async () => {
  databases = await testDatabases();
  home = mkdtempSync(join(tmpdir(), 'haven-serve-'));
  const config = loadConfig(
    {
      HAVEN_HOME: home,
      HAVEN_SECRETS: databases.servers.secrets,
      HAVEN_DATABASE_URL: databases.servers.haven,
      HAVEN_VAULT_URL: databases.servers.vault,
    },
    home,
  );
  app = await openApp({ config, clock: systemClock, log: createLogger('silent') });
  key = await keyPair('serve-test');
  const documents = await readRegisterFiles(join(packageRoot(), 'config', 'register'));
  const found = documents.flatMap(({ clients }) => clients).find(({ projects }) => projects.includes('icb-population-health'));
  if (found === undefined) throw new Error('the example register has no client of a project');
  projectClient = found;
  const withKey = documents.map((document) => ({
    ...document,
    clients: document.clients.map((client) => ({ ...client, jwks: { keys: [key.jwk as never] } })),
  }));
  await transaction(app.gateway, (tx) => applyRegister(tx, withKey, { actor: 'test', clock: systemClock }));
  const [port, other] = [await freePort(), await freePort()];
  metricsPort = other;
  base = `http://localhost:${port}`;
  const blackBox = {
    deliver: async (_app: App, { flowId, bytes }: { flowId: string; bytes: AsyncIterable<Buffer> }) => {
      let size = 0;
      for await (const chunk of bytes) size += chunk.length;
      delivered.push(`${flowId} ${size}`);
      return receiptOf(flowId);
    },
    ping: async () => 'here',
  };
  const started = new Promise<void>((resolve) => {
    serving = serve(app, { port, metricsPort: other }, blackBox, { json: false, print: () => {}, progress: () => resolve() });
    serving.catch(() => resolve());
  });
  await started;
});
afterAll(async () => {
  await app.close();
  await databases.close();
  rmSync(home, { recursive: true, force: true });
});

const seconds = () => Math.floor(Date.now() / 1000);

async function tokenFor(client: string): Promise<string> {
  const assertion = await new SignJWT({ iss: client, sub: client, aud: `${base}/oauth/token`, exp: seconds() + 120, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', kid: 'serve-test' })
    .sign(key.privateKey);
  const answer = await fetch(`${base}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: tokenForm(assertion),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe('haven serve', () => {
  it('is ready, and keeps its signing key to itself', async () => {
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    expect(statSync(join(home, 'keys', 'token-signing.key')).mode & 0o777).toBe(0o600);
  });

  it('gives a registered supplier a token and takes its delivery', async () => {
    const token = await tokenFor('council');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/csv' };
    const landed = await fetch(`${base}/api/deliveries?flow=asc-cld-southend`, { method: 'POST', headers, body: 'a,b\n1,2\n' });
    expect(landed.status).toBe(201);
    expect(delivered).toEqual(['asc-cld-southend 8']);
    const foreign = await fetch(`${base}/api/deliveries?flow=sus-apc-suhft`, { method: 'POST', headers, body: 'a,b\n1,2\n' });
    expect(foreign.status).toBe(403);
    const flows = (await (await fetch(`${base}/api/flows`, { headers })).json()) as { flows: { flow: string; state: string }[] };
    expect(flows.flows.map(({ flow }) => flow)).toEqual(['asc-cld-southend']);
  });

  it('reads journeys for the client of a project, for its own project and licensed purposes only', async () => {
    const read = async (query: string, token: string) => {
      const answer = await fetch(`${base}/api/journeys/${'A'.repeat(32)}?${query}`, { headers: { authorization: `Bearer ${token}` } });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    const token = await tokenFor(projectClient.clientId);
    const [project] = projectClient.projects;
    // Nobody has been linked yet: the answer for a licensed question is that there is nobody.
    expect(await read(`project=${project}&purpose=commissioning`, token)).toEqual([404, 'JOURNEY_UNKNOWN']);
    expect(await read(`project=${project}&purpose=direct-care`, token)).toEqual([403, 'PROJECT_NOT_LICENSED']);
    expect(await read('project=council-analysis&purpose=commissioning', token)).toEqual([403, 'PROJECT_NOT_PERMITTED']);
    expect(await read(`project=${project}&purpose=anything`, token)).toEqual([400, 'REQUEST_INVALID']);
    expect(await read(`project=${project}&purpose=commissioning`, await tokenFor('council'))).toEqual([403, 'SCOPE_MISSING']);
  });

  it('shows the public what data are used for', async () => {
    const page = await fetch(`${base}/`);
    expect(new URL(page.url).pathname).toBe('/data-use');
    expect(page.headers.get('content-security-policy')).not.toContain('script');
    const text = await page.text();
    expect(text).toContain('How to say no');
    expect(text).not.toContain('<script');
  });

  it('keeps metrics on the other port', async () => {
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
    expect(await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()).toContain('haven_http_requests_total');
  });

  it('says its last word to the log when it may not listen', async () => {
    const said = { json: false, print: () => {}, progress: () => {} };
    const blackBox = { deliver: () => Promise.reject(new Error('not asked')), ping: async () => 'here' };
    for (const ports of [
      { port: await freePort(), metricsPort },
      { port: Number(new URL(base).port), metricsPort: await freePort() },
    ])
      await expect(serve(app, ports, blackBox, said)).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE', exit: 69 });
    const { rows } = await databases.administrator('haven').query(
      `select count(*) filter (where type = 'gateway.started')::int as started, count(*) filter (where type = 'gateway.stopped')::int as stopped
         from (select convert_from(leaf, 'UTF8')::json ->> 'type' as type from audit.entry) said`,
    );
    expect(rows).toEqual([{ started: 3, stopped: 2 }]);
  });

  it('stops when the application is closed, and lets go of the ports', async () => {
    await app.close();
    await serving;
    await expect(fetch(`${base}/healthz`)).rejects.toThrow();
  });
});

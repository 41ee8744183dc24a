import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { transaction } from '../../../src/database/query.ts';
import { applyRegister } from '../../../src/register/apply.ts';
import { loadRegister } from '../../../src/register/load.ts';
import { buildReturn } from '../../../src/returns/build.ts';
import { loadThresholds } from '../../../src/returns/load.ts';
import { addProbeCommands } from '../../../src/returns/probes/command.ts';
import { probeEndpoint } from '../../../src/returns/probes/probe.ts';
import { probeEndpoints } from '../../../src/returns/probes/probe-endpoints.ts';
import { reach } from '../../../src/returns/probes/reach.ts';
import { answersOf } from '../../../src/returns/return.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { openEndpoint, smallPlace } from '../../fixtures/returns/register.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';

const config = join(packageRoot(), 'config');
const limits = { timeoutSeconds: 1, maxBytes: 20_000, allowedNetworks: ['127.0.0.0/8'] };
const statement = { resourceType: 'CapabilityStatement', status: 'active', fhirVersion: '4.0.1', kind: 'instance', rest: [] };

let server: Server;
let base: string;
let asked: string[] = [];
const pages: Record<string, RequestListener> = {
  '/fhir/metadata': (_, response) => response.end(JSON.stringify(statement)),
  '/stu3/metadata': (_, response) => response.end(JSON.stringify({ ...statement, fhirVersion: '3.0.2' })),
  '/retired': (_, response) => response.end(JSON.stringify({ ...statement, status: 'retired' })),
  '/outcome': (_, response) => response.end(JSON.stringify({ resourceType: 'OperationOutcome' })),
  '/page': (_, response) => response.end('<html>Sign in</html>'),
  '/secret': (_, response) => void response.writeHead(401).end(JSON.stringify(statement)),
  '/moved': (_, response) => void response.writeHead(302, { location: '/fhir/metadata' }).end(),
  '/large': (_, response) => response.end(JSON.stringify({ ...statement, text: 'x'.repeat(30_000) })),
  '/endless': (_, response) => {
    const more = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(more));
  },
  '/silent': () => undefined,
  '/cut': (_, response) => {
    response.write('{"resourceType":');
    setTimeout(() => response.destroy(), 20);
  },
};

let db: TestDatabases;
beforeAll(async () => {
  db = await testDatabases();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    (pages[request.url ?? ''] ?? ((_, other) => void other.writeHead(404).end()))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  process.exitCode = 0;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await db.close();
});

describe('a question for a capability statement', () => {
  it.each([
    ['/fhir/metadata', 'fhir-r4', 'answered', null],
    ['/stu3/metadata', 'gp-connect', 'answered', null],
    ['/stu3/metadata', 'fhir-r4', 'not-a-capability-statement', 'PROBE_OTHER_FHIR_VERSION'],
    ['/retired', 'fhir-r4', 'refused', 'PROBE_STATEMENT_RETIRED'],
    ['/outcome', 'fhir-r4', 'not-a-capability-statement', 'PROBE_NOT_A_CAPABILITY_STATEMENT'],
    ['/page', 'fhir-r4', 'not-a-capability-statement', 'PROBE_NOT_JSON'],
    ['/secret', 'fhir-r4', 'refused', 'PROBE_STATUS'],
    ['/gone', 'fhir-r4', 'refused', 'PROBE_STATUS'],
    ['/large', 'fhir-r4', 'not-a-capability-statement', 'PROBE_TOO_LARGE'],
    ['/endless', 'fhir-r4', 'unreachable', 'PROBE_TIMED_OUT'],
    ['/silent', 'fhir-r4', 'unreachable', 'PROBE_TIMED_OUT'],
    ['/cut', 'fhir-r4', 'unreachable', 'PROBE_NO_CONNECTION'],
  ] as const)('%s of %s: %s', async (path, standard, outcome, reason) => {
    expect(await probeEndpoint(`${base}${path}`, standard, limits)).toMatchObject({ outcome, reason });
  });

  it('follows no redirect', async () => {
    asked = [];
    expect(await probeEndpoint(`${base}/moved`, 'fhir-r4', limits)).toMatchObject({
      outcome: 'refused',
      reason: 'PROBE_REDIRECTED',
      httpStatus: 302,
    });
    expect(asked).toEqual(['/moved']);
  });

  it('goes nowhere but to public addresses, unless a network was allowed by name', async () => {
    asked = [];
    const { port } = server.address() as AddressInfo;
    for (const address of [
      `http://127.0.0.1:${port}/fhir/metadata`,
      `http://localhost:${port}/fhir/metadata`,
      `http://[::ffff:127.0.0.1]:${port}/fhir/metadata`,
      `http://0x7f.1:${port}/fhir/metadata`,
      `https://169.254.169.254/latest/meta-data`,
      `https://10.0.0.1/metadata`,
      `https://[fd00::1]/metadata`,
      `https://[fec0::1]/metadata`,
      `https://[::7f00:1]/metadata`,
      `https://[64:ff9b::a00:1]/metadata`,
      `https://[5f00::1]/metadata`,
      `https://user:password@fhir.example.org/metadata`,
    ]) {
      const found = await probeEndpoint(address, 'fhir-r4', { ...limits, allowedNetworks: [] });
      expect(found, address).toMatchObject({ outcome: 'not-allowed', reason: 'PROBE_ADDRESS_NOT_ALLOWED' });
    }
    // Allowed networks are judged by what the address is, not by how it is written; plain http stays on this machine.
    expect(await probeEndpoint('http://10.0.0.1/metadata', 'fhir-r4', { ...limits, allowedNetworks: ['10.0.0.0/8'] })).toMatchObject({
      outcome: 'not-allowed',
      reason: 'PROBE_NOT_HTTPS',
    });
    expect(await probeEndpoint(`ftp://127.0.0.1:${port}/`, 'fhir-r4', limits)).toMatchObject({
      outcome: 'not-allowed',
      reason: 'PROBE_NOT_HTTPS',
    });
    expect(asked).toEqual([]);
  });

  it('connects to the address that was judged, whatever the name says a moment later', async () => {
    expect(await reach('https://8.8.8.8/metadata', [])).toMatchObject({ address: '8.8.8.8', family: 4 });
    expect(await reach('https://[2a00:1450:4009::1]/metadata', [])).toMatchObject({ family: 6 });
    await expect(reach('https://name-that-nobody-has.invalid/metadata', [])).rejects.toMatchObject({ code: 'PROBE_NAME_UNKNOWN' });
  });

  it('takes no certificate that cannot be checked, and no plain answer for a sealed one', async () => {
    expect(await probeEndpoint(base.replace('http:', 'https:'), 'fhir-r4', limits)).toMatchObject({ outcome: 'unreachable' });
  });
});

describe('the endpoints of the register', () => {
  it('are asked, dated and kept as facts, and a return calls live what answered in time', async () => {
    const pool = db.pool('haven_gateway');
    const place = smallPlace([], {
      gp: [openEndpoint('gp-api', { capabilityStatement: `${base}/fhir/metadata` })],
      hospital: [openEndpoint('acute-api', { capabilityStatement: `${base}/secret` })],
      community: [openEndpoint('community-api')],
      'social-care': [openEndpoint('council-api', { capabilityStatement: `${base}/fhir/metadata`, liveTo: '2026-01-01' as LocalDate })],
    });
    const noon = (day: string) => ({ now: () => new Date(`${day}T12:00:00Z`) });
    await transaction(pool, (tx) => applyRegister(tx, [place], { actor: 'test', clock: noon('2026-10-01') }));
    const register = await loadRegister(pool);
    const thresholds = await loadThresholds(config);
    const probing = { ...thresholds.endpointProbe, ...limits };
    const probed = await probeEndpoints({ gateway: pool, clock: noon('2026-10-20'), actor: 'test' }, register, probing);
    expect(probed.map(({ endpoint, outcome }) => [endpoint, outcome])).toEqual([
      ['acute-api', 'refused'],
      ['gp-api', 'answered'],
    ]);
    const { rows } = await pool.query(
      'select endpoint_id, outcome, reason, http_status, fhir_version, statement_status from returns.endpoint_probe order by 1',
    );
    expect(rows).toEqual([
      {
        endpoint_id: 'acute-api',
        outcome: 'refused',
        reason: 'PROBE_STATUS',
        http_status: 401,
        fhir_version: null,
        statement_status: null,
      },
      { endpoint_id: 'gp-api', outcome: 'answered', reason: null, http_status: 200, fhir_version: '4.0.1', statement_status: 'active' },
    ]);
    const statusOn = async (at: string) => {
      const request = {
        config,
        template: 'bcf-2016-17-q2',
        place: 'southend-on-sea',
        at: at as LocalDate,
        period: { from: '2026-10-01', to: '2026-12-31' },
      };
      const cells = answersOf(await buildReturn(pool, request));
      return ['gp', 'hospital', 'community'].map((setting) => cells.get(`am.open-api.status.${setting}`)?.evidence?.observed);
    };
    expect(await statusOn('2026-10-27')).toEqual(['Live', 'Installed (not live)', 'Installed (not live)']);
    expect(await statusOn('2026-10-28')).toEqual(['Installed (not live)', 'Installed (not live)', 'Installed (not live)']);
    // What was asked later is no evidence for an earlier day.
    expect(await statusOn('2026-10-19')).toEqual(['Installed (not live)', 'Installed (not live)', 'Installed (not live)']);
    await expect(pool.query(`update returns.endpoint_probe set outcome = 'answered'`)).rejects.toMatchObject({ code: '42501' });
  });

  it('are asked from the command line, which goes nowhere it is not allowed to', async () => {
    asked = [];
    const pool = db.pool('haven_gateway');
    const printed: string[] = [];
    const clock = { now: () => new Date('2026-10-21T12:00:00Z') };
    const app = { gateway: pool, clock, config: { configDirectory: config }, register: () => loadRegister(pool) } as unknown as App;
    const program = new Command('haven').exitOverride();
    const out = createOutput(() => false, { result: { write: (text) => printed.push(text) }, progress: { write: () => true } });
    addProbeCommands(program, async () => app, out);
    await program.parseAsync(['probe'], { from: 'user' });
    expect(printed.join('')).toContain('PROBE_ADDRESS_NOT_ALLOWED');
    expect(process.exitCode).toBe(1);
    expect(asked).toEqual([]);
  });
});

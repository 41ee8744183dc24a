import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/shared/package-root.ts';
import { csv, nhsNumber } from '../support/box.ts';
import { episode } from '../support/rows.ts';
import { type SignIn, startSignIn } from '../support/sign-in.ts';
import { freePort } from './support/client.ts';
import { dumpDatabase } from './support/dump.ts';
import { type Running, World } from './support/program.ts';

/** A person asks what is held about them: the compiled program, its black box and its re-identifier, as an IG lead uses them. */
const world = new World();
const person = nhsNumber(1);
const decision = 'Passport seen at the civic centre on 12 November; signed request on file.';
let adminUrl: string;
let signIn: SignIn;

beforeAll(async () => {
  expect(await world.run(['keys', 'init'])).toMatchObject({ code: 0 });
  adminUrl = await world.keepDatabase();
  expect(await world.run(['register', 'apply', join(packageRoot(), 'config', 'register')])).toMatchObject({ code: 0 });
  const file = join(world.root, 'episodes.csv');
  writeFileSync(file, csv([episode(1, 'S1'), episode(2, 'S2')]));
  expect(await world.run(['deliver', '--flow', 'sus-apc-southend', file])).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await signIn?.close();
  await world.remove();
});

const request = (as: string, input: string, text = decision) =>
  world.run(['--json', 'subject-access', 'request', '--nhs-number-stdin', '--as', as, '--decision', text, '--out', 'answers'], { input });

describe('haven subject-access', () => {
  it('writes everything held, for the owner alone, and says the number nowhere else', async () => {
    const { code, stdout, stderr } = await request('southend-ig-lead', `${person}\n`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { events, files } = JSON.parse(stdout) as { events: number; files: string[] };
    expect(events).toBe(1);
    for (const file of files) {
      expect(statSync(join(world.root, file)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(world.root, file), 'utf8')).toContain(person);
    }
    expect(stdout).not.toContain(person);
    expect((await dumpDatabase(adminUrl, 'haven')).text).not.toContain(person);
    expect((await dumpDatabase(adminUrl, 'haven_vault')).text).not.toContain(person);
  });

  it('is the only way to an identity: no command opens one by itself, and none takes a number as an argument', async () => {
    expect((await world.run(['identity', 'resolve'])).code).toBe(2);
    const { code } = await world.run(['subject-access', 'request', '--nhs-number', person]);
    expect(code).toBe(2);
  });
});

describe('POST /api/subject-access', () => {
  let gateway: Running;
  let base: string;
  beforeAll(async () => {
    const port = await freePort();
    base = `http://localhost:${port}`;
    signIn = await startSignIn(new Date(), base);
    gateway = world.start(['serve', '--port', String(port), '--metrics-port', String(await freePort())], {
      environment: { HAVEN_OIDC_ISSUER: signIn.issuer, HAVEN_OIDC_AUDIENCE: base },
    });
    await gateway.says('listening');
  });
  afterAll(async () => {
    gateway.child.kill('SIGTERM');
    await gateway.ended;
  });

  const post = async (subject: string, accept = 'application/json') => {
    const answer = await fetch(`${base}/api/subject-access?place=southend-on-sea`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await signIn.token(subject)}`, 'content-type': 'application/json', accept },
      body: JSON.stringify({ nhsNumber: person, decision }),
    });
    return { status: answer.status, text: await answer.text() };
  };

  it('answers an IG lead who signed in at their organisation, as JSON and as a page', async () => {
    const { status, text } = await post('example|southend-ig-deputy');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      decidedBy: 'southend-ig-deputy',
      identity: [{ nhsNumber: person }],
      flows: [{ flow: 'sus-apc-southend' }],
    });
    const page = await post('example|southend-ig-deputy', 'text/html');
    expect(page.text).toContain('<h1>What is held about you</h1>');
  });

  it('refuses an analyst with every reason, and logs no number', async () => {
    expect(await post('example|southend-icb-analyst')).toMatchObject({ status: 403, text: expect.stringContaining('SEAT_ABSENT') });
    expect(`${gateway.stdout}${gateway.stderr}`).not.toContain(person);
  });
});

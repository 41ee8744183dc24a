import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPayloadSealer } from '../../../src/audit/sealed.ts';
import { findSubject } from '../../../src/blackbox/find-subject.ts';
import { deriveKey } from '../../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../../src/blackbox/nhs-number.ts';
import { landingPseudonymiser, recipientPseudonymiser } from '../../../src/blackbox/pseudonymise.ts';
import { transaction } from '../../../src/database/query.ts';
import { connectReidentifier, type ReidentifierConnection } from '../../../src/reidentification/connection.ts';
import type { OpeningDecision } from '../../../src/reidentification/decision.ts';
import { openForDecision, openingsPerHour } from '../../../src/reidentification/open-for-decision.ts';
import { readOpeningKey } from '../../../src/reidentification/opening-key.ts';
import { serveReidentifier } from '../../../src/reidentification/serve.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { answerPage } from '../../../src/subject-access/html.ts';
import { answerSubjectAccess, requestsPerHour, type SubjectAccessParts } from '../../../src/subject-access/request.ts';
import { writeAnswer } from '../../../src/subject-access/write-files.ts';
import { csv, nhsNumber, openTestBox, type TestBox } from '../../support/box.ts';
import { careEvent, episode, registration } from '../../support/rows.ts';

const decision = 'Passport and council tax bill seen at the civic centre; signed request of 12 November.';
const token = 'a'.repeat(64);
const clock = { now: () => new Date('2026-11-21T12:00:00Z') };

let box: TestBox;
let parts: SubjectAccessParts;
let reidentifier: ReidentifierConnection;
let server: Server;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haven-subject-'));
  box = await openTestBox();
  const key = await readOpeningKey(box.keys);
  const vault = box.databases.pool('haven_reidentifier');
  server = serveReidentifier({
    token,
    log: createLogger('fatal'),
    open: (asked) => openForDecision(vault, key, asked),
    ping: async () => undefined,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  await writeFile(join(folder, 'token'), token);
  reidentifier = await connectReidentifier(`http://127.0.0.1:${address.port}`, join(folder, 'token'));
  parts = {
    sealer: createPayloadSealer(box.keys),
    gateway: box.databases.pool('haven_gateway'),
    clock,
    findSubject: (bytes) => findSubject(box.box, bytes),
    openIdentity: async ({ landingPseudonyms, ...asked }) =>
      (await reidentifier.open({ ...asked, purpose: 'subject-access', role: 'ig-lead', landingPseudonyms: [...landingPseudonyms] }))
        .identities,
  };
  await box.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2')]));
  await box.deliver('gp-patients-f81001', csv([registration(1)]));
  await box.deliver('asc-cld-southend', csv([careEvent(1, 'R1')]));
  await box.object('programme', `nhs_number\n${nhsNumber(3)}\n`);
});
afterAll(async () => {
  server.close();
  await box.close();
  await rm(folder, { recursive: true, force: true });
});

async function* body(nhs: string, text = decision): AsyncIterable<Buffer> {
  yield Buffer.from(JSON.stringify({ nhsNumber: nhs, decision: text }));
}
const ask = (nhs: string, person = 'southend-ig-lead', text = decision) => answerSubjectAccess(parts, { person, bytes: body(nhs, text) });
const leaves = async () =>
  (await box.admin.query<{ leaf: Buffer }>('select leaf from audit.entry order by entry_id')).rows.map(({ leaf }) => leaf.toString('utf8'));

describe('a person asks what is held about them', () => {
  it('is shown everything, by flow, with basis, agreement and retention, and nothing of anybody else', async () => {
    const answer = await ask(nhsNumber(1));
    expect(answer.identity).toEqual([{ nhsNumber: nhsNumber(1) }]);
    expect(answer.flows.map(({ flow }) => flow)).toEqual(['asc-cld-southend', 'gp-patients-f81001', 'sus-apc-southend']);
    for (const flow of answer.flows) {
      expect(flow.agreement).toMatchObject({
        legalBasis: { clause: expect.any(String), state: 'in-force' },
        controllers: expect.any(Array),
      });
      expect(flow.sender).not.toBeNull();
    }
    expect(answer.flows[2]?.events).toEqual([expect.objectContaining({ codes: expect.arrayContaining(['icd10:I219']) })]);
    expect(answer.linkage).toMatchObject({ grade: 'verified', numbers: 1 });
    const text = JSON.stringify(answer);
    expect(text).not.toContain(nhsNumber(2));
    expect(text).not.toMatch(/"(person_id|source_key|landing_pseudonym)"/);
  });

  it('leaves request and answer on record, with the digest of the very file, and the number nowhere', async () => {
    const answer = await ask(` ${nhsNumber(1).slice(0, 3)} ${nhsNumber(1).slice(3)} `);
    const files = await writeAnswer(join(folder, 'out'), answer);
    expect(await Promise.all(files.map(async (file) => (await stat(file)).mode & 0o777))).toEqual([0o600, 0o600]);
    expect((await stat(join(folder, 'out'))).mode & 0o777).toBe(0o700);
    const sha256 = createHash('sha256')
      .update(await readFile(files[0] ?? ''))
      .digest('hex');
    const { rows } = await box.admin.query(
      `select requested_by, outcome, encode(answer_sha256, 'hex') as sha256 from subject_access.request where request_id = $1`,
      [answer.request],
    );
    expect(rows).toEqual([{ requested_by: 'southend-ig-lead', outcome: 'answered', sha256 }]);
    const written = await leaves();
    expect(written.slice(-3).map((leaf) => JSON.parse(leaf).type)).toEqual([
      'access.decided',
      'subject-access.decided',
      'subject-access.answered',
    ]);
    expect(written.join('\n')).not.toContain(nhsNumber(1));
    const known = await box.admin.query<{ landing_pseudonym: string }>('select landing_pseudonym from linkage.pseudonym');
    for (const { landing_pseudonym } of known.rows) expect(written.join('\n')).not.toContain(landing_pseudonym);
    const { rows: openings } = await box.vault.query('select decided_by from vault.opening where decision_id = $1', [answer.request]);
    expect(openings).toEqual([{ decided_by: 'southend-ig-lead' }]);
  });

  it('is told who looked, the answer before among them', async () => {
    const answer = await ask(nhsNumber(1), 'southend-ig-deputy');
    expect(answer.looked.map(({ what, who }) => `${what} ${who}`)).toContain('subject-access.answered southend-ig-lead');
  });

  it('is told which projects know them, by which scores, and who read their journey there', async () => {
    const { rows } = await box.admin.query<{ person_id: number }>(
      `select person_id from environment.event join register.flow f using (flow_no) where f.flow_id = 'gp-patients-f81001' limit 1`,
    );
    const person = rows[0]?.person_id;
    const pseudonym = 'B'.repeat(32);
    await box.admin.query(
      `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id) values ('icb-population-health', 1, $1, $2)`,
      [pseudonym, person],
    );
    const read = { project: 'icb-population-health', purpose: 'commissioning' };
    for (const [actor, holder] of [
      ['southend-icb-analyst', pseudonym],
      ['another', 'C'.repeat(32)],
    ] as const) {
      const leaf = { type: 'journey.read', actor, detail: read, holder, sealed: { recipientPseudonym: holder } };
      await transaction(parts.gateway, (tx) => parts.sealer.record(tx, leaf, clock));
    }
    await box.admin.query(
      `with run as (
         insert into risk.run values (gen_random_uuid(), 'hfrs', '1', 'risk-stratification-commissioning', '2026-10-01', 'southend-on-sea', 'two years',
           'everybody', '{}', '{}', now(), now(), 1, 0, sha256('')) returning run_id)
       insert into risk.score select run_id, $1, 57, 'intermediate', 'medium', 1, '{I21}' from run`,
      [person],
    );
    const answer = await ask(nhsNumber(1), 'southend-ig-deputy');
    expect(answer.projects).toEqual([
      expect.objectContaining({ project: 'icb-population-health', organisation: expect.stringContaining('NHS') }),
    ]);
    expect(answer.looked.filter(({ what }) => what === 'journey.read')).toEqual([
      expect.objectContaining({ who: 'southend-icb-analyst', ...read }),
    ]);
    expect(answer.scores).toEqual([expect.objectContaining({ model: 'hfrs', score: 5.7, tier: 'medium', reasons: ['I21'] })]);
    expect(JSON.stringify(answer)).not.toContain(pseudonym);
  });

  it('is told who looked before they objected, although no project knows them any more', async () => {
    const project = 'icb-population-health';
    await box.deliver('sus-apc-southend', csv([episode(1, 'S1'), episode(2, 'S2'), episode(6, 'S6')]));
    const landing = landingPseudonymiser(deriveKey(box.box.rootKey, 'landing', box.box.landingEpoch))(nhsNumber(6) as NhsNumber);
    const pseudonym = recipientPseudonymiser(deriveKey(box.box.rootKey, `recipient:${project}`, 1))(landing);
    await box.admin.query(
      `insert into environment.recipient_pseudonym (project_id, epoch, recipient_pseudonym, person_id)
       select $1, 1, $2, person_id from linkage.pseudonym where landing_pseudonym = $3`,
      [project, pseudonym, landing],
    );
    const detail = { project, purpose: 'commissioning' };
    const leaf = {
      type: 'journey.read',
      actor: 'southend-icb-analyst',
      detail,
      holder: pseudonym,
      sealed: { recipientPseudonym: pseudonym },
    };
    await transaction(parts.gateway, (tx) => parts.sealer.record(tx, leaf, clock));
    await box.object('programme', `nhs_number\n${nhsNumber(6)}\n`);
    const answer = await ask(nhsNumber(6), 'southend-ig-deputy');
    expect(answer).toMatchObject({ flows: [], projects: [], projectsBefore: [{ project }] });
    expect(answer.looked).toContainEqual(expect.objectContaining({ what: 'journey.read', who: 'southend-icb-analyst', ...detail }));
    expect(JSON.stringify(answer)).not.toContain(pseudonym);
  });

  it('is told what the national check was asked about them, and what it said', async () => {
    await box.admin.query(
      `with exchange as (
         insert into ndop.exchange values (gen_random_uuid(), default, 'commissioning', '16/CAG/0001', 'southend-ig-lead', now()) returning exchange_id
       ), request as (
         insert into ndop.request (exchange_id, part, local_id, mailbox, line_ending, path, asked, state, sha256, prepared_at, response_sha256,
           answered_at, returned, opted_out)
         select exchange_id, 1, 'BOX-21112026-0001', 'BOX', 'LF', '/', 2, 'answered', repeat('a', 64), now(), repeat('b', 64),
           '2026-11-21T09:00:00Z', 1, 1 from exchange returning request_no
       ), asked as (
         insert into ndop.asked select request_no, landing_pseudonym from request, linkage.pseudonym returning request_no, landing_pseudonym
       ) select`,
    );
    const { rows } = await box.admin.query<{ asked: string }>(
      `select landing_pseudonym as asked from linkage.pseudonym where person_id in (
         select person_id from environment.event join register.flow f using (flow_no) where f.flow_id = 'gp-patients-f81001')`,
    );
    await box.admin.query('insert into ndop.opted_out select request_no, landing_pseudonym from ndop.asked where landing_pseudonym = $1', [
      rows[0]?.asked,
    ]);
    const said = { request: 'BOX-21112026-0001', purpose: 'commissioning', approval: '16/CAG/0001', answeredOn: '2026-11-21' };
    const answer = await ask(nhsNumber(1), 'southend-ig-deputy');
    expect(answer.nationalChecks).toEqual([expect.objectContaining({ ...said, optedOut: true })]);
    expect(answerPage(answer)).toContain('BOX-21112026-0001');
    expect((await ask(nhsNumber(2), 'southend-ig-deputy')).nationalChecks).toEqual([expect.objectContaining({ ...said, optedOut: false })]);
  });

  it('reads it in plain English, with everything from the data escaped', async () => {
    const answer = await ask(nhsNumber(1), 'southend-ig-deputy');
    const page = answerPage({ ...answer, decision: '<script>alert(1)</script>' });
    expect(page).toContain('What is held about you');
    expect(page).toContain(nhsNumber(1));
    expect(page).not.toContain('<script');
    for (const note of answer.notes) expect(page).toContain(note.slice(0, 30));
  });

  it('is told so when nothing was landed, and of the objection that is held', async () => {
    const answer = await ask(nhsNumber(3), 'southend-ig-deputy');
    expect(answer).toMatchObject({ identity: [], flows: [], person: null, objections: [{ kind: 'programme' }] });
    expect(answerPage(answer)).toContain('No record about you is held here');
    expect(await ask(nhsNumber(4), 'southend-ig-deputy')).toMatchObject({ flows: [], objections: [] });
  });
});

describe('nobody else is answered', () => {
  it.each(['southend-icb-analyst', 'southend-operator', 'southend-auditor', 'southend-gp', 'nobody'])('%s', async (person) => {
    const openings = await box.vault.query('select from vault.opening');
    await expect(ask(nhsNumber(1), person)).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
    expect((await box.vault.query('select from vault.opening')).rowCount).toBe(openings.rowCount);
  });

  it.each([
    ['too short', 'seen'],
    ['with an NHS number in it', `Passport seen, the number is ${nhsNumber(1)} as given`],
    ['with a spaced number in it', 'Passport seen, the number is 999 000 0018 as given'],
  ])('for a decision %s', async (_what, text) => {
    await expect(ask(nhsNumber(1), 'southend-ig-deputy', text)).rejects.toMatchObject({ code: 'DECISION_UNUSABLE' });
  });

  it.each(['1234567890', '', '9'.repeat(10)])('for what is not a usable number (%s), which is not repeated', async (nhs) => {
    const error = await ask(nhs, 'southend-ig-deputy').catch((thrown: Error & { code: string }) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^NHS_NUMBER_/) });
    expect(JSON.stringify(error)).not.toContain(nhs === '' ? nhsNumber(1) : nhs);
  });

  it('twice for one decision, by another role, without the token, or in bulk', async () => {
    const opening: OpeningDecision = {
      decisionId: '6f1b7a2e-8f5f-4a53-9f0f-0d9f1f5b6a11',
      purpose: 'subject-access',
      role: 'ig-lead',
      decidedBy: 'southend-ig-lead',
      landingPseudonyms: ['A'.repeat(32)],
    };
    expect(await reidentifier.open(opening)).toEqual({ identities: [] });
    await expect(reidentifier.open(opening)).rejects.toMatchObject({ code: 'DECISION_USED' });
    await expect(reidentifier.open({ ...opening, role: 'super-user' as 'ig-lead' })).rejects.toMatchObject({ code: 'NO_DECISION' });
    const { port } = server.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/open`, { method: 'POST', body: JSON.stringify(opening) });
    expect(answer.status).toBe(403);
    await box.vault.query(
      `insert into vault.opening (decision_id, purpose, decided_by, landing_pseudonyms)
       select gen_random_uuid(), 'subject-access', 'test', array[$1] from generate_series(1, $2)`,
      ['A'.repeat(32), openingsPerHour],
    );
    await expect(reidentifier.open({ ...opening, decisionId: '6f1b7a2e-8f5f-4a53-9f0f-0d9f1f5b6a12' })).rejects.toMatchObject({
      code: 'TOO_MANY_OPENINGS',
    });
  });

  it('faster than people decide', async () => {
    const tries = await Promise.allSettled(Array.from({ length: requestsPerHour + 1 }, () => ask(nhsNumber(4))));
    expect(tries.some((one) => one.status === 'rejected' && one.reason.code === 'TOO_MANY_SUBJECT_REQUESTS')).toBe(true);
  });
});

describe('the record of openings', () => {
  it('cannot be changed, not even by the re-identifier', async () => {
    for (const sql of ['delete from vault.opening', `update vault.opening set decided_by = 'another'`])
      await expect(box.databases.pool('haven_reidentifier').query(sql)).rejects.toMatchObject({ code: '42501' });
    await expect(box.vault.query('delete from vault.opening')).rejects.toMatchObject({ code: '42501' });
  });

  it('is not the black box to read, nor the gateway', async () => {
    await expect(box.databases.pool('haven_sealer').query('select from vault.opening')).rejects.toMatchObject({ code: '42501' });
  });
});

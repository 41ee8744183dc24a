import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { transaction } from '../../../src/database/query.ts';
import { createPeople } from '../../../src/http/people.ts';
import { buildReturn } from '../../../src/returns/build.ts';
import { addReturnsCommands } from '../../../src/returns/command.ts';
import type { ReturnsDesk } from '../../../src/returns/lifecycle/desk.ts';
import { compareWithSigned } from '../../../src/returns/lifecycle/sent-file.ts';
import { digestOf, saveReturn } from '../../../src/returns/save.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';
import { createOutput } from '../../../src/shared/output.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { config, key, openDesk, people, prepare, reviewAll, sign } from '../../support/return-lifecycle.ts';
import { type SignIn, startSignIn } from '../../support/sign-in.ts';
import { baseUrl, makeStand, type Stand } from '../../unit/http/stand.ts';

let db: TestDatabases;
let desk: ReturnsDesk;
let now = new Date('2016-11-20T12:00:00Z');
const clock = { now: () => now };
const gateway = () => db.pool('haven_gateway');
const [author, reviewer, chair] = [people.author, people.reviewer, people.chair];

beforeAll(async () => {
  db = await testDatabases();
  desk = await openDesk(gateway(), clock);
});
afterAll(() => db.close());

const declare = (answers: Record<string, string | number | null>, by: string = author) =>
  desk.declare(key, { answers, by, source: 'Interface' });

async function leaves(type: string): Promise<{ actor: string; subject: string; detail: Record<string, unknown> }[]> {
  const { rows } = await db
    .administrator('haven')
    .query<{ leaf: string }>(`select convert_from(leaf, 'UTF8') as leaf from audit.entry order by entry_id`);
  return rows.map(({ leaf }) => JSON.parse(leaf)).filter((leaf) => leaf.type === type);
}

describe('a return before anybody has signed it', () => {
  it('is not there until it is built, and a rehearsal does not make it', async () => {
    await expect(desk.status(key)).rejects.toMatchObject({ code: 'RETURN_UNKNOWN', status: 404 });
    const rehearsal = await buildReturn(gateway(), {
      ...{ config, template: key.template, place: key.place, at: '2016-11-20' as LocalDate },
      period: { from: '2016-10-01', to: '2016-12-31' },
    });
    expect(await saveReturn(gateway(), rehearsal, author, clock)).not.toHaveProperty('version');
    const signing = { answers: '0'.repeat(64), signedAs: 'Chair of HWB', by: chair };
    await expect(desk.signOff(key, signing)).rejects.toMatchObject({ code: 'RETURN_UNKNOWN' });
    expect((await desk.templates(key.place)).flatMap(({ versions }) => versions)).toEqual([]);
    // Without the program, the database refuses a rehearsal as a version.
    const insert = `insert into returns.version (place, template, version_no, state, return_id, answers, declarations, opened_at, opened_by)
       select place, template, 1, 'draft', return_id, sha256, 0, now(), 'somebody' from returns.return`;
    await expect(gateway().query(insert)).rejects.toMatchObject({ constraint: 'rehearsal_is_no_version' });
    expect(await desk.build(key, { by: author })).toMatchObject({ version: 1, state: 'draft', amends: null, due: '2016-11-25' });
  });

  it('takes answers of a person all or not at all, and the log says which questions and not what', async () => {
    const wrong = declare({ 'nc.1.answer': 'No', 'nc.2.answer': 'perhaps', 'narrative.text': 'Mrs B, 9990000018' });
    await expect(wrong).rejects.toMatchObject({ code: 'DECLARATION_REFUSED', status: 422, problems: expect.arrayContaining([]) });
    await expect(wrong).rejects.toThrow(/nc\.2\.answer: .*\n.*narrative\.text: holds a number/);
    const before = (await desk.document(key)).document;
    expect(await declare({ 'nc.1.answer': 'No', 'narrative.text': 'A sentence of our own' })).toMatchObject({
      declared: ['nc.1.answer', 'narrative.text'],
      unchanged: [],
    });
    expect(await declare({ 'nc.1.answer': 'No' })).toMatchObject({ declared: [], unchanged: ['nc.1.answer'] });
    const { document } = await desk.document(key);
    const cell = document.sheets.flatMap(({ questions }) => questions).find(({ id }) => id === 'nc.1.answer');
    expect(cell).toMatchObject({ answer: 'No', provenance: 'declared', filledBy: author });
    expect(await leaves('return.declared')).toMatchObject([{ actor: author, detail: { questions: ['nc.1.answer', 'narrative.text'] } }]);
    expect(JSON.stringify(await leaves('return.declared'))).not.toContain('sentence');
    // Taken back, it is unanswered, also where a file holds an answer.
    expect((await declare({ 'nc.1.answer': null })).missing.map(({ question }) => question)).toContain('nc.1.answer');
    await declare({ 'nc.1.answer': 'Yes' });
    expect(before.template).toBe(key.template);
  });

  it('carries an answer of the quarter before forward only when a person accepts it', async () => {
    const copied = (await desk.status(key)).proposed;
    expect(copied.length).toBeGreaterThan(1);
    const proposals = await desk.propose(key, { by: author });
    expect(proposals.map(({ question }) => question)).toEqual(expect.arrayContaining([...copied]));
    expect(proposals.every(({ state, from }) => state === 'open' && from === 'bcf-2016-17-q1')).toBe(true);
    expect(await desk.propose(key, { by: author })).toHaveLength(proposals.length);
    const [first, second] = proposals as [(typeof proposals)[number], (typeof proposals)[number]];
    const accepted = await desk.decide(key, { proposals: [first.proposal], accept: true, by: author });
    expect(accepted.proposed).not.toContain(first.question);
    const rejected = await desk.decide(key, { proposals: [second.proposal], accept: false, by: author, reason: 'Counted anew' });
    expect(rejected.proposed).toContain(second.question);
    await expect(desk.decide(key, { proposals: [first.proposal], accept: false, by: author })).rejects.toMatchObject({
      code: 'PROPOSAL_DECIDED',
    });
    await expect(desk.decide(key, { proposals: [999_999], accept: true, by: author })).rejects.toMatchObject({ code: 'PROPOSAL_UNKNOWN' });
    expect(await leaves('return.proposal-accepted')).toMatchObject([{ actor: author, detail: { questions: [first.question] } }]);
  });

  it('is reviewed sheet by sheet by its owners, and a changed answer opens its sheet again', async () => {
    const review = (sheet: string, by: string) => desk.review(key, { sheet, by });
    await expect(review('Cover', reviewer)).rejects.toMatchObject({ code: 'SHEET_WITHOUT_OWNER' });
    await expect(desk.nameOwner(key, { sheets: ['Cover'], owner: 'nobody-here', by: author })).rejects.toMatchObject({
      code: 'OWNER_UNKNOWN',
    });
    const ready = await prepare(desk);
    expect(ready).toMatchObject({ state: 'reviewed', missing: [], proposed: [] });
    await expect(review('Cover', chair)).rejects.toMatchObject({ code: 'NOT_THE_OWNER', status: 403 });
    await expect(review('Sheet of nobody', reviewer)).rejects.toMatchObject({ code: 'SHEET_UNKNOWN' });
    const changed = await declare({ 'narrative.text': 'Another sentence' });
    expect(changed.state).toBe('draft');
    expect(changed.sheets.filter(({ reviewed }) => !reviewed).map(({ name }) => name)).toEqual(['Narrative']);
    await desk.nameOwner(key, { sheets: ['Narrative'], owner: author, by: author });
    await expect(review('Narrative', author)).rejects.toMatchObject({ code: 'OWN_ANSWERS', status: 403 });
    await desk.nameOwner(key, { sheets: ['Narrative'], owner: reviewer, by: author });
    expect(await review('Narrative', reviewer)).toMatchObject({ state: 'reviewed' });
  });
});

describe('sign-off', () => {
  const attempt =
    (change: { answers?: string; by?: string } = {}) =>
    async () => {
      const { answers } = await desk.status(key);
      return desk.signOff(key, { answers, signedAs: 'Chair of HWB', by: chair, ...change });
    };

  it('is refused with every reason at once, and leaves no version signed', async () => {
    await declare({ 'nc.1.answer': null });
    const refused = attempt({ answers: '0'.repeat(64), by: author })();
    await expect(refused).rejects.toMatchObject({
      status: 409,
      refusals: expect.arrayContaining(
        ['ANSWERS_CHANGED', 'SECTION_INCOMPLETE', 'SHEET_NOT_REVIEWED', 'OWN_ANSWERS'].map((reason) => expect.objectContaining({ reason })),
      ),
    });
    await declare({ 'nc.1.answer': 'Yes' });
    await reviewAll(desk);
    await expect(attempt({ by: author })()).rejects.toMatchObject({ code: 'OWN_ANSWERS', status: 403 });
    now = new Date('2016-09-30T12:00:00Z');
    await expect(attempt()()).rejects.toMatchObject({
      refusals: expect.arrayContaining([expect.objectContaining({ reason: 'PERIOD_NOT_OVER' })]),
    });
    now = new Date('2016-11-20T12:00:00Z');
    expect((await reviewAll(desk)).signed).toBeNull();
  });

  it('is refused by the database itself to the author, to a draft, and to a build that somebody has answered since', async () => {
    const direct = (by: string, before = 'select 1') =>
      transaction(gateway(), async (tx) => {
        const { rows } = await tx.query<{ id: string }>(
          `insert into returns.return (return_id, template, place, period_from, period_to, rehearsal, state, document, sha256, built_at, built_by)
           select gen_random_uuid(), r.template, r.place, r.period_from, r.period_to, r.rehearsal, 'signed-off', r.document, r.sha256, now(), 'x'
           from returns.version join returns.return r using (return_id) returning return_id as id`,
        );
        await tx.query(before);
        await tx.query(
          `update returns.version set state = 'signed-off', return_id = $2, signed_at = now(), signed_by = $1, signed_as = 'Chair'`,
          [by, rows[0]?.id],
        );
      });
    await expect(direct(author)).rejects.toMatchObject({ constraint: 'another_person_signs' });
    await expect(direct(author.toUpperCase())).rejects.toMatchObject({ constraint: 'another_person_signs' });
    await expect(direct(chair, `update returns.version set state = 'draft'`)).rejects.toMatchObject({
      constraint: 'reviewed_before_signed',
    });
    const late = `insert into returns.declaration (place, template, question, answer, source, declared_by, declared_at)
      select place, template, 'nc.1.answer', '"No"', 'x', 'x', now() from returns.version`;
    await expect(direct(chair, late)).rejects.toMatchObject({ constraint: 'signed_is_current' });
    await expect(
      gateway().query(`update returns.version set state = 'signed-off', signed_at = now(), signed_by = $1, signed_as = 'Chair'`, [chair]),
    ).rejects.toMatchObject({ constraint: 'reviewed_before_signed' });
  });

  it('freezes the return with who reviewed and who signed, and what was read', async () => {
    const read = await desk.status(key);
    const signed = await sign(desk);
    expect(signed).toMatchObject({
      state: 'signed-off',
      version: 1,
      answers: read.answers,
      signed: { by: chair, as: 'Chair of the Health and Wellbeing Board' },
    });
    const { rows } = await gateway().query<{ sha256: string; document: Parameters<typeof digestOf>[0] }>(
      `select encode(r.sha256, 'hex') as sha256, r.document from returns.version v join returns.return r using (return_id)`,
    );
    expect(rows[0]?.document).toMatchObject({ state: 'signed-off', version: 1 });
    expect(digestOf(rows[0]?.document as Parameters<typeof digestOf>[0]).toString('hex')).toBe(rows[0]?.sha256);
    const cells = rows[0]?.document.sheets.flatMap(({ questions }) => questions) ?? [];
    expect(new Set(cells.map(({ reviewedBy }) => reviewedBy))).toEqual(new Set([reviewer]));
    expect(await leaves('return.signed-off')).toMatchObject([
      { actor: chair, subject: `${key.place}/${key.template}/1`, detail: { answers: read.answers, sha256: rows[0]?.sha256 } },
    ]);
  });
});

describe('a return that was signed', () => {
  it('takes no answer, review, proposal or second signature', async () => {
    for (const step of [
      () => declare({ 'nc.1.answer': 'No' }),
      () => desk.review(key, { sheet: 'Cover', by: reviewer }),
      () => sign(desk),
    ]) {
      await expect(step()).rejects.toMatchObject({ code: 'RETURN_FROZEN', status: 409 });
    }
    // Building goes on beside it and changes nothing of it.
    const before = await desk.status(key);
    expect(await desk.build(key, { by: author })).toEqual(before);
  });

  it.each([
    `update returns.version set state = 'draft', signed_at = null, signed_by = null, signed_as = null`,
    `update returns.version set return_id = (select return_id from returns.return where return_id <> version.return_id limit 1)`,
    `update returns.version set signed_by = 'somebody-else'`,
    `update returns.version set amends_because = 'x'`,
    'delete from returns.version',
    `insert into returns.declaration (place, template, question, answer, source, declared_by, declared_at)
       select place, template, 'nc.1.answer', '"No"', 'x', 'x', now() from returns.version`,
    `insert into returns.review (place, template, version_no, sheet, answers, reviewed_by, reviewed_at)
       select place, template, version_no, 'Cover', answers, 'x', now() from returns.version`,
    `update returns.declaration set answer = '"No"'`,
    `update returns.return set document = '{}'`,
    'delete from returns.step',
    'truncate returns.version cascade',
  ])('is frozen even for the owner of the tables: %s', async (sql) => {
    await expect(db.administrator('haven').query(sql)).rejects.toMatchObject({
      code: '23514',
      constraint: expect.stringMatching(/^return_(is_frozen|history_only_grows)$/),
    });
  });

  it('is sent as the workbook that holds what was signed, and no other of ours', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'haven-sent-'));
    try {
      const path = join(directory, 'sent.xlsx');
      await writeFile(path, (await desk.file(key, 'xlsx')).content);
      const { document, template } = await desk.document(key);
      expect(await compareWithSigned(path, document, template)).toBe('same');
      const other = structuredClone(document);
      const cell = other.sheets.flatMap(({ questions }) => questions).find(({ id }) => id === 'narrative.text');
      Object.assign(cell ?? {}, { answer: 'What was signed, in other words' });
      await expect(compareWithSigned(path, other, template)).rejects.toMatchObject({
        code: 'FILE_DIFFERS',
        message: expect.stringMatching(/at: narrative\.text\. /),
      });
      await writeFile(join(directory, 'sent.pdf'), 'Any other file is known by its digest');
      expect(await compareWithSigned(join(directory, 'sent.pdf'), document, template)).toBe('not ours');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is sent once, with the digest of the file, and then amended by a new version', async () => {
    await expect(desk.amend({ ...key, template: 'bcf-2016-17-q3' }, { by: author, because: 'x' })).rejects.toMatchObject({
      code: 'RETURN_UNKNOWN',
    });
    const sent = { how: 'E-mail to the national team', fileSha256: 'ab'.repeat(32), by: author };
    await expect(desk.submit(key, { ...sent, at: new Date('2016-11-01T00:00:00Z') })).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
    await expect(desk.submit(key, { ...sent, how: 'About 943 476 5919', at: now })).rejects.toMatchObject({ code: 'TEXT_IDENTIFIES' });
    now = new Date('2016-11-24T10:00:00Z');
    expect(await desk.submit(key, { ...sent, at: now })).toMatchObject({
      state: 'submitted',
      submitted: { at: '2016-11-24T10:00:00Z', how: sent.how, fileSha256: sent.fileSha256 },
    });
    await expect(desk.submit(key, { ...sent, at: now })).rejects.toMatchObject({ code: 'NOT_SIGNED_OFF' });
    expect(await desk.amend(key, { by: author, because: 'A supplier sent late' })).toMatchObject({ version: 2, amends: 1, state: 'draft' });
    await expect(desk.amend(key, { by: author, because: 'again' })).rejects.toMatchObject({ code: 'NOT_FROZEN' });
    // While the second is open, nothing joins the first, whoever writes past the program.
    const first = await desk.status(key, 1);
    for (const sql of [
      `insert into returns.review (place, template, version_no, sheet, answers, reviewed_by, reviewed_at)
         select place, template, 1, 'Cover', sha256('x'), 'x', now() from returns.version where version_no = 1`,
      `insert into returns.acknowledgement (place, template, version_no, rule, finding, reason, acknowledged_by, acknowledged_at)
         select place, template, 1, 'X', sha256('x'), 'x', 'x', now() from returns.version where version_no = 1`,
      `insert into returns.step (place, template, version_no, at, actor, step, detail)
         select place, template, 1, now(), 'x', 'signed-off', '{}' from returns.version where version_no = 1`,
    ])
      await expect(gateway().query(sql)).rejects.toMatchObject({ constraint: 'return_is_frozen' });
    expect(await desk.status(key, 1)).toEqual(first);
    await declare({ 'am.phb.in-place': 25 });
    const of = (version: number) => ({ template: key.template, version });
    expect(await desk.difference(key.place, { before: of(1), after: of(2) })).toContainEqual(
      expect.stringMatching(/^Additional Measures, .*(rose|fell) by .* to 25/),
    );
    // An answer and a signature at the same moment: one of them is too late, and nothing unread is signed.
    const { answers } = await reviewAll(desk);
    const outcomes = await Promise.allSettled([
      desk.signOff(key, { answers, signedAs: 'Chair', by: chair }),
      declare({ 'narrative.text': 'At the last moment' }),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const signed = outcomes[0].status === 'fulfilled';
    expect(JSON.stringify((await desk.document(key)).document)).toMatch(signed ? /"state":"signed-off"/ : /At the last moment/);
    if (!signed) {
      await reviewAll(desk);
      await sign(desk);
    }
    expect(await desk.status(key)).toMatchObject({ version: 2, amends: 1, state: 'signed-off' });
    expect(await desk.status(key, 1)).toMatchObject({ version: 1, state: 'submitted' });
    const steps = (await desk.history(key)).map(({ version, step, actor }) => `${version} ${step} ${actor}`);
    expect(steps[0]).toBe(`1 opened ${author}`);
    expect(steps).toEqual(
      expect.arrayContaining([
        `1 declared ${author}`,
        `2 declared ${author}`,
        `1 opened ${author}`,
        `1 signed-off ${chair}`,
        `1 submitted ${author}`,
        `2 amended ${author}`,
        `2 signed-off ${chair}`,
      ]),
    );
  });

  it('is the quarter before of the next one, whose answers are offered and not taken', async () => {
    const next = { ...key, template: 'bcf-2016-17-q3' };
    now = new Date('2017-02-20T12:00:00Z');
    await desk.build(next, { by: author });
    const { document } = await desk.document(next);
    expect(document.previous[key.template]?.['am.phb.in-place']).toBe(25);
    expect(
      (await desk.difference(key.place, { before: { template: key.template }, after: { template: next.template } })).length,
    ).toBeGreaterThan(0);
    // The owners of the sheets stay.
    expect((await desk.status(next)).sheets.every(({ owner }) => owner === reviewer)).toBe(true);
    now = new Date('2016-11-24T10:00:00Z');
  });
});

describe('haven return', () => {
  async function run(...words: string[]): Promise<string> {
    const printed: string[] = [];
    const app = { gateway: gateway(), clock, config: { configDirectory: config } } as unknown as App;
    const program = new Command('haven').exitOverride();
    const out = createOutput(() => false, { result: { write: (text) => printed.push(text) }, progress: { write: () => true } });
    addReturnsCommands(program, async () => app, out);
    await program.parseAsync(['return', ...words], { from: 'user' });
    return printed.join('');
  }
  const of = ['--template', 'bcf-2016-17-q4', '--place', key.place];

  it('answers, shows and refuses by the person given, on record', async () => {
    now = new Date('2017-05-20T12:00:00Z');
    await expect(run('declare', ...of, '--as', 'nobody', '--answer', 'nc.1.answer=Yes')).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
    expect(await run('declare', ...of, '--as', author, '--answer', 'nc.1.answer=Yes', 'narrative.text=a=b')).toContain('2 answered');
    expect(await run('status', ...of)).toMatch(/version 1: draft[\s\S]*not reviewed[\s\S]*Digest of the answers: [0-9a-f]{64}/);
    expect(await run('owner', ...of, '--as', author, '--sheet', 'Cover', '--owner', reviewer)).toContain(`owner ${reviewer}`);
    expect(await run('history', ...of)).toContain(`opened  ${author}`);
    expect(await run('changes', ...of, '--from', key.template)).toContain(':');
    await expect(run('sign-off', ...of, '--as', chair, '--answers', 'x', '--capacity', 'Chair')).rejects.toMatchObject({ status: 409 });
  });
});

describe('over HTTP', () => {
  const at = '/api/returns/bcf-2016-17-q4';
  let signIn: SignIn;
  let stand: Stand;
  beforeAll(async () => {
    now = new Date('2017-05-20T12:00:00Z');
    signIn = await startSignIn(now, baseUrl);
    stand = await makeStand({ clock, returns: desk, people: createPeople(gateway(), signIn, clock) });
  });
  afterAll(() => signIn.close());

  async function ask(method: 'get' | 'post', path: string, person: string, body?: object) {
    const call = request(stand.app)
      [method](path)
      .query({ place: key.place })
      .set('authorization', `Bearer ${await signIn.token(`example|${person}`)}`);
    return body === undefined ? call : call.send(body);
  }

  it('answers, reviews and is refused with every reason, in the name of who signed in', async () => {
    const answered = await ask('post', `${at}/declarations`, author, {
      answers: { 'nc.2.answer': 'Yes', 'narrative.text': 'By the interface' },
    });
    expect(answered).toMatchObject({ status: 200, body: { state: 'draft', declared: ['nc.2.answer', 'narrative.text'] } });
    // What the database or a workbook cannot keep is said, and is no failure of ours.
    for (const unkeepable of ['a\u0000b', 'half \ud83d of a pair'])
      expect(await ask('post', `${at}/declarations`, author, { answers: { 'narrative.text': unkeepable } })).toMatchObject({
        status: 400,
        body: { code: 'TEXT_UNREADABLE' },
      });
    for (const kept of ['whole \ud83d\ude42', 'typed \\u0000'])
      expect((await ask('post', `${at}/declarations`, author, { answers: { 'narrative.text': kept } })).status).toBe(200);
    expect(await ask('post', `${at}/declarations`, author, { answers: { 'narrative.text': 'rings \u0007' } })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('narrative.text: holds control characters') },
    });
    expect(await ask('post', `${at}/acknowledgements`, author, { rule: 'PHB_STOCK_FLOW', reason: 'rings \u0007' })).toMatchObject({
      status: 422,
      body: { code: 'TEXT_UNREADABLE' },
    });
    const wrong = await ask('post', `${at}/declarations`, author, { answers: { 'nc.2.answer': 'perhaps', 'nc.3i.answer': 'No' } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'DECLARATION_REFUSED', detail: expect.stringContaining('nc.2.answer') } });
    expect(JSON.stringify(wrong.body)).not.toContain('perhaps');
    const { answers } = (await ask('get', at, chair)).body;
    const refused = await ask('post', `${at}/sign-off`, author, { answers, signedAs: 'Chair of HWB' });
    expect(refused.status).toBe(409);
    for (const reason of ['SHEET_NOT_REVIEWED', 'ERROR_NOT_ACKNOWLEDGED', 'OWN_ANSWERS']) expect(refused.body.detail).toContain(reason);
    expect(await ask('post', `${at}/reviews`, chair, { sheet: 'Cover' })).toMatchObject({ status: 403, body: { code: 'NOT_THE_OWNER' } });
    expect(await ask('post', `${at}/reviews`, reviewer, { sheet: 'Cover' })).toMatchObject({ status: 200 });
    expect(await ask('post', `${at}/submission`, author, { how: 'E-mail', fileSha256: 'ab'.repeat(32) })).toMatchObject({
      status: 409,
      body: { code: 'NOT_SIGNED_OFF' },
    });
    expect(await ask('post', `${at}/sign-off`, chair, { answers: 'x', signedAs: '' })).toMatchObject({
      status: 400,
      body: { code: 'REQUEST_INVALID' },
    });
    expect(await ask('post', `${at}/reviews`, 'nobody', { sheet: 'Cover' })).toMatchObject({
      status: 403,
      body: { code: 'ACCESS_REFUSED' },
    });
  });

  it('lists, compares and gives files', async () => {
    const { templates } = (await ask('get', '/api/returns', chair)).body;
    expect(templates).toContainEqual(expect.objectContaining({ template: key.template, versions: [expect.anything(), expect.anything()] }));
    const { steps } = (await ask('get', `${at}/history`, chair)).body;
    expect(steps.at(-1)).toMatchObject({ step: 'sheet-reviewed', actor: reviewer });
    expect((await ask('get', `${at}/difference?from=${key.template}`, chair)).body.differences.length).toBeGreaterThan(0);
    const table = await ask('get', `${at}/files/csv`, chair);
    expect(table).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('text/csv') } });
    expect(table.headers['content-disposition']).toMatch(/^attachment; filename=".*\.csv"$/);
    expect((await ask('get', `${at}/files/exe`, chair)).status).toBe(400);
    expect((await ask('get', '/api/returns/bcf-2016-17-q1', chair)).body.code).toBe('RETURN_UNKNOWN');
  });
});

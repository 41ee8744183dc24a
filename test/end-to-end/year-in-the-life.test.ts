import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reconciled } from '../../src/audit/reconcile.ts';
import type { Verification } from '../../src/audit/verify.ts';
import type { RestoreReceipt } from '../../src/destruction/backup-restore.ts';
import type { Certificate } from '../../src/destruction/certificate.ts';
import type { Destruction } from '../../src/destruction/decide.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import type { ImportReceipt } from '../../src/objections/import.ts';
import type { AnnualReport } from '../../src/obligations/annual-report.ts';
import type { ListedBreach } from '../../src/obligations/breach-list.ts';
import type { Task } from '../../src/obligations/tasks.ts';
import type { Change } from '../../src/register/changes/change.ts';
import type { SubjectAccessAnswer } from '../../src/subject-access/answer.ts';
import { csv, nhsNumber, type Row } from '../support/box.ts';
import { testDatabases } from '../support/database.ts';
import { ids, placeOfTheYear, step } from '../support/place-of-the-year.ts';
import { openYear, writeBelow, type Year } from '../support/year.ts';
import { askTheNation, care, figuresOf, hospitalRows, note, stay, twoNotes } from '../support/year-people.ts';

/**
 * The year 2026 of one place, told in its order: every chapter goes on from what the one before left behind. People are
 * numbers here: 1 to 4 are of the first practice, 5 and 6 of the second, 7 is known to the hospital alone, 8 to social care alone.
 */
let year: Year;
let register = placeOfTheYear();
/** Every receipt of the year, in the order they came: the annual report has to say the same. */
const receipts: Receipt[] = [];
let practiceGone: Certificate;
let lastWeek: string;

beforeAll(async () => {
  year = await openYear('2026-01-12T09:00:00Z');
});
afterAll(() => year.close());

const haven: Year['haven'] = (...parameters) => year.haven(...parameters);
const registerFiles = async (document: object): Promise<string> =>
  join(await writeBelow(year.root, 'place.json', JSON.stringify(document)), '..');

type Place = ReturnType<typeof placeOfTheYear>;
// biome-ignore lint/suspicious/noExplicitAny: a register is edited as loosely as people edit their files
type Editable = any;
/** The lead proposes; what is given back waits for somebody else. */
async function propose(edit: (place: Editable, approval: Editable) => void, effective?: string): Promise<Change> {
  const edited: Place = structuredClone(register);
  edit(edited, edited.agreements[0]);
  const when = effective === undefined ? [] : ['--effective', effective];
  const said = await haven<{ changes: Change[] }>('register', 'propose', await registerFiles(edited), '--as', ids.lead, ...when);
  register = edited;
  return said.result.changes[0] as Change;
}
async function decide(change: Change, decision: 'approve' | 'notify', as: string, ...more: string[]): Promise<Change> {
  const said = await haven<{ changes: Change[] }>('register', decision, String(change.change), '--as', as, ...more);
  return said.result.changes[0] as Change;
}

async function send(flow: string, rows: readonly Row[]): Promise<Receipt> {
  const { result } = await haven<Receipt>('deliver', '--flow', flow, await writeBelow(year.root, 'rows.csv', csv(rows)));
  receipts.push(result);
  return result;
}
const refusals = ({ state, refusals: all }: Receipt): readonly string[] => [state, ...all.map(({ code }) => code)];
async function object(kind: string, rows: readonly Row[]): Promise<ImportReceipt> {
  const list = await writeBelow(year.root, 'objections.csv', csv(rows));
  return (await haven<ImportReceipt>('objections', 'import', list, '--kind', kind)).result;
}
const issue = () => haven('project', 'issue', ids.project);
const tasks = async (...filter: string[]): Promise<Task[]> =>
  (await haven<{ tasks: Task[] }>('obligations', 'list', '--place', ids.place, ...filter)).result.tasks;

const everything = { gp: 2, hospital: 2, 'social-care': 1 };

describe('a year in the life of a place', () => {
  it('January: an approval is applied for, and nothing may be sent', async () => {
    await year.on('2026-01-12');
    expect(await haven('register', 'apply', await registerFiles(register))).toMatchObject({ code: 0 });
    expect(refusals(await send(ids.hospital, hospitalRows))).toEqual(
      expect.arrayContaining(['refused', 'LEGAL_BASIS_APPLIED', 'FLOW_NOT_LIVE', 'AGREEMENT_NOT_STARTED']),
    );
    // From its first version on the register changes by two people, whatever a file says.
    const edited = { ...register, place: { ...register.place, name: 'Elsewhere' } };
    await expect(haven('register', 'apply', await registerFiles(edited))).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
  });

  it('February: the decision is deferred, as one lead proposes and another approves', async () => {
    await year.on('2026-02-11');
    const deferred = await propose((_, approval) => approval.legalBasis.history.push(step('deferred', '2026-02-10')));
    expect(deferred).toMatchObject({ state: 'proposed', notices: [] });
    await expect(decide(deferred, 'approve', ids.lead)).rejects.toMatchObject({ code: 'PROPOSER_CANNOT_APPROVE' });
    await expect(decide(deferred, 'approve', ids.analyst)).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
    expect(await decide(deferred, 'approve', ids.deputy)).toMatchObject({ state: 'in-force', approvedBy: ids.deputy });
    expect(refusals(await send(ids.practiceOne, twoNotes([1])))).toContain('LEGAL_BASIS_DEFERRED');
  });

  it('March: it is approved with conditions, one of which wants notice before the flows go live', async () => {
    await year.on('2026-03-12');
    const source = 'CAG 1-02/2026';
    const approved = await propose((_, approval) => {
      Object.assign(approval.legalBasis, { reference: source, validFrom: '2026-04-01', validTo: '2026-11-30' });
      approval.legalBasis.history.push(step('approved-with-conditions', '2026-03-10'));
      approval.conditions = [
        { number: 9, text: 'Changes are notified before they occur', source, task: 'change-notice' },
        { number: 11, text: 'Breaches are reported', source, task: 'breach-report', within: '10 working days' },
      ];
    });
    expect(await decide(approved, 'approve', ids.deputy)).toMatchObject({ state: 'in-force' });
    expect(refusals(await send(ids.hospital, hospitalRows))).toContain('LEGAL_BASIS_CONDITIONS_OUTSTANDING');

    await year.on('2026-03-24');
    const live = await propose((place, approval) => {
      approval.legalBasis.history.push(step('in-force', '2026-04-01'));
      for (const flow of place.flows) flow.history.push(step('live', '2026-04-01'));
    }, '2026-04-01');
    expect(live.notices).toEqual([`${source} condition 9: notice before a change of data flows (${ids.approval})`]);
    expect(await decide(live, 'approve', ids.deputy)).toMatchObject({ state: 'awaiting-notice' });
    expect(await decide(live, 'notify', ids.lead, '--evidence', 'Letter of 24 March')).toMatchObject({
      state: 'approved',
      effectiveOn: '2026-04-01',
    });
    await year.on('2026-03-31');
    expect(refusals(await send(ids.hospital, hospitalRows))).toContain('LEGAL_BASIS_CONDITIONS_OUTSTANDING');
  });

  it('April: the flows go live, every row is accounted for, and the licensed analyst reads journeys', async () => {
    await year.on('2026-04-01');
    const wrong = stay(7, 'C7', { NHSNumber: '9990000019' });
    expect(await send(ids.hospital, [...hospitalRows, wrong])).toMatchObject({
      ...{ state: 'landed', received: 13, landed: 12, quarantined: { NHS_NUMBER_CHECK_DIGIT: 1 } },
    });
    expect(await send(ids.practiceOne, twoNotes([1, 2, 3, 4]))).toMatchObject({ received: 8, landed: 8, linkage: { existing: 4, new: 0 } });
    expect(await send(ids.practiceTwo, twoNotes([5, 6]))).toMatchObject({ landed: 4, linkage: { existing: 1, new: 1 } });
    expect(await send(ids.council, [1, 2, 3, 4, 8].map(care))).toMatchObject({ landed: 5, linkage: { existing: 4, new: 1 } });
    expect(await issue()).toMatchObject({ result: { issued: 8 } });
    expect(await year.read(1)).toEqual(everything);
    expect(await year.read(1, { to: '2026-02-01' })).toEqual({ hospital: 2, 'social-care': 1 });
    expect(await year.read(1, { from: '2026-02-02', to: '2026-02-10' })).toEqual({ gp: 2 });
    expect(await year.read(5)).toEqual({ gp: 2, hospital: 2 });
    expect(await year.read(8)).toEqual({ 'social-care': 1 });
  });

  it('May: one more field is asked for, and lands only once the condition was honoured', async () => {
    await year.on('2026-05-05');
    const another = await propose((_, approval) => approval.dataIn[0].items.push({ fields: ['DIAG_02'], justification: 'Comorbidity' }));
    expect(another.notices).toHaveLength(1);
    expect(await decide(another, 'approve', ids.deputy)).toMatchObject({ state: 'awaiting-notice' });
    const rows = [stay(7, 'D7', { DIAG_02: 'E11.9' })];
    expect(await send(ids.hospital, rows)).toMatchObject({ landed: 1, dropped: { FIELD_NOT_IN_AGREEMENT: 1 } });
    await year.on('2026-05-19');
    expect(await decide(another, 'notify', ids.lead, '--evidence', 'Letter of 19 May')).toMatchObject({ state: 'in-force' });
    // The very same file, now that its second diagnosis is allowed.
    expect(await send(ids.hospital, rows)).toMatchObject({ state: 'landed', updated: 1, dropped: {} });
  });

  it('June: people object at their practice, to the programme and to the nation, and the next read knows', async () => {
    await year.on('2026-06-08');
    const said = await send(ids.practiceOne, [
      ...twoNotes([1, 2, 3, 4]),
      note(2, 'T2', { SnomedCTConceptId: '827241000000103', EffectiveDate: '2026-06-05' }),
    ]);
    expect(said).toMatchObject({ state: 'landed', received: 9 });
    expect(await year.read(2)).toEqual({ hospital: 2, 'social-care': 1 });

    expect(await object('programme', [{ nhs_number: nhsNumber(4), set_on: '2026-06-01', source: 'letter' }])).toMatchObject({
      ...{ received: 1, recorded: 1, removed: { persons: 1, events: 5, notices: 1 } },
    });
    expect(await year.read(4)).toBeUndefined();

    const { asked, reply } = await askTheNation(year);
    expect(asked).toBe(8);
    await year.on('2026-06-10');
    expect(await haven('ndop', 'apply', reply)).toMatchObject({ code: 0, result: { optedOut: 1, state: 'applied' } });
    // Social care data leave the council in a form that names nobody, which the national opt-out does not speak of.
    expect(await year.read(3)).toEqual({ 'social-care': 1 });
    expect(await year.read(1)).toEqual(everything);
    expect(await send(ids.hospital, [...hospitalRows, stay(3, 'F3')])).toMatchObject({
      ...{ landed: 0, withheld: { OBJECTION_PROGRAMME: 2, OBJECTION_NDOP: 3 } },
    });
    expect(await send(ids.practiceOne, twoNotes([1, 2]))).toMatchObject({ unchanged: 2, withheld: { OBJECTION_TYPE1: 2 } });
    expect((await haven('objections', 'report', '--place', ids.place)).result).toMatchObject({
      ...{ place: ids.place, period: { from: '2026-01-01', to: '2026-06-10' }, wholeGateway: { ndop: '*', 'type-1': '*', programme: '*' } },
      counts: expect.arrayContaining([expect.objectContaining({ kind: 'ndop', inForce: '0' })]),
      completeness: { people: '*', withoutGpRecord: '*' },
    });
    const { result } = await haven<{ notices: { notice: string; project: string }[] }>('objections', 'notices');
    expect(result.notices.length).toBeGreaterThan(0);
    expect(new Set(result.notices.map(({ project }) => project))).toEqual(new Set([ids.project]));
    expect(await year.ask(ids.analyst, `/api/objections/notices?project=${ids.project}`)).toMatchObject({
      ...{ status: 200, body: { notices: [expect.objectContaining({ people: '*', acknowledgedAt: null }), ...result.notices.slice(1)] } },
    });
    const address = `/api/objections/notices/${result.notices[0]?.notice}`;
    expect(await year.ask(ids.analyst, `${address}?project=${ids.project}`)).toMatchObject({
      status: 200,
      body: { remove: [expect.any(String)] },
    });
    expect(await year.ask(ids.analyst, `${address}?project=another`)).toMatchObject({ status: 403 });
    expect(await year.ask(ids.lead, `/api/objections/report?place=${ids.place}`)).toMatchObject({
      status: 200,
      body: { place: ids.place },
    });
    const told = (act: string, as: string) =>
      haven<object>('objections', 'notices', act, result.notices[0]?.notice ?? '', '--project', ids.project, '--as', as);
    await expect(told('read', ids.lead)).rejects.toMatchObject({ code: 'ACCESS_REFUSED' });
    expect((await told('read', ids.analyst)).result).toMatchObject({ remove: [expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{32}$/)] });
    expect((await told('acknowledge', ids.analyst)).result).toMatchObject({ acknowledged: true });
    await expect(told('read', ids.analyst)).rejects.toMatchObject({ code: 'NOTICE_UNKNOWN' });
  });

  it('July: an objection is withdrawn, which brings nothing back by itself', async () => {
    await year.on('2026-07-06');
    const withdrawn = await object('programme', [{ nhs_number: nhsNumber(4), withdrawn_on: '2026-07-03', source: 'letter' }]);
    expect(withdrawn).toMatchObject({ withdrawn: 1, note: expect.stringContaining('does not come back by itself') });
    expect(await year.read(4)).toBeUndefined();
    await issue();
    expect(await year.read(4)).toBeUndefined();
    expect(await send(ids.hospital, [...hospitalRows, stay(4, 'G4')])).toMatchObject({ landed: 3 });
    await issue();
    expect(await year.read(4)).toEqual({ hospital: 3 });
    // The very bytes that were sent before the objection land again, too.
    expect(await send(ids.council, [1, 2, 3, 4, 8].map(care))).toMatchObject({ landed: 1, unchanged: 4 });
    expect(await year.read(4)).toEqual({ hospital: 3, 'social-care': 1 });
  });

  it('August: somebody asks what is held about them, and sees who looked', async () => {
    await year.on('2026-08-03');
    const decision = 'Passport seen at the civic centre; signed request on file.';
    const request = { nhsNumber: nhsNumber(1), decision };
    const path = `/api/subject-access?place=${ids.place}`;
    expect(await year.ask(ids.analyst, path, request)).toMatchObject({ status: 403 });
    const { status, body } = await year.ask(ids.lead, path, request);
    expect(status).toBe(200);
    const answer = body as SubjectAccessAnswer;
    expect(answer.identity).toEqual([{ nhsNumber: nhsNumber(1) }]);
    expect(answer.flows.map(({ flow, events }) => [flow, events.length])).toEqual([
      [ids.council, 1],
      [ids.practiceOne, 2],
      [ids.hospital, 2],
    ]);
    expect(answer.flows.at(-1)?.agreement).toMatchObject({ legalBasis: { kind: 'section-251', reference: 'CAG 1-02/2026' } });
    expect(answer.looked.filter(({ what }) => what === 'journey.read').length).toBeGreaterThan(1);
    expect(JSON.stringify(answer)).not.toContain(nhsNumber(2));
  });

  it('August: a breach is reported, and its ten working days run over the bank holiday', async () => {
    await year.on('2026-08-21');
    const { result: breach } = await haven<ListedBreach>(
      ...['breach', 'report', '--place', ids.place, '--flow', ids.practiceOne, '--discovered', '2026-08-20T14:00:00Z'],
      ...['--what', 'A list was printed and left in a waiting room', '--persons', '3', '--as', ids.lead],
    );
    // Ten working days after Thursday 20 August would be 3 September, were Monday 31 August not a bank holiday.
    expect(breach).toMatchObject({ cagDue: '2026-09-04', icoDue: new Date('2026-08-23T14:00:00Z'), agreements: [ids.approval] });
    const act = (kind: string, ...more: string[]) =>
      haven('breach', 'act', String(breach.no), '--kind', kind, '--note', 'Case file 1', '--as', ids.lead, ...more);
    await act('judged-risk');
    for (const kind of ['told-cag', 'told-ico', 'remedied']) await act(kind);
    for (const organisation of breach.organisations) await act('told-organisation', '--organisation', organisation);
    const close = (as: string) => haven('breach', 'close', String(breach.no), '--as', as);
    await expect(close(ids.deputy)).rejects.toMatchObject({ code: 'BREACH_OPEN' });
    for (const { id } of (await tasks()).filter(({ kind }) => kind.startsWith('breach-to') || kind === 'breach-remedy'))
      await haven('obligations', 'accept', id, '--as', ids.deputy);
    await expect(close(ids.lead)).rejects.toMatchObject({ code: 'BREACH_SAME_PERSON' });
    expect(await close(ids.deputy)).toMatchObject({ result: { state: 'closed' } });
  });

  it('September: what is due is evidenced by one person and accepted by another, and what is late goes up the ladder', async () => {
    await year.on('2026-09-14');
    const notices = `fair-processing.${ids.place}.${ids.approval}.2026`;
    const renewal = `basis-renewal.${ids.place}.${ids.approval}.2026-11-30`;
    expect((await tasks('--due-within', '7d')).map(({ id }) => id)).toEqual(expect.arrayContaining([notices, renewal]));
    await haven('obligations', 'evidence', notices, '--reference', 'Distribution list of 7 September', '--as', ids.lead);
    await expect(haven('obligations', 'accept', notices, '--as', ids.lead)).rejects.toMatchObject({ code: 'OBLIGATION_SAME_PERSON' });
    expect(await haven('obligations', 'accept', notices, '--as', ids.deputy)).toMatchObject({
      ...{ result: { state: 'accepted', evidenceBy: ids.lead, acceptedBy: ids.deputy } },
    });
    // Nobody applies for an extension of the approval, and somebody above the lead hears of it.
    expect((await tasks()).find(({ id }) => id === renewal)).toMatchObject({ overdue: true, escalatedTo: expect.any(String) });
  });

  it('October: a practice withdraws; from that day its deliveries are refused', async () => {
    await year.on('2026-09-28');
    const leaving = await propose((_, approval) => {
      approval.signatories.find(({ organisation }: { organisation: string }) => organisation === 'F81002').withdrawnOn = '2026-10-01';
    });
    // To stop never waits for a letter.
    expect(leaving.notices).toEqual([]);
    expect(await decide(leaving, 'approve', ids.deputy)).toMatchObject({ state: 'in-force' });
    await year.on('2026-09-30');
    expect(await send(ids.practiceTwo, [note(6, 'Q6')])).toMatchObject({ state: 'landed', landed: 1 });
    expect(await year.read(6)).toEqual({ gp: 3 });
    await year.on('2026-10-01');
    expect(refusals(await send(ids.practiceTwo, [note(6, 'R6')]))).toEqual(['refused', 'PRACTICE_WITHDRAWN']);
    expect(refusals(await send(ids.practiceTwo, twoNotes([5, 6])))).toEqual(['refused', 'PRACTICE_WITHDRAWN']);
    expect(await year.read(6)).toBeUndefined();
    expect(await year.read(5)).toEqual({ hospital: 2 });
  });

  it('October: its rows are destroyed by two people, and those of the others stay', async () => {
    await year.on('2026-10-05');
    const due = (await tasks()).find(({ kind }) => kind === 'destroy-now');
    expect(due).toMatchObject({ agreement: ids.approval, state: 'open' });
    const { result: asked } = await haven<Destruction>('destroy', '--practice', 'F81002', '--as', ids.lead);
    await expect(haven('destroy', 'approve', asked.destructionId, '--as', ids.lead)).rejects.toMatchObject({
      code: 'SECOND_PERSON_NEEDED',
    });
    practiceGone = (await haven<Certificate>('destroy', 'approve', asked.destructionId, '--as', ids.deputy)).result;
    expect(practiceGone).toMatchObject({ reason: 'practice', practice: 'F81002', datasets: [ids.practiceTwo] });
    expect(destroyed(practiceGone, 'environment.event')).toBe(5);
    // Person 6 was known to nobody else; person 5 is still the hospital's.
    expect(destroyed(practiceGone, 'vault.identity')).toBe(1);
    expect(await year.read(5)).toEqual({ hospital: 2 });
    expect(await year.read(1)).toEqual(everything);
    await haven('obligations', 'evidence', due?.id ?? '', '--reference', `Certificate ${practiceGone.destruction}`, '--as', ids.lead);
    await haven('obligations', 'accept', due?.id ?? '', '--as', ids.deputy);
    expect((await tasks()).filter(({ kind }) => kind === 'destroy-now')).toEqual([]);
  });

  it('November: the gateway says what will stop, and on the last day of the approval everything still runs', async () => {
    await year.on('2026-11-25');
    const outlook = await haven<{ stops: { flow: string }[] }>('register', 'outlook', '--days', '10');
    expect(outlook.code).toBe(1);
    expect(JSON.stringify(outlook.result)).toContain('LEGAL_BASIS_EXPIRED');
    lastWeek = join(year.root, 'last-week');
    expect(await haven('backup', 'create', '--out', lastWeek)).toMatchObject({ code: 0 });
    await year.on('2026-11-30');
    expect(await send(ids.hospital, [stay(1, 'H1')])).toMatchObject({ state: 'landed', landed: 1 });
    expect(await year.read(1)).toEqual({ ...everything, hospital: 3 });
  });

  it('December: the approval has run out; deliveries say why they are refused, and nothing of it is read any more', async () => {
    await year.on('2026-12-01');
    const receipt = await send(ids.hospital, [stay(1, 'I1')]);
    expect(receipt).toMatchObject({
      state: 'refused',
      refusals: [
        { code: 'LEGAL_BASIS_EXPIRED', clause: expect.stringContaining('CAG 1-02/2026'), message: expect.stringContaining('2026-11-30') },
      ],
    });
    expect(refusals(await send(ids.practiceOne, twoNotes([1])))).toEqual(['refused', 'LEGAL_BASIS_EXPIRED']);
    expect(await year.read(1)).toEqual({ 'social-care': 1 });
    expect(await year.read(7)).toBeUndefined();
    expect(await year.read(8)).toEqual({ 'social-care': 1 });
  });

  it('December: what the approval brought is destroyed, and last week’s backup opens none of it', async () => {
    await year.on('2026-12-02');
    expect((await tasks()).filter(({ kind }) => kind === 'destroy-now')).toMatchObject([{ agreement: ids.approval, state: 'open' }]);
    const { result: asked } = await haven<Destruction>('destroy', '--agreement', ids.approval, '--as', ids.lead);
    const { result: certificate } = await haven<Certificate>('destroy', 'approve', asked.destructionId, '--as', ids.deputy);
    for (const { elsewhere } of certificate.tables) expect(elsewhere).toBe(0);
    expect(certificate.samples.tried).toBeGreaterThan(0);
    expect(certificate.samples.failed).toBe(certificate.samples.tried);
    expect(certificate.backups).toMatchObject([{ inReach: true }]);
    expect(await year.read(8)).toEqual({ 'social-care': 1 });

    const empty = await testDatabases();
    const elsewhere = await year.elsewhere(empty);
    try {
      const { result: restored } = await elsewhere.haven<RestoreReceipt>('backup', 'restore', lastWeek);
      expect(restored.destroyed.map(({ flow }) => flow)).toEqual([ids.practiceOne, ids.hospital].sort());
      const { rows } = await empty
        .administrator('haven')
        .query('select flow_id as flow, count(*)::int as events from environment.event join register.flow using (flow_no) group by 1');
      expect(rows).toEqual([{ flow: ids.council, events: 5 }]);
      const identities = await empty.administrator('vault').query('select from vault.identity');
      expect(identities.rowCount).toBe(5);
    } finally {
      await elsewhere.close();
      await empty.close();
    }
  });

  it('December: the annual report says what the receipts say', async () => {
    await year.on('2026-12-31');
    const { result } = await haven<{ files: string[] }>(
      ...['obligations', 'annual-report', '--agreement', ids.approval, '--year', '2026', '--out', join(year.root, 'report')],
    );
    const report = JSON.parse(await readFile(result.files[0] ?? '', 'utf8')) as AnnualReport;
    expect(report.flows.map(({ title, sender, ...figures }) => figures)).toEqual(
      [ids.practiceOne, ids.practiceTwo, ids.hospital].map((flow) => figuresOf(receipts, flow)),
    );
    expect(report.breaches).toMatchObject([{ risk: 'risk', state: 'closed', persons: '*' }]);
    expect(report.objections).toContainEqual(expect.objectContaining({ kind: 'ndop', inForce: '0', wholeGateway: '*' }));
    expect(report.changes.length).toBe(6);
    expect(report.destruction.map(({ reason }) => reason)).toEqual(['practice', 'agreement']);
    expect(report.destruction[0]).toMatchObject({ id: practiceGone.destruction, on: '2026-10-05' });
    const looked = report.access.filter(({ action }) => action.includes('/api/journeys'));
    expect(looked).toMatchObject([{ role: 'super-user', people: 1, refused: 0 }]);
    expect(report.obligations).toContainEqual(expect.objectContaining({ due: '2026-09-15', state: 'accepted' }));
    expect(report.obligations).toContainEqual(expect.objectContaining({ due: '2026-09-01', state: 'late, open' }));
  });

  it('December: the log agrees with what was done, and verifies elsewhere with the checkpoints of the year', async () => {
    await year.stop();
    const reconciled = await haven<{ effects: Reconciled[] }>('audit', 'reconcile');
    expect(reconciled.result.effects.filter(({ findings }) => findings.length > 0)).toEqual([]);
    expect(reconciled.result.effects.find(({ effect }) => effect === 'delivery')?.effects).toBe(receipts.length);
    const { result: key } = await haven<string>('audit', 'checkpoint', '--key');
    const folder = join(year.root, 'export');
    expect(await haven('audit', 'export', '--out', folder)).toMatchObject({ code: 0 });
    const checkpoints = await year.checkpoints();
    expect(checkpoints.map((file) => basename(file).slice('checkpoints-'.length, -'.txt'.length))).toEqual(
      expect.arrayContaining(['2026-01-12', '2026-06-08', '2026-12-31']),
    );
    const verified = await haven<Verification>('audit', 'verify', '--export', folder, '--public-key', key, '--checkpoint', ...checkpoints);
    expect(verified).toMatchObject({ code: 0, result: { findings: [], notices: [] } });
    expect(verified.result.checkpoints).toBeGreaterThan(2 * checkpoints.length);
    const leaves = await readFile(join(folder, 'leaves.ndjson'), 'utf8');
    for (const person of [1, 2, 3, 4, 5, 6, 7, 8]) expect(leaves).not.toContain(nhsNumber(person));
    expect((await stat(folder)).isDirectory()).toBe(true);
  });
});

const destroyed = (certificate: Certificate, name: string): number | undefined =>
  certificate.tables.find(({ table }) => table === name)?.destroyed;

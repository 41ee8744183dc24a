import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDecisionTable, readDecisionTable } from '../../../src/objections/decision-table.ts';
import { loadGpCodes } from '../../../src/objections/gp-codes.ts';
import { objectionKinds } from '../../../src/objections/kinds.ts';
import { loadNationalSettings, readNationalSettings } from '../../../src/objections/national/settings.ts';
import { folderOfTest } from '../../support/folder.ts';

/** What is wrong, one line a problem; nothing where nothing is. */
async function problemsOf(work: () => unknown): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}
async function folderWith(name: string, text: string | Buffer): Promise<string> {
  const folder = await folderOfTest('objections');
  await writeFile(join(folder, name), text);
  return folder;
}

describe('the decision table', () => {
  const common = { purposes: '*', bases: '*', forms: '*', origins: '*', because: 'ten letter', source: 'abc', outcome: 'use' };
  const sound = objectionKinds.map((objection) => ({ ...common, id: objection, objection }));
  const [first, ...others] = sound;
  const version = '2026-11-22';
  const wrong = (row: object) => problemsOf(() => readDecisionTable({ version, rows: [{ ...first, ...row }, ...others] }));

  it('may say of every kind that it is used, and why, in the fewest words', async () => {
    const read = readDecisionTable({ $comment: 'x', version, rows: sound });
    expect([...read.byKind]).toEqual(sound.map((row) => [row.objection, [{ ...row, everyPurpose: false }]]));
    expect(read.version).toBe(version);
  });

  it.each<[object, string]>([
    [{ id: 'A' }, 'rows.0.id'],
    [{ id: 'a b' }, 'rows.0.id'],
    [{ id: ' a' }, 'rows.0.id'],
    [{ id: '' }, 'rows.0.id'],
    [{ purposes: [] }, 'rows.0.purposes'],
    [{ purposes: '+' }, 'rows.0.purposes'],
    [{ bases: ['habit'] }, 'rows.0.bases'],
    [{ forms: ['scanned'] }, 'rows.0.forms'],
    [{ origins: ['dentist'] }, 'rows.0.origins'],
    [{ everyPurpose: 'yes' }, 'rows.0.everyPurpose'],
    [{ requires: 'a letter' }, 'rows.0.requires'],
    [{ because: 'nine lett' }, 'rows.0.because'],
    [{ source: 'ab' }, 'rows.0.source'],
    [{ outcome: 'perhaps' }, 'rows.0.outcome'],
    [{ outcome: 'withhold' }, 'rows.0.reason'],
    [{ outcome: 'withhold', reason: 'OBJECTION_OTHER' }, 'rows.0.reason'],
    [{ reason: 'OBJECTION_NDOP' }, 'rows.0'],
    [{ note: 'x' }, 'rows.0'],
  ])('is refused with a row of %j', async (row, path) => {
    const problems = await wrong(row);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^objections/decision-table\\.json ${path.replaceAll('.', '\\.')}: .`));
  });

  it.each(['2026-11-2', '22-11-2026', '2026-11-22 draft', 'v2026-11-22'])('is refused with the version %s', async (text) => {
    expect(await problemsOf(() => readDecisionTable({ version: text, rows: sound }))).toEqual([expect.stringContaining('json version: ')]);
  });

  it('is refused when it says something twice, nothing of a kind, or what nobody would hear', async () => {
    const [second] = others;
    expect(await problemsOf(() => readDecisionTable({ version, rows: [] }))).toHaveLength(1);
    expect(await problemsOf(() => readDecisionTable({ version, rows: sound, note: 'x' }))).toHaveLength(1);
    expect(await problemsOf(() => readDecisionTable({ version, rows: others }))).toEqual([
      'objections/decision-table.json: no row speaks of type-1; add at least one',
    ]);
    expect(await wrong({ id: second?.id })).toEqual(['objections/decision-table.json: row ndop is there twice; give each row its own id']);
    expect(await problemsOf(() => readDecisionTable({ version, rows: [...sound, { ...first, id: 'late' }] }))).toEqual([
      'objections/decision-table.json: row late can never speak; move it before the rows that hide it',
    ]);
  });

  it.each<[what: string, earlier: object, hidden: boolean]>([
    ['always speaks', {}, true],
    ['speaks of every purpose alone', { everyPurpose: true }, false],
    ['speaks where a document was seen', { requires: 'ndop-set-aside' }, false],
    ['speaks of one purpose', { purposes: ['commissioning'] }, false],
    ['speaks of one basis', { bases: ['consent'] }, false],
    ['speaks of one form', { forms: ['aggregate'] }, false],
    ['speaks of one origin', { origins: ['gp'] }, false],
  ])('hides a row behind one that %s, or not', async (_what, earlier, hidden) => {
    const rows = [{ ...first, ...earlier }, { ...first, id: 'behind' }, ...others];
    expect(await problemsOf(() => readDecisionTable({ version, rows }))).toHaveLength(hidden ? 1 : 0);
  });

  it('is read from its file, and nothing runs without it', async () => {
    const folder = await folderWith('decision-table.json', JSON.stringify({ version, rows: sound }));
    expect((await loadDecisionTable(folder)).rows).toHaveLength(sound.length);
    const because = (fault: string) => [`objections/decision-table.json ${fault}; without it no objection can be honoured`];
    expect(await problemsOf(() => loadDecisionTable('/nowhere'))).toEqual(because('is missing'));
    const from = async (text: string) => problemsOf(async () => loadDecisionTable(await folderWith('decision-table.json', text)));
    expect(await from('{')).toEqual(because('is not JSON'));
    expect(await from('{ "version": "1", "version": "2" }')).toEqual(because('gives a member twice in one object; remove one of them'));
  });
});

describe('the codes of the GP record', () => {
  const code = { code: 'AB12.', objection: 'type-2', action: 'set', source: 'abc' };
  const load = async (change: object) =>
    loadGpCodes(await folderWith('gp-codes.json', JSON.stringify({ version: '2026-11-22', codes: [code], ...change })));

  it('may be few, and then nothing else is heard', async () => {
    const find = await load({ $comment: 'x' });
    expect(find('{readv2:AB12}')).toMatchObject([{ objection: 'type-2', action: 'set' }]);
    expect(find('{readv2:9Nu0.}')).toEqual([]);
    expect((await load({ codes: [{ ...code, action: 'withdrawn' }] }))('{ctv3:AB12.}')).toMatchObject([{ action: 'withdrawn' }]);
    expect((await load({ codes: [{ ...code, code: 'LOCAL1' }] }))('{local:LOCAL1}')).toHaveLength(1);
    expect((await load({ codes: [{ ...code, code: '827241000000103000' }] }))('{snomed:827241000000103000}')).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ version: '2026-11-2' }, 'version'],
    [{ version: '2026-11-222' }, 'version'],
    [{ version: 'x2026-11-22' }, 'version'],
    [{ codes: [] }, 'codes'],
    [{ codes: [{ ...code, code: 'AB1.' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: '8272410000001030000' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: 'AB-12' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: ' AB12.' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: 'AB12. ' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: ' 8272410' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: '8272410 ' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, code: 'AB12.00' }] }, 'codes.0.code'],
    [{ codes: [{ ...code, objection: 'type-3' }] }, 'codes.0.objection'],
    [{ codes: [{ ...code, action: 'unset' }] }, 'codes.0.action'],
    [{ codes: [{ ...code, source: 'ab' }] }, 'codes.0.source'],
    [{ codes: [{ ...code, note: 'x' }] }, 'codes.0'],
    [{ note: 'x' }, ''],
  ])('are refused with %j', async (change, path) => {
    const problems = await problemsOf(() => load(change));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^objections/gp-codes\\.json ${path.replaceAll('.', '\\.')}: .`));
  });

  it('are refused in words where a Read code has its term number', async () => {
    expect(await problemsOf(() => load({ codes: [{ ...code, code: 'AB12.00' }] }))).toEqual([
      'objections/gp-codes.json codes.0.code: must be a Read code without its term number, or a longer code',
    ]);
  });

  it('are needed: without them no type 1 objection would be heard', async () => {
    const because = (fault: string) => [`objections/gp-codes.json ${fault}; without it no type 1 objection would be heard`];
    expect(await problemsOf(() => loadGpCodes('/nowhere'))).toEqual(because('is missing'));
    const from = async (text: string) => problemsOf(async () => loadGpCodes(await folderWith('gp-codes.json', text)));
    expect(await from('{')).toEqual(because('is not JSON'));
    expect(await from('{ "version": "1", "version": "2" }')).toEqual(because('gives a member twice in one object; remove one of them'));
  });
});

describe('the settings of the national exchange', () => {
  const mailbox = 'X26ABC1';
  const mesh = { url: 'https://mesh.example.org', recipient: 'X26OT1', workflow: 'SPINE_NTT_UPHOLDING' };

  it('have defaults for MESH, too', () => {
    expect(readNationalSettings({ mailbox, mesh }).mesh).toEqual({ ...mesh, chunkBytes: 20_000_000, timeoutSeconds: 120 });
  });

  it.each([
    { mailbox: 'A'.repeat(30), $comment: 'x' },
    { lineEnding: 'CRLF' },
    { lineEnding: 'LF' },
    { rowsPerFile: 1 },
    { rowsPerFile: 5_000_000 },
    { holdAboveShare: 1 },
    { holdAboveShare: 0.01 },
    { mesh: { ...mesh, url: 'http://localhost:8700/sandbox', chunkBytes: 1_000, timeoutSeconds: 1 } },
    { mesh: { ...mesh, workflow: 'A'.repeat(100), replyWorkflow: 'B_1'.repeat(33), chunkBytes: 100_000_000, timeoutSeconds: 3_600 } },
  ])('may be %j', (change) => {
    expect(readNationalSettings({ mailbox, ...change })).toMatchObject(change);
  });

  const mailboxId = 'must be a MESH mailbox id: capital letters and digits';
  it.each<[object, string, string?]>([
    [{ mailbox: 'A'.repeat(31) }, 'mailbox', mailboxId],
    [{ mailbox: 'x26abc1' }, 'mailbox', mailboxId],
    [{ mailbox: 'X26 ' }, 'mailbox', mailboxId],
    [{ mailbox: ' X26' }, 'mailbox', mailboxId],
    [{ lineEnding: 'CR' }, 'lineEnding'],
    [{ rowsPerFile: 0 }, 'rowsPerFile'],
    [{ rowsPerFile: 1.5 }, 'rowsPerFile'],
    [{ rowsPerFile: 5_000_001 }, 'rowsPerFile'],
    [{ holdAboveShare: 0 }, 'holdAboveShare'],
    [{ holdAboveShare: 1.01 }, 'holdAboveShare'],
    [{ note: 'x' }, ''],
    [{ mesh: { ...mesh, note: 'x' } }, 'mesh'],
    [{ mesh: { ...mesh, url: 'ftp://mesh.example.org' } }, 'mesh.url', 'must be an http or https URL'],
    [{ mesh: { ...mesh, url: 'httpx://mesh.example.org' } }, 'mesh.url', 'must be an http or https URL'],
    [{ mesh: { ...mesh, url: 'xhttp://mesh.example.org' } }, 'mesh.url', 'must be an http or https URL'],
    [{ mesh: { ...mesh, url: 'https://mesh.example.org/' } }, 'mesh.url', 'must not end in a slash'],
    [{ mesh: { ...mesh, recipient: 'x' } }, 'mesh.recipient', mailboxId],
    [{ mesh: { ...mesh, workflow: '' } }, 'mesh.workflow'],
    [{ mesh: { ...mesh, workflow: 'A'.repeat(101) } }, 'mesh.workflow'],
    [{ mesh: { ...mesh, workflow: 'A-B' } }, 'mesh.workflow'],
    [{ mesh: { ...mesh, workflow: ' A' } }, 'mesh.workflow'],
    [{ mesh: { ...mesh, workflow: 'A ' } }, 'mesh.workflow'],
    [{ mesh: { ...mesh, replyWorkflow: 'A'.repeat(101) } }, 'mesh.replyWorkflow'],
    [{ mesh: { ...mesh, replyWorkflow: ' A' } }, 'mesh.replyWorkflow'],
    [{ mesh: { ...mesh, replyWorkflow: 'A ' } }, 'mesh.replyWorkflow'],
    [{ mesh: { ...mesh, chunkBytes: 999 } }, 'mesh.chunkBytes'],
    [{ mesh: { ...mesh, chunkBytes: 100_000_001 } }, 'mesh.chunkBytes'],
    [{ mesh: { ...mesh, timeoutSeconds: 0 } }, 'mesh.timeoutSeconds'],
    [{ mesh: { ...mesh, timeoutSeconds: 3_601 } }, 'mesh.timeoutSeconds'],
  ])('may not be %j', async (change, path, says = '.') => {
    const problems = await problemsOf(() => readNationalSettings({ mailbox, ...change }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^objections/national\\.json ${path.replaceAll('.', '\\.')}: ${says}`));
  });

  it('are read from their file, and nobody is asked without it', async () => {
    const folder = await folderWith('national.json', JSON.stringify({ mailbox }));
    expect(await loadNationalSettings(folder)).toMatchObject({ mailbox });
    const because = (fault: string) => [`objections/national.json ${fault}; it says whose mailbox asks for national opt-outs`];
    expect(await problemsOf(() => loadNationalSettings('/nowhere'))).toEqual(because('is missing'));
    const from = async (text: string | Buffer) => problemsOf(async () => loadNationalSettings(await folderWith('national.json', text)));
    expect(await from('{')).toEqual(because('is not JSON'));
    expect(await from(Buffer.from([0x22, 0xe9, 0x22]))).toEqual(because('is not UTF-8'));
    expect(await from(`{ "mailbox": "OTHER1", "mailbox": "${mailbox}" }`)).toEqual(
      because('gives a member twice in one object; remove one of them'),
    );
  });
});

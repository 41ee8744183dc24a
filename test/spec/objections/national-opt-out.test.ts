import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  blockOf,
  cacheDays,
  checkStateOf,
  isFresh,
  mayDisclose,
  type PersonCheck,
  requireFresh,
  usableFrom,
  usableUntil,
} from '../../../src/objections/national/national-check.ts';
import { classifyReply, headBytes, type ReplyAction, type ReplyClass, replyRows } from '../../../src/objections/national/reply-classes.ts';
import { localIdOf, nameRequest, requestFileName } from '../../../src/objections/national/request-name.ts';
import { renderNationalRules } from '../../../src/objections/national/rule-book.ts';
import { readNationalSettings } from '../../../src/objections/national/settings.ts';
import { awaitsReply, mayFollow, requestStates } from '../../../src/objections/national/states.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

const numbers = '9992000015,\n9992001380,\n';
/** A job receipt as the service sends it, cut down to what tells it apart. */
const receipt = '{"job_id": "1", "status": "pending", "stages": {"validate_non_empty_file": "passed"}}';

describe('RULE-NDOP-1: a reply is classified before it is believed', () => {
  it.each<[what: string, body: string, type: string | undefined, found: ReplyClass, action: ReplyAction]>([
    ['the cleaned list', numbers, 'DATA', 'cleaned-list', 'answer'],
    ['the list, carried by hand', numbers, undefined, 'cleaned-list', 'answer'],
    ['the list with CRLF', numbers.replaceAll('\n', '\r\n'), 'DATA', 'cleaned-list', 'answer'],
    ['the list without its last line end', '9992000015,\n9992001380', 'DATA', 'cleaned-list', 'answer'],
    ['the list without commas', '9992000015\n', 'DATA', 'cleaned-list', 'answer'],
    ['the list in an unexpected message type', numbers, 'CONTROL', 'unknown', 'hold'],
    ['the job receipt', receipt, 'DATA', 'job-receipt', 'receipt'],
    ['the job receipt, carried by hand', receipt, undefined, 'job-receipt', 'receipt'],
    ['other JSON', '{"hello": 1}', 'DATA', 'unknown', 'hold'],
    ['the error line', 'The file contains one or more invalid NHS Numbers.\n', 'DATA', 'invalid-numbers', 'void'],
    ['the error line among numbers', `The file contains one or more invalid NHS Numbers.\n${numbers}`, 'DATA', 'unknown', 'hold'],
    ['another sentence', 'The service is not available today.', 'DATA', 'other-error', 'hold'],
    ['a report that nobody took the file', '', 'REPORT', 'undelivered', 'void'],
    ['a report whatever it holds', numbers, 'REPORT', 'undelivered', 'void'],
    ['nothing', '', 'DATA', 'empty', 'hold'],
    ['blank lines', '\r\n\r\n', undefined, 'empty', 'hold'],
    ['numbers with spaces', '999 200 0015,\n', 'DATA', 'unknown', 'hold'],
    ['numbers with a name', '9992000015,Smith\n', 'DATA', 'unknown', 'hold'],
    ['a list of those who opted out, with a heading', `nhs_number\n${numbers}`, undefined, 'unknown', 'hold'],
    ['a page of a proxy', '<html><body>504</body></html>', 'DATA', 'unknown', 'hold'],
    ['the list, of a type in small letters', numbers, 'data', 'cleaned-list', 'answer'],
    ['a report in small letters', numbers, 'report', 'undelivered', 'void'],
    ['the list with an empty line in it', '9992000015,\n\n9992001380,\n', 'DATA', 'cleaned-list', 'answer'],
    ['a number with a digit less', '999200001,\n', 'DATA', 'unknown', 'hold'],
    ['a number with a digit more', '99920000155,\n', 'DATA', 'unknown', 'hold'],
    ['a number with two commas', '9992000015,,\n', 'DATA', 'unknown', 'hold'],
    ['a number with something before it', 'x9992000015,\n', 'DATA', 'unknown', 'hold'],
    ['the job receipt after empty lines', ` \n${receipt}`, 'DATA', 'job-receipt', 'receipt'],
    ['a status alone, spaced out', '{"status" : "pending"}', 'DATA', 'job-receipt', 'receipt'],
    ['the check that the file is not empty', '{"validate_non_empty_file":"passed"}', 'DATA', 'job-receipt', 'receipt'],
    ['the check that the file is new', '{"validate_is_unique_upload":"passed"}', 'DATA', 'job-receipt', 'receipt'],
    ['the check of the order', '{"validate_in_order":"passed"}', 'DATA', 'job-receipt', 'receipt'],
    ['JSON that says "status" of something else', '{"hello": "status"}', 'DATA', 'other-error', 'hold'],
    ['a receipt that is quoted', `It said ${receipt}`, 'DATA', 'unknown', 'hold'],
    [
      'the error line in other letters, without its stop',
      'THE FILE CONTAINS ONE OR MORE INVALID NHS NUMBERS',
      'DATA',
      'invalid-numbers',
      'void',
    ],
    ['the error line, quoted', 'It said: the file contains one or more invalid NHS numbers.', 'DATA', 'other-error', 'hold'],
    ['the error line with more behind it', 'The file contains one or more invalid NHS numbers. Sorry', 'DATA', 'other-error', 'hold'],
    ['two sentences', 'Not available.\nTry again later.\n', 'DATA', 'other-error', 'hold'],
    ['a sentence with a number in it', 'Not available.\nTry again at 10.\n', 'DATA', 'unknown', 'hold'],
  ])('%s', (_what, head, messageType, found, action) => {
    const row = classifyReply({ head, bytes: head.length, ...(messageType === undefined ? {} : { messageType }) });
    expect([row.class, row.action]).toEqual([found, action]);
  });

  it('judges a long list by its whole lines, for the last of its head may be cut', () => {
    expect(classifyReply({ head: '9992000015,\n99920', bytes: 1_000_000 }).class).toBe('cleaned-list');
    expect(classifyReply({ head: '9992000015,\n99920', bytes: 17 }).class).toBe('unknown');
    expect(classifyReply({ head: '9992000015', bytes: 1_000_000 }).class).toBe('unknown');
    expect(classifyReply({ head: 'Not available. Try', bytes: 1_000_000 }).class).toBe('unknown');
  });

  it('takes a reply for empty when it has seen the whole of it', () => {
    expect(classifyReply({ head: ' '.repeat(headBytes), bytes: headBytes }).class).toBe('empty');
    expect(classifyReply({ head: ' '.repeat(headBytes), bytes: headBytes + 1 }).class).toBe('unknown');
    expect(headBytes).toBe(4_096);
  });

  it('says why whenever it does not answer, and holds what it does not know', () => {
    for (const { action, reason } of replyRows) expect(reason !== undefined).toBe(action === 'hold' || action === 'void');
    expect(replyRows.at(-1)).toMatchObject({ class: 'unknown', action: 'hold' });
  });
});

describe('RULE-NDOP-4: an answer is usable for seven days', () => {
  const asked = new Date('2026-11-01T10:00:00Z');
  it.each([
    ['at once', '2026-11-01T10:00:00Z', true],
    ['a moment before seven days', '2026-11-08T09:59:59Z', true],
    ['at seven days', '2026-11-08T10:00:00Z', false],
    ['after that', '2026-12-01T00:00:00Z', false],
    ['before it was asked', '2026-11-01T09:59:59Z', false],
  ])('%s', (_when, at, fresh) => {
    expect(isFresh(asked, new Date(at))).toBe(fresh);
  });

  it('and blocks a release without it', () => {
    const wanted = { purpose: 'commissioning' } as const;
    expect(cacheDays).toBe(7);
    expect(() => requireFresh({ state: 'missing' }, wanted)).toThrow(expect.objectContaining({ code: 'NATIONAL_CHECK_MISSING' }));
    const stale = {
      exchangeId: 'x',
      approval: 'x',
      checkedAt: asked,
      usableUntil: asked,
      people: 1,
      optedOut: 0,
      requests: [],
      responses: [],
    };
    expect(() => requireFresh({ state: 'stale', ...stale }, wanted)).toThrow(expect.objectContaining({ code: 'NATIONAL_CHECK_STALE' }));
    expect(() => requireFresh({ state: 'fresh', ...stale }, wanted)).not.toThrow();
    expect(blockOf({ state: 'fresh', ...stale }, wanted)).toBeUndefined();
    const command = (approval: string) =>
      `An IG lead makes one with "haven ndop request --purpose commissioning --approval '${approval}' --as PERSON" and applies its reply.`;
    expect(blockOf({ state: 'missing' }, { ...wanted, approval: 'CAG 1' })).toMatchObject({
      status: 409,
      message: `No national opt-out check has been answered for this purpose and approval, so nothing is released. ${command('CAG 1')}`,
    });
    for (const approval of [{}, { approval: '' }])
      expect(blockOf({ state: 'stale', ...stale }, { ...wanted, ...approval })).toMatchObject({
        status: 409,
        message: `The national opt-out check for this purpose is older than 7 days, so nothing is released. ${command('REFERENCE')}`,
      });
  });

  it('counted from when it was asked, forwards and backwards', () => {
    expect(usableUntil(asked)).toEqual(new Date('2026-11-08T10:00:00Z'));
    expect(usableFrom(new Date('2026-11-08T10:00:00Z'))).toEqual(asked);
  });

  it.each<[PersonCheck, boolean, string]>([
    [{ state: 'fresh', optedOut: false }, true, 'fresh'],
    [{ state: 'fresh', optedOut: true }, false, 'fresh'],
    [{ state: 'fresh', optedOut: false, notCovered: true }, false, 'not-covered'],
    [{ state: 'stale' }, false, 'stale'],
    [{ state: 'missing' }, false, 'missing'],
  ])('%j', (check, may, state) => {
    expect(mayDisclose(check)).toBe(may);
    expect(checkStateOf(check)).toBe(state);
  });
});

describe('the name of a request file', () => {
  it('is mailbox, day and sequence in the month, and its LocalId the same without the ending', () => {
    expect(nameRequest('X26ABC1', '2026-11-02', 7)).toBe('X26ABC1-02112026-0007');
    expect(requestFileName('X26ABC1-02112026-0007')).toBe('X26ABC1-02112026-0007.dat');
    for (const name of ['X26ABC1-02112026-0007.dat', ' X26ABC1-02112026-0007\n', 'X26ABC1-02112026-0007.Answer12'])
      expect(localIdOf(name)).toBe('X26ABC1-02112026-0007');
    expect(localIdOf(`${'A'.repeat(30)}-02112026-0007`)).toBe(`${'A'.repeat(30)}-02112026-0007`);
  });

  it('has letters, digits and hyphens only, whatever the sequence', () => {
    for (const sequence of [1, 99, 9_999]) expect(nameRequest('X26ABC1', '2026-11-02', sequence)).toMatch(/^[A-Z0-9-]+$/);
    for (const sequence of [0, -1, 1.5, 10_000]) {
      expect(() => nameRequest('X26ABC1', '2026-11-02', sequence)).toThrow(
        expect.objectContaining({ code: 'NDOP_SEQUENCE_EXHAUSTED', message: expect.stringContaining('Wait for the next month') }),
      );
    }
  });

  it.each([
    ...['reply.dat', 'X26ABC1-2112026-0001.dat', '../X26ABC1-02112026-0001.dat', 'X26:ABC1-02112026-0001', '', '-02112026-0001'],
    ...['X26ABC1-02112026-001', 'X26ABC1-02112026-00011', 'X26ABC1-02112026-0001.', 'X26ABC1-02112026-0001.dat.exe'],
    ...['X26ABC1-02112026-0001.123456789', 'X26ABC1-02112026-0001.d-t', `${'A'.repeat(31)}-02112026-0007`, 'x26abc1-02112026-0001'],
  ])('is not %j', (name) => {
    expect(localIdOf(name)).toBeUndefined();
  });
});

describe('the states of a request', () => {
  it('lead from the decision to the end, and an end leads nowhere', () => {
    const path = ['decided', 'prepared', 'sent', 'receipted', 'answered', 'applied'] as const;
    for (const [index, state] of path.slice(1).entries()) expect(mayFollow(path[index] ?? 'applied', state)).toBe(true);
    for (const end of ['applied', 'failed'] as const) for (const state of requestStates) expect(mayFollow(end, state)).toBe(false);
  });

  it('await a reply between the writing of the file and its answer', () => {
    expect(requestStates.filter(awaitsReply)).toEqual(['prepared', 'sent', 'receipted', 'held']);
  });
});

describe('the settings', () => {
  it('default to LF, 500,000 lines a file and files by hand', () => {
    expect(readNationalSettings({ mailbox: 'X26ABC1' })).toEqual({
      mailbox: 'X26ABC1',
      lineEnding: 'LF',
      rowsPerFile: 500_000,
      holdAboveShare: 0.25,
    });
  });

  it('give every problem at once', () => {
    const wrong = { mailbox: 'x:1', lineEnding: 'CR', mesh: { url: 'ftp://x', recipient: 'a', workflow: '' } };
    try {
      readNationalSettings(wrong);
      expect.unreachable();
    } catch (error) {
      expect((error as { problems: string[] }).problems.length).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('the published rules', () => {
  it('are those that decide: run `npm run generated` when they differ', () => {
    expect(readFileSync(join(packageRoot(), 'docs', 'rules', 'national-opt-out.md'), 'utf8')).toBe(renderNationalRules());
  });
});

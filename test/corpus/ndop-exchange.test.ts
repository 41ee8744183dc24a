import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { advanceExchange } from '../../src/objections/national/advance.ts';
import type { ReplyOutcome } from '../../src/objections/national/take-reply.ts';
import { emptyBox, openTestBox, type TestBox } from '../support/box.ts';
import { emptyNational, hold, type NationalTest, openNational, pseudonymOf } from '../support/national-exchange.ts';
import { describeSets, readSet } from './support/shared-data.ts';

const set = 'ndop-mesh-derived';

describeSets([set], 'the national exchange, byte for byte as its files are written elsewhere', () => {
  let test: TestBox;
  let national: NationalTest;
  let exchangeId: string;
  let localId: string;
  const numbersOf = (file: string): string[] =>
    readSet(set, file)
      .toString('utf8')
      .match(/\d{10}/g) ?? [];
  const reply = (bytes: string | Buffer): Promise<ReplyOutcome> =>
    national.deps.takeReply({ localId, actor: 'corpus', bytes: Readable.from([Buffer.from(bytes as string)]) });

  beforeAll(async () => {
    test = await openTestBox();
    national = await openNational(test);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    await emptyBox(test);
    await emptyNational(test);
    await hold(test, numbersOf('request_200.dat'));
    const decided = await national.decide();
    exchangeId = decided.exchangeId;
    localId = decided.localIds[0] ?? '';
    await advanceExchange(national.deps, exchangeId);
  });

  it('writes the request as it is wanted', async () => {
    expect((await readFile(join(national.deps.spool, `${localId}.dat`))).equals(readSet(set, 'request_200.dat'))).toBe(true);
  });

  it.each(['\n', '\r\n'])('finds exactly those who opted out, with line ends %j', async (ending) => {
    const text = readSet(set, 'response_200_optouts_removed.dat').toString('utf8').replaceAll('\n', ending);
    expect(await reply(text)).toMatchObject({ state: 'answered', asked: 200, returned: 189, optedOut: 11 });
    await advanceExchange(national.deps, exchangeId);
    const { rows } = await test.admin.query<{ p: string }>('select landing_pseudonym as p from ndop.opted_out');
    expect(rows.map(({ p }) => p).sort()).toEqual(
      numbersOf('expected_opted_out.csv')
        .map((number) => pseudonymOf(test, number))
        .sort(),
    );
  });

  it.each([
    ['response_invalid.dat', 'failed', 'NDOP_NUMBERS_REFUSED'],
    ['request_with_one_invalid.dat', 'held', 'NDOP_REPLY_FOREIGN_NUMBERS'],
    ['request_duplicates_and_blank.dat', 'held', 'NDOP_REPLY_UNKNOWN'],
    // A tenth of the list, well formed: most likely cut short.
    ['request_crlf_malformed.dat', 'held', 'NDOP_REPLY_IMPLAUSIBLE'],
    ['expected_opted_out.csv', 'held', 'NDOP_REPLY_UNKNOWN'],
  ])('does not believe %s', async (file, state, reason) => {
    expect(await reply(readSet(set, file))).toMatchObject({ state, reason });
    expect(await test.count(`select count(*) from objections.objection where kind = 'ndop'`)).toBe(0);
  });
});

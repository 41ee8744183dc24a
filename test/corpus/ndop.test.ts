import { afterAll, beforeAll, expect, it } from 'vitest';
import { importObjectionFile } from '../../src/blackbox/import-objections.ts';
import type { ImportReceipt } from '../../src/objections/import.ts';
import { figuresOf, printFigures } from './support/figures.ts';
import { type CorpusGateway, openGateway } from './support/gateway.ts';
import { placeOf } from './support/place.ts';
import { describeSets, readSet, toCsv } from './support/shared-data.ts';

const set = 'ndop-mesh-derived';

describeSets([set], 'national data opt-outs, as the MESH service answers', () => {
  let gateway: CorpusGateway;
  const flow = 'ndop-contacts';
  const numbersOf = (file: string): string[] =>
    readSet(set, file)
      .toString('utf8')
      .match(/\d{10}/g) ?? [];
  const objections = (text: string | Buffer): Promise<ImportReceipt> =>
    importObjectionFile(gateway.box, {
      kind: 'ndop',
      actor: 'corpus',
      bytes: (async function* () {
        yield Buffer.from(text);
      })(),
    });
  const contacts = (numbers: readonly string[]): string =>
    toCsv(
      ['contact_id', 'nhs_number', 'contact_date'],
      numbers.map((number, index) => ({ contact_id: `C${index}`, nhs_number: number, contact_date: '2026-01-02' })),
    );

  beforeAll(async () => {
    gateway = await openGateway([await placeOf('ndop', [{ id: flow, feed: 'warehouse-contacts', setting: 'community' }])]);
  });
  afterAll(() => gateway.close());

  it('refuses the raw files, which have no header and would be read as anything', async () => {
    for (const file of ['request_200.dat', 'response_200_optouts_removed.dat', 'response_invalid.dat', 'request_crlf_malformed.dat'])
      await expect(objections(readSet(set, file))).rejects.toMatchObject({ code: 'HEADER_COLUMN_MISSING' });
  });

  it('withholds those who are missing from the answer, and lands the others', async () => {
    const asked = numbersOf('request_200.dat');
    const answered = new Set(numbersOf('response_200_optouts_removed.dat'));
    const missing = asked.filter((number) => !answered.has(number));
    expect(missing).toEqual(numbersOf('expected_opted_out.csv'));
    expect(await objections(readSet(set, 'expected_opted_out.csv'))).toMatchObject({ received: 11, recorded: 11, quarantined: {} });
    const receipt = await gateway.deliver(flow, contacts(asked));
    printFigures([figuresOf(set, receipt)]);
    expect(receipt).toMatchObject({ received: 200, landed: 189, withheld: { OBJECTION_NDOP: 11 } });
    const [people] = await gateway.query<{ people: number }>('select count(*)::int as people from linkage.pseudonym');
    expect(people?.people).toBe(189);
  });

  it('records no one twice, and one bad number costs only its row', async () => {
    expect(await objections(readSet(set, 'expected_opted_out.csv'))).toMatchObject({ received: 11, recorded: 0, unchanged: 11 });
    const numbers = readSet(set, 'request_with_one_invalid.dat')
      .toString('utf8')
      .replaceAll(/,\r?\n/g, '\n');
    const one = await objections(`nhs_number\n${numbers}`);
    expect(one).toMatchObject({ received: 20, quarantined: { NHS_NUMBER_CHECK_DIGIT: 1 } });
    const repeated = readSet(set, 'request_duplicates_and_blank.dat').toString('utf8');
    const two = await objections(`nhs_number,note\n${repeated}`);
    expect(two.received).toBe(two.recorded + two.unchanged + Object.values(two.quarantined).reduce((sum, count) => sum + count, 0));
    const windows = await objections(`nhs_number,note\r\n${readSet(set, 'request_crlf_malformed.dat').toString('utf8')}`);
    expect(windows).toMatchObject({ received: 20, recorded: 0 });
    printFigures(
      [one, two, windows].map(({ received, recorded, unchanged, quarantined, removed }) => ({
        set: `${set} import`,
        received,
        recorded,
        unchanged,
        quarantined: JSON.stringify(quarantined),
        removed: JSON.stringify(removed),
      })),
    );
  });
});

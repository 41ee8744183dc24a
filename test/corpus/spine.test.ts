import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CorpusGateway, openGateway } from './support/gateway.ts';
import { placeOf } from './support/place.ts';
import { testNumbers, toCsv } from './support/shared-data.ts';

/** What the public sets brought to light, in the fewest rows that show it; needs no folder of sets. */
describe('what the sets taught', () => {
  let gateway: CorpusGateway;
  const [first, second, third, fourth, fifth] = testNumbers(5, 700_000) as [string, string, string, string, string];
  const flow = (id: string, feed: string) => ({ id, feed, setting: 'hospital' as const, linkByLocalId: true });

  beforeAll(async () => {
    const flows = [flow('patients', 'warehouse-patients'), flow('episodes', 'warehouse-episodes'), flow('again', 'warehouse-episodes')];
    gateway = await openGateway([await placeOf('spine', flows)]);
  });
  afterAll(() => gateway.close());

  const episode = (id: string, patient: string, number: string, change: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    episode_id: id,
    patient_id: patient,
    nhs_number: number,
    admission_date: '2026-01-05',
    discharge_date: '2026-01-06',
    primary_diagnosis: 'J18',
    ...change,
  });
  const csv = (rows: readonly Record<string, string>[]): string => toCsv(Object.keys(rows[0] ?? {}), rows);
  const rulesAt = async (receipt: Parameters<CorpusGateway['problems']>[0]): Promise<string[]> =>
    (await gateway.problems(receipt)).map(({ row_no, rule }) => `${row_no} ${rule}`);

  it('says which rows repeat a record of the same file, and of no other', async () => {
    const changed = episode('R2', 'P1', first, { discharge_date: '2026-01-09' });
    const rows = [episode('R1', 'P1', first), episode('R1', 'P1', first), episode('R2', 'P1', first), changed];
    const receipt = await gateway.deliver('again', csv(rows));
    expect(receipt).toMatchObject({ received: 4, landed: 2, updated: 1, unchanged: 1 });
    expect(await rulesAt(receipt)).toEqual(['2 REPEATED_IDENTICAL', '4 REPEATED_REPLACED']);
    const later = await gateway.deliver('again', csv([changed, episode('R3', 'P1', first)]));
    expect(later).toMatchObject({ received: 2, landed: 1, unchanged: 1 });
    expect(await rulesAt(later)).toEqual([]);
  });

  it('follows the local id of somebody whose number was replaced in the delivery that introduces them', async () => {
    const patient = (number: string, newer: string) => ({
      patient_id: 'P2',
      nhs_number: number,
      superseded_by_nhs_number: newer,
      date_of_birth: '1950-02-01',
    });
    await gateway.deliver('patients', csv([patient(second, ''), patient(third, second)]));
    const receipt = await gateway.deliver('episodes', csv([episode('E1', 'P2', '')]));
    expect(receipt).toMatchObject({ landed: 1, quarantined: {} });
  });

  it('does not hold a record for what is wrong with another record of the same person', async () => {
    const rows = [
      episode('E2', 'P3', fourth, { discharge_date: '2026-01-01' }),
      episode('E3', 'P3', fourth, { primary_diagnosis: 'A50' }),
      episode('E4', 'P3', ''),
    ];
    const alone = await gateway.deliver('episodes', csv(rows));
    expect(alone).toMatchObject({
      withheld: { SENSITIVE_CODE: 1 },
      quarantined: { DISCHARGE_BEFORE_ADMISSION: 1, PATIENT_REFERENCE_UNRESOLVED: 1 },
    });
    const beside = await gateway.deliver('episodes', csv([...rows, episode('E5', 'P3', fourth)]));
    expect(beside).toMatchObject({ landed: 2, withheld: { SENSITIVE_CODE: 1 }, quarantined: { DISCHARGE_BEFORE_ADMISSION: 1 } });
    const known = await gateway.deliver('episodes', csv([...rows.slice(0, 2), episode('E6', 'P3', '')]));
    expect(known).toMatchObject({ landed: 1, withheld: { SENSITIVE_CODE: 1 }, quarantined: { DISCHARGE_BEFORE_ADMISSION: 1 } });
  });

  it('holds a record for what is wrong with the person', async () => {
    const receipt = await gateway.deliver(
      'episodes',
      csv([episode('E7', 'P4', '9999999999'), episode('E8', 'P4', ''), episode('E9', 'P5', fifth)]),
    );
    expect(receipt).toMatchObject({ landed: 1, quarantined: { NHS_NUMBER_PLACEHOLDER: 2 } });
  });
});

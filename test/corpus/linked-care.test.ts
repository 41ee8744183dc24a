import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deriveKey } from '../../src/blackbox/keys.ts';
import { sourceKeyer } from '../../src/blackbox/pseudonymise.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import { readRegisterFiles } from '../../src/register/files.ts';
import type { PlaceDocument } from '../../src/register/model.ts';
import { figuresOf, printFigures } from './support/figures.ts';
import { type CorpusGateway, openGateway } from './support/gateway.ts';
import { linkedCare, type RawFeed, rebuildFeeds } from './support/linked-care.ts';
import { describeSets, toCsv } from './support/shared-data.ts';

describeSets([linkedCare], 'six linked feeds of a county, onboarded by configuration alone', () => {
  let gateway: CorpusGateway;
  let feeds: readonly RawFeed[];
  const receipts = new Map<string, Receipt>();
  const feed = (flow: string): RawFeed => feeds.find((one) => one.flow === flow) as RawFeed;
  const receipt = (flow: string): Receipt => receipts.get(flow) as Receipt;
  const isWrongNumber = (number: string | undefined): boolean => number === '' || number === 'INVALID';

  beforeAll(async () => {
    gateway = await openGateway(await readRegisterFiles(join(import.meta.dirname, 'register/linked-care')));
    feeds = rebuildFeeds();
    for (const { flow, csv } of feeds) receipts.set(flow, await gateway.deliver(flow, csv));
  });
  afterAll(async () => {
    printFigures([...receipts].map(([flow, one]) => figuresOf(`${linkedCare}: ${flow}`, one)));
    await gateway.close();
  });

  it('lands every feed', () => {
    expect([...receipts.values()].map(({ state }) => state)).toEqual(feeds.map(() => 'landed'));
    expect([...receipts.values()].map(({ refusals }) => refusals.length)).toEqual(feeds.map(() => 0));
    for (const { flow, rows } of feeds) expect(receipt(flow).received).toBe(rows.length);
  });

  it('holds the 26 patients without a number and the 36 whose number is not one', () => {
    expect(receipt('county-patients').quarantined).toEqual({ NHS_NUMBER_ABSENT: 26, NHS_NUMBER_MALFORMED: 36 });
  });

  it('counts the 90 rows that stand twice once: 47 identical, 43 with another number for the person', () => {
    const { landed, updated, unchanged, received } = receipt('county-patients');
    // One of the 43 has a number that is not one beside a good one; the bad row is held, so 42 remain to be folded.
    expect({ received, landed, updated, unchanged }).toEqual({ received: 1290, landed: 1139, updated: 42, unchanged: 47 });
  });

  it('says of each repeated row which line of the file it was', async () => {
    const problems = await gateway.problems(receipt('county-patients'));
    const at = (rule: string): number[] => problems.filter((problem) => problem.rule === rule).map(({ row_no }) => row_no);
    expect(at('REPEATED_IDENTICAL')).toHaveLength(47);
    expect(at('REPEATED_REPLACED')).toHaveLength(42);
    const rows = feed('county-patients').rows;
    for (const row of at('NHS_NUMBER_ABSENT')) expect(rows[row - 1]?.nhs_number).toBe('');
    for (const row of at('NHS_NUMBER_MALFORMED')) expect(rows[row - 1]?.nhs_number).toBe('INVALID');
  });

  it('joins the 42 people who had two numbers, and keeps how', async () => {
    const [merges] = await gateway.query<{ merges: number }>('select count(*)::int as merges from linkage.merge');
    expect(merges?.merges).toBe(42);
  });

  it('holds the 210 episodes discharged before admission, at their rows', async () => {
    const { rows } = feed('county-episodes');
    const backwards = rows.flatMap((row, index) =>
      row.discharge_date && row.discharge_date < (row.admission_date ?? '') ? [index + 1] : [],
    );
    expect(backwards).toHaveLength(210);
    const problems = await gateway.problems(receipt('county-episodes'));
    expect(problems.filter(({ rule }) => rule === 'DISCHARGE_BEFORE_ADMISSION').map(({ row_no }) => row_no)).toEqual(backwards);
  });

  it('holds the 2% of episodes without a number, and those whose number is not one', () => {
    const good = feed('county-episodes').rows.filter((row) => (row.discharge_date ?? '') >= (row.admission_date ?? ''));
    expect(receipt('county-episodes').quarantined).toEqual({
      DISCHARGE_BEFORE_ADMISSION: 210,
      NHS_NUMBER_ABSENT: good.filter((row) => row.nhs_number === '').length,
      NHS_NUMBER_MALFORMED: good.filter((row) => row.nhs_number === 'INVALID').length,
    });
  });

  it.each(['county-attendances', 'county-contacts', 'county-referrals', 'county-packages'])(
    'lands every row of %s that has a number',
    (flow) => {
      const { rows } = feed(flow);
      const held = rows.filter((row) => isWrongNumber(row.nhs_number)).length;
      expect(receipt(flow).landed).toBe(rows.length - held);
      expect(receipt(flow).withheld).toEqual({});
    },
  );

  it('links exactly the records that the set says belong together', async () => {
    const events = await gateway.query<{ flow_id: string; key: string; person_id: string }>(
      `select f.flow_id, replace(e.source_key::text, '-', '') as key, e.person_id::text as person_id
         from environment.event e join register.flow f using (flow_no)`,
    );
    const truth = new Map<string, string>();
    const key = deriveKey(gateway.box.rootKey, 'source-record', gateway.box.landingEpoch);
    for (const { flow, key: column, rows } of feeds) {
      const keyOf = sourceKeyer(key, [flow]);
      for (const row of rows) truth.set(`${flow} ${keyOf([row[column] ?? ''])}`, row.patient_id ?? '');
    }
    const patientOf = new Map<string, Set<string>>();
    const personOf = new Map<string, Set<string>>();
    for (const event of events) {
      const patient = truth.get(`${event.flow_id} ${event.key}`);
      expect(patient).toBeDefined();
      patientOf.set(event.person_id, (patientOf.get(event.person_id) ?? new Set()).add(patient as string));
      personOf.set(patient as string, (personOf.get(patient as string) ?? new Set()).add(event.person_id));
    }
    expect(events).toHaveLength([...receipts.values()].reduce((sum, { landed }) => sum + landed, 0));
    expect([...patientOf.values()].filter((patients) => patients.size !== 1)).toEqual([]);
    expect([...personOf.values()].filter((people) => people.size !== 1)).toEqual([]);
    expect(personOf.size).toBe(1139);
  });

  it('links nobody by the number that 36 people share, because it is no number', async () => {
    const [doubtful] = await gateway.query<{ people: number }>(
      `select count(*)::int as people from environment.person where linkage_grade = 'doubtful'`,
    );
    expect(doubtful?.people).toBe(0);
  });

  it('keeps nothing that a sender could look up: no number, no local id, no birthday, no postcode', async () => {
    const text = (
      await gateway.query<{ text: string }>(
        `select coalesce(attributes::text, '') || coalesce(provider, '') as text from environment.event`,
      )
    )
      .map((row) => row.text)
      .join('\n');
    for (const pattern of [/PAT_\d/, /PSEUDO/, /999\d{7}/, /EP0\d/, /(19|20)\d\d-01-0[12]/]) expect(pattern.test(text)).toBe(false);
  });

  it('changes nothing when the same files come again, and nothing when their rows come in another order', async () => {
    const patients = feed('county-patients');
    expect((await gateway.deliver('county-patients', patients.csv)).state).toBe('duplicate');
    for (const flow of ['county-patients', 'county-contacts']) {
      const again = await gateway.deliver(flow, reversed(feed(flow).csv));
      expect(again).toMatchObject({ state: 'landed', landed: 0, updated: 0, removed: 0, linkage: { new: 0 } });
    }
    const [merges] = await gateway.query<{ merges: number }>('select count(*)::int as merges from linkage.merge');
    expect(merges?.merges).toBe(42);
  });
});

const reversed = (csv: string): string => {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  return `${[header, ...lines.reverse()].join('\n')}\n`;
};

describeSets([linkedCare], 'the same county, where the agreement lets one sender link by its own patient id', () => {
  let gateway: CorpusGateway;

  beforeAll(async () => {
    gateway = await openGateway((await readRegisterFiles(join(import.meta.dirname, 'register/linked-care'))).map(withLocalIds));
  });
  afterAll(() => gateway.close());

  it('lands records without any number for the people the sender introduced, and holds the others', async () => {
    const feeds = rebuildFeeds();
    const [patients, contacts] = ['county-patients', 'county-contacts'].map((flow) => feeds.find((one) => one.flow === flow)) as [
      RawFeed,
      RawFeed,
    ];
    const introduced = new Set(patients.rows.filter((row) => /^\d/.test(row.nhs_number ?? '')).map((row) => row.patient_id));
    const known = await gateway.deliver('county-patients', patients.csv);
    const numberless = contacts.rows.map((row) => ({ ...row, nhs_number: '' }));
    const receipt = await gateway.deliver(
      'county-contacts',
      toCsv(
        Object.keys(contacts.rows[0] ?? {}).filter((name) => name !== 'superseded_by_nhs_number'),
        numberless,
      ),
    );
    printFigures([figuresOf('local ids: county-patients', known), figuresOf('local ids: county-contacts', receipt)]);
    const landed = contacts.rows.filter((row) => introduced.has(row.patient_id)).length;
    expect(receipt).toMatchObject({ landed, quarantined: { PATIENT_REFERENCE_UNRESOLVED: contacts.rows.length - landed } });
    const [people] = await gateway.query<{ people: number }>(
      `select count(distinct person_id)::int as people from environment.event where kind = 'contact'`,
    );
    expect(people?.people).toBe(new Set(contacts.rows.map((row) => row.patient_id).filter((patient) => introduced.has(patient))).size);
  });
});

/** The register where community contacts and patients come from one organisation, which may link by its own patient id. */
function withLocalIds(document: PlaceDocument): PlaceDocument {
  return {
    ...document,
    services: document.services.map((service) => (service.id === 'community' ? { ...service, organisation: 'ZGPX' } : service)),
    agreements: document.agreements.map((agreement) => ({
      ...agreement,
      dataIn: agreement.dataIn.map((entry) => ({
        ...entry,
        linkByLocalId: true,
        items: entry.items.map((item) => ({ ...item, fields: [...new Set([...item.fields, 'patient_id'])] })),
      })),
    })),
  };
}

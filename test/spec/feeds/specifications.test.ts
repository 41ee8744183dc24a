import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fieldsEveryAgreementNeeds, loadCodeLists, loadFeeds, loadPostcodes, loadSensitiveCodes } from '../../../src/feeds/load.ts';
import { feedJsonSchemaText } from '../../../src/feeds/schema.ts';
import type { FeedSpecification } from '../../../src/feeds/specification.ts';

const config = join(import.meta.dirname, '../../../config');

describe('the feeds a place can take', () => {
  let feeds: ReadonlyMap<string, FeedSpecification>;
  beforeAll(async () => {
    feeds = await loadFeeds(config);
  });

  it('cover every setting of the programme', () => {
    expect([...feeds.keys()].sort()).toEqual(
      'ambulance asc-cld continuing-healthcare csds drug-and-alcohol ecds fhir-r4 gp-coded-records gp-patients gp-prescribing hospice mhsds nhs-111 out-of-hours sus-apc sus-op'.split(
        ' ',
      ),
    );
  });

  it.each([
    ['gp-patients', 'gp', 'PatientGuid OrganisationGuid', 'tombstone'],
    ['gp-coded-records', 'gp', 'ObservationGuid OrganisationGuid', 'tombstone'],
    ['gp-prescribing', 'gp', 'IssueRecordGuid OrganisationGuid', 'tombstone'],
    ['sus-apc', 'hospital', 'OrganisationCodeCodeOfProvider HospitalProviderSpellNumber EpisodeNumber', 'none'],
    ['sus-op', 'hospital', 'PROCODET ATTENDKEY', 'none'],
    ['ecds', 'hospital', 'PROVIDER_CODE EMERGENCY_CARE_ATTENDANCE_IDENTIFIER', 'none'],
    ['csds', 'community', 'OrgID_Provider ServiceRequestId CareContactId', 'none'],
    ['mhsds', 'mental-health', 'OrgIDProv UniqServReqID UniqCareContID', 'latest-submission'],
    ['asc-cld', 'social-care', 'LA_Code LA_Person_Unique_Identifier Event_Type Event_Start_Date', 'latest-submission'],
    ['drug-and-alcohol', 'drug-and-alcohol', 'AGNCY EPISODID MODID', 'none'],
  ])('%s comes from %s, is keyed by %s and deletes by %s', (id, setting, key, deletion) => {
    const feed = feeds.get(id);
    expect([feed?.setting, feed?.naturalKey.join(' '), feed?.deletion.rule]).toEqual([setting, key, deletion]);
  });

  it.each([
    ['gp-patients', 'DUMMY_PATIENT SENSITIVE_PERSON CONFIDENTIAL_RECORD'],
    ['gp-coded-records', 'CONFIDENTIAL_RECORD'],
    ['gp-prescribing', 'CONFIDENTIAL_RECORD'],
    ['drug-and-alcohol', 'CONFIDENTIAL_RECORD'],
  ])('%s withholds %s, and refuses a file whose header cannot say so', (id, reasons) => {
    const feed = feeds.get(id);
    expect(feed?.withhold.map(({ reason }) => reason).join(' ')).toBe(reasons);
    for (const { when } of feed?.withhold ?? []) expect(feed?.columns.find(({ name }) => name === when.column)?.mustBePresent).toBe(true);
  });

  it('lets a SUS+ file leave out everything but its key, number and start', () => {
    const needed = feeds
      .get('sus-apc')
      ?.columns.filter(({ mustBePresent }) => mustBePresent)
      .map(({ name }) => name);
    expect(needed).toEqual([
      'NHSNumber',
      'OrganisationCodeCodeOfProvider',
      'HospitalProviderSpellNumber',
      'StartDateHospitalProviderSpell',
      'EpisodeNumber',
    ]);
  });

  it('names the fields without which an agreement could not be kept', () => {
    const patients = feeds.get('gp-patients');
    expect(patients && [...fieldsEveryAgreementNeeds(patients)].sort()).toEqual(
      [
        'Deleted',
        'DummyType',
        'IsConfidential',
        'NHSNumberStatus',
        'NhsNumber',
        'OrganisationGuid',
        'PatientGuid',
        'SpineSensitive',
      ].sort(),
    );
  });

  it('is published as the JSON Schema that is committed', async () => {
    const committed = await readFile(join(config, '../docs/generated/feed.schema.json'), 'utf8');
    expect(committed).toBe(feedJsonSchemaText());
  });
});

describe('code lists', () => {
  it.each([
    ['nhs-number-status', '01', true],
    ['nhs-number-status', '1', false],
    ['nhs-number-status-mental-health', '08', false],
    ['admission-method', '2A', true],
    ['admission-method', '29', false],
    ['discharge-method', '2', true],
    ['emergency-department-type', '1', true],
    ['cld-event-outcome', 'NFA - Support ended – other reason', true],
    ['cld-event-outcome', 'NFA:  SUPPORT ENDED - Other Reason', true],
    ['cld-primary-support-reason', 'physical support - personal care support', true],
    ['cld-primary-support-reason', 'Physical Support', false],
  ])('%s holds %s: %s', async (list, value, held) => {
    expect((await loadCodeLists(config)).get(list)?.has(value)).toBe(held);
  });

  it('gives the code as the list writes it', async () => {
    const lists = await loadCodeLists(config);
    expect(lists.get('cld-event-outcome')?.find('nfa – support ended: other reason')).toBe('NFA - Support ended: Other reason');
    expect(lists.get('emergency-department-type')?.find('3')).toBe('03');
  });
});

describe('a column of codes without a list', () => {
  const open = async () =>
    [...(await loadFeeds(config)).values()].flatMap(({ id, columns, event }) =>
      columns
        .filter(
          ({ name, type, codeList }) => (type === 'code' || type === 'text') && codeList === undefined && event?.attributes.includes(name),
        )
        .map((column) => ({ id, ...column })),
    );

  it('says what its codes look like, in every feed', async () => {
    expect((await open()).filter(({ pattern }) => pattern === undefined).map(({ id, name }) => `${id} ${name}`)).toEqual([]);
  });

  it.each(['Smith', 'SMITH JONES', 'Mary Anne', "O'Neill", 'Jane Smith', 'Mary-Ann', '1950-02-28', '28/02/1950', '28.02.1950'])(
    'has no place for %s',
    async (value) => {
      const taken = (await open())
        .filter(({ pattern = '' }) => new RegExp(pattern, 'u').test(value))
        .map(({ id, name }) => `${id} ${name}`);
      expect(taken).toEqual([]);
    },
  );

  it.each([
    ['ecds', 'ACUITY', '1064911000000105'],
    ['mhsds', 'ServTeamTypeRefToMH', 'A06'],
    ['ambulance', 'DespatchCode', '12D3'],
    ['nhs-111', 'Final Dx Code', 'Dx012'],
    ['nhs-111', 'Final Symptom Group', 'SG1062'],
    ['gp-coded-records', 'NumericUnit', 'mmol/L'],
    ['gp-coded-records', 'NumericUnit', 'kg/m2'],
    ['gp-coded-records', 'NumericUnit', 'mm[Hg]'],
    ['gp-prescribing', 'QuantityUnit', 'tablet'],
    ['asc-cld', 'Service_Component', 'Home Support'],
    ['asc-cld', 'Service_Component', 'Nursing care'],
    ['asc-cld', 'Cost_Frequency_Unit_Type', 'Per week'],
    ['asc-cld', 'Assessment_Type', 'Long term assessment'],
  ])('%s %s takes %s', async (feed, name, value) => {
    const column = (await open()).find((one) => one.id === feed && one.name === name);
    expect(new RegExp(column?.pattern ?? '^$', 'u').test(value)).toBe(true);
  });
});

describe('restricted codes', () => {
  it.each([
    ['icd10', 'Z312', true],
    ['icd10', 'Z31', true],
    ['icd10', 'Z30', false],
    ['icd10', 'a51.3', true],
    ['icd10', 'A65', false],
    ['icd10', 'F649', true],
    ['icd10', 'F02.4', true],
    ['icd10', 'F02.3', false],
    ['opcs4', 'Q131', true],
    ['opcs4', 'X151', true],
    ['opcs4', 'W371', false],
    ['snomed', '184095009', true],
    ['snomed', '1840950091', false],
    ['dmd', 'Z312', false],
  ])('%s %s may not land: %s', async (system, code, sensitive) => {
    expect((await loadSensitiveCodes(config)).isSensitive(system, code)).toBe(sensitive);
  });
});

describe('postcodes', () => {
  it('lie in exactly one area, and in none when no file holds them', async () => {
    const areas = await loadPostcodes(config);
    expect(areas.size).toBe(62);
    expect(areas.get('SS94AC')).toEqual({ lsoa: 'E01015814', ward: 'E05002212' });
    expect(areas.get('SS94AD')).toBeUndefined();
    expect(areas.get('ZZ993VZ')).toBeUndefined();
  });
});

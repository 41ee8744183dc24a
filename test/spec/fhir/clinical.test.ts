import { describe, expect, it } from 'vitest';
import { fhirFields } from '../../../src/feeds/fhir/resources.ts';
import { outcomes, readAll, recordsOf } from '../../unit/fhir/reading.ts';

const nhsSystem = 'https://fhir.nhs.uk/Id/nhs-number';
const ukCore = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const codeSystem = 'https://fhir.hl7.org.uk/CodeSystem/UKCore-';
const concept = (system: string, code: string): object => ({ coding: [{ system, code, display: 'Display of it' }], text: 'Text of it' });
const snomed = (code: string): object => concept('http://snomed.info/sct', code);
const ods = (value: string): object => ({ identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value } });
const who = { subject: { reference: 'Patient/p', display: 'Display of it' }, patient: { reference: 'Patient/p' } };
const read = async (resource: object): Promise<string[]> => outcomes(await readAll(JSON.stringify({ id: 'x', ...who, ...resource })));
const record = async (resource: object): Promise<object | undefined> =>
  recordsOf(await readAll(JSON.stringify({ id: 'x', ...who, ...resource })))[0];

describe('one event per resource type', () => {
  const cases: [string, object, object][] = [
    [
      'Encounter',
      {
        status: 'finished',
        class: { code: 'IMP' },
        type: [snomed('185212007')],
        reasonCode: [concept('http://hl7.org/fhir/sid/icd-10', 'I21.9')],
        period: { start: '2026-01-01T10:00:00+00:00', end: '2026-01-04' },
        hospitalization: {
          extension: [{ url: `${ukCore}AdmissionMethod`, valueCodeableConcept: concept(`${codeSystem}AdmissionMethodEngland`, '21') }],
          admitSource: concept(`${codeSystem}SourceOfAdmissionEngland`, '19'),
          dischargeDisposition: concept(`${codeSystem}DischargeDestinationWales`, '20'),
        },
        extension: [{ url: `${ukCore}DischargeMethod`, valueCodeableConcept: concept(`${codeSystem}DischargeMethodEngland`, '1') }],
        serviceProvider: ods('RAJ'),
      },
      {
        kind: 'admission',
        start: '2026-01-01 10:00:00',
        end: '2026-01-04',
        provider: 'RAJ',
        codes: ['snomed:185212007', 'icd10:I219'],
        attributes: {
          'Encounter.status': 'finished',
          'Encounter.class': 'IMP',
          'Encounter.type': 'snomed:185212007',
          'Encounter.hospitalization.admissionMethod': '21',
          'Encounter.hospitalization.admitSource': '19',
          'Encounter.dischargeMethod': '1',
        },
      },
    ],
    [
      'Condition',
      {
        clinicalStatus: concept('x', 'active'),
        code: snomed('84114007'),
        onsetDateTime: '2019',
        abatementDateTime: '2026-02',
        recordedDate: '2020-01-01',
      },
      {
        kind: 'condition',
        start: '2019-01-01',
        end: '2026-02-01',
        codes: ['snomed:84114007'],
        attributes: { 'Condition.clinicalStatus': 'active' },
      },
    ],
    [
      'Observation',
      {
        status: 'final',
        code: concept('http://loinc.org', '29463-7'),
        effectiveDateTime: '2026-01-01',
        valueQuantity: { value: 71.5, unit: 'kg', code: 'kg' },
      },
      {
        kind: 'observation',
        codes: ['loinc:29463-7'],
        attributes: { 'Observation.status': 'final', 'Observation.value': 71.5, 'Observation.unit': 'kg' },
      },
    ],
    [
      'Observation',
      {
        code: snomed('75367002'),
        issued: '2026-01-01T00:00:00Z',
        component: [
          { code: snomed('72313002'), valueQuantity: { value: 140 } },
          { code: snomed('1091811000000102'), valueQuantity: { value: 85 } },
        ],
      },
      {
        codes: ['snomed:75367002', 'snomed:72313002', 'snomed:1091811000000102'],
        attributes: { 'Observation.component.systolic': 140, 'Observation.component.diastolic': 85 },
      },
    ],
    [
      'MedicationRequest',
      {
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: concept('https://dmd.nhs.uk', '322236009'),
        authoredOn: '2026-01-01',
        requester: ods('F81001'),
        dispenseRequest: { quantity: { value: 28 } },
      },
      {
        kind: 'medication',
        provider: 'F81001',
        codes: ['dmd:322236009'],
        attributes: {
          'MedicationRequest.status': 'active',
          'MedicationRequest.intent': 'order',
          'MedicationRequest.dispenseRequest.quantity': 28,
        },
      },
    ],
    [
      'MedicationStatement',
      {
        status: 'active',
        contained: [{ resourceType: 'Medication', id: 'm', code: snomed('322236009') }],
        medicationReference: { reference: '#m' },
        effectivePeriod: { start: '2026-01-01', end: '2026-02-01' },
      },
      { kind: 'medication', start: '2026-01-01', end: '2026-02-01', codes: ['snomed:322236009'] },
    ],
    [
      'AllergyIntolerance',
      {
        code: snomed('89707004'),
        meta: { lastUpdated: '2026-01-01T00:00:00Z' },
        criticality: 'high',
        reaction: [{ manifestation: [snomed('230145002')], severity: 'severe' }],
      },
      {
        kind: 'allergy',
        start: '2026-01-01 00:00:00',
        codes: ['snomed:89707004', 'snomed:230145002'],
        attributes: { 'AllergyIntolerance.criticality': 'high', 'AllergyIntolerance.reaction.severity': 'severe' },
      },
    ],
    [
      'Procedure',
      {
        status: 'completed',
        code: concept('https://fhir.hl7.org.uk/CodeSystem/OPCS-4', 'W37.1'),
        performedPeriod: { start: '2026-01-01', end: '2026-01-02' },
        performer: [{ actor: ods('RAJ') }],
      },
      { kind: 'procedure', end: '2026-01-02', provider: 'RAJ', codes: ['opcs4:W371'] },
    ],
    [
      'Immunization',
      {
        status: 'completed',
        vaccineCode: snomed('39114911000001105'),
        occurrenceDateTime: '2026-01-01',
        extension: [{ url: `${ukCore}VaccinationProcedure`, valueCodeableConcept: snomed('1324681000000101') }],
      },
      { kind: 'immunisation', codes: ['snomed:39114911000001105', 'snomed:1324681000000101'] },
    ],
    [
      'ServiceRequest',
      { status: 'active', intent: 'order', priority: 'urgent', code: snomed('3457005'), authoredOn: '2026-01-01' },
      { kind: 'referral', attributes: { 'ServiceRequest.priority': 'urgent' } },
    ],
    [
      'EpisodeOfCare',
      { status: 'active', period: { start: '2026-01-01' }, managingOrganization: ods('RWN') },
      { kind: 'episode-of-care', provider: 'RWN' },
    ],
    [
      'Flag',
      { status: 'active', code: snomed('1366321000000106'), period: { start: '2026-01-01' } },
      { kind: 'flag', attributes: { 'Flag.status': 'active', 'Flag.code': 'snomed:1366321000000106' } },
    ],
    [
      'CarePlan',
      { status: 'active', intent: 'plan', created: '2026-01-01', activity: [{ detail: { code: snomed('710925007') } }] },
      { kind: 'care-plan', codes: ['snomed:710925007'] },
    ],
  ];

  it.each(cases)('%s', async (resourceType, resource, expected) => {
    const found = await record({ resourceType, ...resource });
    expect(found).toMatchObject({
      sourceId: [resourceType, 'x'],
      localPatientId: 'Patient/p',
      refersToPatient: true,
      deleted: false,
      ...expected,
    });
    expect(JSON.stringify(found)).not.toMatch(/of it/);
    for (const name of Object.keys((found as { attributes: object }).attributes)) expect(fhirFields).toContain(name);
  });
});

it('no number is kept that JSON can write and nothing can hold', async () => {
  const component = { code: snomed('72313002'), valueQuantity: { value: 0 } };
  const text = JSON.stringify({
    resourceType: 'Observation',
    id: 'x',
    ...who,
    code: snomed('75367002'),
    effectiveDateTime: '2026-01-01',
    component: [component],
    valueQuantity: { value: 0 },
  });
  for (const said of ['1e999', '-1e999']) {
    const [kept] = recordsOf(await readAll(text.replaceAll('"value":0', `"value":${said}`)));
    expect(kept).toHaveProperty('attributes', {});
  }
});

it('a Welsh code is never read as the English code of the same letters', async () => {
  const hospitalization = { dischargeDisposition: concept(`${codeSystem}DischargeDestinationWales`, '20') };
  const found = await record({ resourceType: 'Encounter', period: { start: '2026-01-01' }, hospitalization });
  expect(found).toHaveProperty('attributes', {});
});

describe('the kind of an Encounter follows its class', () => {
  it.each([
    ['EMER', 'attendance'],
    ['IMP', 'admission'],
    ['ACUTE', 'admission'],
    ['SS', 'admission'],
    ['AMB', 'contact'],
    ['VR', 'contact'],
    ['HH', 'contact'],
    ['constructor', 'contact'],
  ])('%s is %s', async (code, kind) => {
    expect(await read({ resourceType: 'Encounter', class: { code }, period: { start: '2026-01-01' } })).toEqual([kind]);
  });
});

describe('what did not happen is never counted as if it had', () => {
  it.each<[string, object, string]>([
    ['Procedure', { status: 'not-done', performedDateTime: '2026-01-01' }, 'procedure-not-done'],
    ['Immunization', { status: 'not-done', occurrenceDateTime: '2026-01-01' }, 'immunisation-not-done'],
    ['Immunization', { notGiven: true, date: '2026-01-01' }, 'immunisation-not-done'],
    ['Condition', { verificationStatus: concept('x', 'refuted'), recordedDate: '2026-01-01' }, 'condition-refuted'],
    ['AllergyIntolerance', { verificationStatus: 'refuted', assertedDate: '2026-01-01' }, 'allergy-refuted'],
    ['MedicationRequest', { doNotPerform: true, authoredOn: '2026-01-01' }, 'medication-not-done'],
    ['MedicationStatement', { status: 'not-taken', dateAsserted: '2026-01-01' }, 'medication-not-taken'],
  ])('%s %j is %s', async (resourceType, resource, kind) => {
    expect(await read({ resourceType, ...resource })).toEqual([kind]);
  });
});

describe('a resource entered in error removes what was sent before', () => {
  it.each([
    { resourceType: 'Encounter', status: 'entered-in-error' },
    { resourceType: 'Condition', verificationStatus: concept('x', 'entered-in-error') },
    { resourceType: 'Condition', verificationStatus: 'entered-in-error' },
  ])('%j, even without a date', async (resource) => {
    expect(await record(resource)).toMatchObject({ deleted: true, localPatientId: 'Patient/p' });
  });

  it('and so does a transaction entry that deletes', async () => {
    const entry = ['Condition/7', 'https://example.org/fhir/Patient/8', 'Device/9', 'Mrs Jones'].map((url) => ({
      request: { method: 'DELETE', url },
    }));
    const items = await readAll(
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [...entry, { response: { status: '200' } }] }),
    );
    expect(outcomes(items)).toEqual(['condition', 'demographics', 'Device', 'Unknown']);
    expect(recordsOf(items).map(({ sourceId, deleted }) => [sourceId, deleted])).toEqual([
      [['Condition', '7'], true],
      [['Patient', '8'], true],
    ]);
  });
});

describe('whose record it is', () => {
  const withNumber = {
    resourceType: 'Patient',
    id: 'c',
    identifier: [{ system: nhsSystem, value: '9990000018' }],
    birthDate: '1950-01-01',
  };
  it.each<[string, object, object]>([
    [
      'a relative reference',
      { reference: 'Patient/9990000018' },
      { nhsNumber: '', localPatientId: 'Patient/9990000018', refersToPatient: true },
    ],
    ['a version of it', { reference: 'Patient/p/_history/3' }, { localPatientId: 'Patient/p' }],
    [
      'an address',
      { reference: 'https://example.org/fhir/R4/Patient/9990000018' },
      { nhsNumber: '', localPatientId: 'Patient/9990000018' },
    ],
    ['a urn', { reference: 'urn:uuid:8F2C' }, { localPatientId: 'urn:uuid:8f2c', refersToPatient: true }],
    [
      'an NHS number alone',
      { identifier: { system: nhsSystem, value: '9990000018' } },
      { nhsNumber: '9990000018', localPatientId: '', refersToPatient: false },
    ],
    [
      'a reference and an NHS number',
      { reference: 'Patient/p', identifier: { system: nhsSystem, value: '9990000018' } },
      { nhsNumber: '9990000018', localPatientId: 'Patient/p', refersToPatient: false },
    ],
    [
      'a search for an NHS number',
      { reference: `Patient?identifier=${nhsSystem}|9990000018` },
      { nhsNumber: '9990000018', refersToPatient: false },
    ],
    [
      'a search, percent-encoded',
      { reference: `Patient?identifier=${encodeURIComponent(`${nhsSystem}|9990000018`)}` },
      { nhsNumber: '9990000018' },
    ],
    [
      'a contained patient',
      { reference: '#c' },
      { nhsNumber: '9990000018', birthDate: '1950-01-01', refersToPatient: false, localPatientId: '' },
    ],
  ])('%s', async (_title, subject, expected) => {
    expect(await record({ resourceType: 'Flag', contained: [withNumber], subject, period: { start: '2026-01-01' } })).toMatchObject(
      expected,
    );
  });

  it.each<[string, object | undefined, string]>([
    ['nobody', undefined, 'REQUIRED_FIELD_EMPTY'],
    ['a name alone', { display: 'Mrs Jones' }, 'PATIENT_REFERENCE_UNRESOLVED'],
    ['a contained resource that is not there', { reference: '#z' }, 'PATIENT_REFERENCE_UNRESOLVED'],
    ['a contained patient without a number', { reference: '#n' }, 'PATIENT_REFERENCE_UNRESOLVED'],
    ['a contained device', { reference: '#d' }, 'FHIR_SUBJECT_NOT_PATIENT'],
    ['a search for something else', { reference: 'Patient?family=Jones' }, 'PATIENT_REFERENCE_UNRESOLVED'],
    ['a group', { reference: 'Group/1' }, 'FHIR_SUBJECT_NOT_PATIENT'],
  ])('%s is quarantined', async (_title, subject, rule) => {
    const contained = [
      { resourceType: 'Patient', id: 'n' },
      { resourceType: 'Device', id: 'd' },
    ];
    expect(await read({ resourceType: 'Flag', contained, subject, period: { start: '2026-01-01' } })).toEqual([rule]);
  });
});

describe('dates', () => {
  const onset = async (onsetDateTime: unknown): Promise<string> => {
    const items = await readAll(JSON.stringify({ id: 'x', ...who, resourceType: 'Condition', onsetDateTime }));
    return recordsOf(items)[0]?.start ?? (outcomes(items)[0] as string);
  };
  it.each([
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', 'DATE_INVALID'],
    ['1900-02-29', 'DATE_INVALID'],
    ['2000-02-29', '2000-02-29'],
    ['2026-13-01', 'DATE_INVALID'],
    ['2026-04-31', 'DATE_INVALID'],
    ['2026', '2026-01-01'],
    ['2026-05', '2026-05-01'],
    ['2026-05-06T07:08', '2026-05-06T07:08'],
    // With an offset, what the clock in London showed, like the times of the data sets.
    ['2026-05-06T07:08:09Z', '2026-05-06 08:08:09'],
    ['2026-05-06T07:08:09.123456+01:00', '2026-05-06 07:08:09'],
    ['2026-07-01T23:30:00Z', '2026-07-02 00:30:00'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01 00:30:00'],
    ['2026-05-06T07:08Z', '2026-05-06 08:08:00'],
    ['2026-12-06T07:08:09', '2026-12-06T07:08:09'],
    ['2026-05-06T25:08:09Z', 'DATE_INVALID'],
    ['2026-05-06T07:08:09+99:00', 'DATE_INVALID'],
    ['2026-05-06 07:08:09', 'DATE_INVALID'],
    ['06/05/2026', 'DATE_INVALID'],
    ['0001-01-01', 'DATE_INVALID'],
    ['last week', 'DATE_INVALID'],
    ['', 'EVENT_START_ABSENT'],
    [20260506, 'EVENT_START_ABSENT'],
  ])('%j reads as %s', async (sent, expected) => {
    expect(await onset(sent)).toBe(expected);
  });

  it.each(['Encounter', 'Observation', 'Procedure', 'Immunization', 'MedicationRequest', 'ServiceRequest', 'EpisodeOfCare'])(
    '%s does not happen when it was last updated',
    async (resourceType) => {
      expect(await read({ resourceType, meta: { lastUpdated: '2026-01-01T00:00:00Z' } })).toEqual(['EVENT_START_ABSENT']);
    },
  );
});

describe('a message without dates', () => {
  const entry = [
    { resource: { resourceType: 'Condition', id: '1', ...who } },
    { resource: { resourceType: 'Observation', id: '2', ...who } },
  ];
  const at = '2026-01-02T03:04:05Z';
  it.each<[string, object, string[]]>([
    ['states its conditions as of its timestamp', { type: 'message', timestamp: at, entry }, ['condition', 'EVENT_START_ABSENT']],
    ['or of its last update', { type: 'message', meta: { lastUpdated: at }, entry }, ['condition', 'EVENT_START_ABSENT']],
    ['but a collection states nothing', { type: 'collection', timestamp: at, entry }, ['EVENT_START_ABSENT', 'EVENT_START_ABSENT']],
  ])('%s', async (_title, bundle, expected) => {
    const items = await readAll(JSON.stringify({ resourceType: 'Bundle', ...bundle }));
    expect(outcomes(items)).toEqual(expected);
    expect(recordsOf(items).every((found) => found.start === '2026-01-02 03:04:05' && found.sourceAt === at)).toBe(true);
    expect(outcomes(await readAll(JSON.stringify([{ resourceType: 'Bundle', ...bundle }])))).toEqual(expected);
  });
});

describe('codes', () => {
  const codes = async (...coding: object[]): Promise<unknown> => {
    const found = (await record({ resourceType: 'Condition', recordedDate: '2026-01-01', code: { coding } })) as {
      codes: string[];
      attributes: object;
    };
    return [found.codes, found.attributes];
  };
  it('keeps every coding of a known system', async () => {
    const both = [
      { system: 'http://snomed.info/sct', code: '84114007' },
      { system: 'http://read.info/readv2', code: 'G58..' },
      { system: 'http://read.info/ctv3', code: 'XE2QG' },
    ];
    expect(await codes(...both)).toEqual([['snomed:84114007', 'readv2:G58..', 'ctv3:XE2QG'], {}]);
  });
  it('counts those of others', async () => {
    expect(await codes({ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'I50.9' }, { code: 'X' })).toEqual([
      [],
      { 'Condition.unreadCodings': 2 },
    ]);
  });
  it('takes no prose for a code', async () => {
    expect(await codes({ system: 'http://snomed.info/sct', code: 'Mrs Jones fell' })).toEqual([[], { 'Condition.unreadCodings': 1 }]);
  });
});

describe('a Medication of its own', () => {
  const request = (id: string, medication: string): object => ({
    resourceType: 'MedicationRequest',
    id,
    ...who,
    authoredOn: '2026-01-01',
    medicationReference: { reference: medication },
  });
  const medication = {
    resourceType: 'Medication',
    id: 'm',
    code: {
      coding: [
        { system: 'https://dmd.nhs.uk', code: '322236009' },
        { system: 'urn:local', code: '1' },
      ],
    },
  };
  const read = async (...entry: object[]): Promise<unknown> =>
    recordsOf(await readAll(JSON.stringify({ resourceType: 'Bundle', entry }))).map(({ sourceId, codes, attributes }) => [
      sourceId[1],
      codes,
      attributes,
    ]);

  it('says what was prescribed, whether it comes before or after, and under either of its names', async () => {
    const known = [['dmd:322236009'], { 'MedicationRequest.unreadCodings': 1 }];
    expect(
      await read(
        { resource: request('1', 'Medication/m') },
        { resource: request('2', 'urn:uuid:9') },
        { resource: medication, fullUrl: 'urn:uuid:9' },
        { resource: request('3', 'https://example.org/fhir/Medication/m') },
      ),
    ).toEqual([
      ['1', ...known],
      ['2', ...known],
      ['3', ...known],
    ]);
  });

  it('that never comes leaves the record, with one coding not read', async () => {
    expect(await read({ resource: request('1', 'Medication/z') })).toEqual([['1', [], { 'MedicationRequest.unreadCodings': 1 }]]);
  });
});

describe('marks', () => {
  it('withholds a restricted record', async () => {
    expect(await record({ resourceType: 'Condition', recordedDate: '2026-01-01', meta: { security: [{ code: 'R' }] } })).toMatchObject({
      withhold: 'CONFIDENTIAL_RECORD',
    });
  });
  it('tells STU3 from R4 where the profile says so', async () => {
    const version = async (profile: string): Promise<unknown> => {
      const [item] = await readAll(JSON.stringify({ resourceType: 'Patient', id: 'p', meta: { profile: [profile] } }));
      return item !== undefined && 'version' in item ? item.version : undefined;
    };
    expect(await version('https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1')).toBe('stu3');
    expect(await version('https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient')).toBe('r4');
    expect(await version('urn:other')).toBe('unknown');
  });
});

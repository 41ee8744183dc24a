import { describe, expect, it } from 'vitest';
import { outcomes, readAll, recordsOf } from '../../unit/fhir/reading.ts';

const nhsSystem = 'https://fhir.nhs.uk/Id/nhs-number';
const statusUrl = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
const read = async (patient: object): Promise<object | undefined> =>
  recordsOf(await readAll(JSON.stringify({ resourceType: 'Patient', id: 'p', ...patient })))[0];
const withStatus = (code: string, url = statusUrl): object => ({
  identifier: [{ system: nhsSystem, value: '9990000018', extension: [{ url, valueCodeableConcept: { coding: [{ code }] } }] }],
});
const ods = (value: string, period?: object): object => ({
  identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value, ...(period === undefined ? {} : { period }) },
});
const ethnic = (system: string, code: string): object => ({
  extension: [
    {
      url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory',
      valueCodeableConcept: { coding: [{ system, code, display: 'x' }] },
    },
  ],
});

describe('a FHIR Patient', () => {
  const cases: [string, object, object][] = [
    [
      'introduces the key that references use',
      {},
      { kind: 'demographics', localPatientId: 'Patient/p', introducesPatient: true, refersToPatient: false },
    ],
    [
      'gives its NHS number',
      { identifier: [{ system: nhsSystem, value: '9990000018' }] },
      { nhsNumber: '9990000018', nhsNumberStatus: '' },
    ],
    [
      'gives it under the address used before 2018',
      { identifier: [{ system: 'https://fhir.nhs.net/Id/nhs-number', value: '9990000018' }] },
      { nhsNumber: '9990000018' },
    ],
    ['gives no number for another system', { identifier: [{ system: 'urn:local', value: '9990000018' }] }, { nhsNumber: '' }],
    [
      'passes over an old number',
      {
        identifier: [
          { system: nhsSystem, use: 'old', value: '9990000026' },
          { system: nhsSystem, value: '9990000018' },
        ],
      },
      { nhsNumber: '9990000018' },
    ],
    ['says status 01', withStatus('01'), { nhsNumberStatus: '01' }],
    ['says status 08', withStatus('08'), { nhsNumberStatus: '08' }],
    ['says no status that does not exist', withStatus('09'), { nhsNumberStatus: '' }],
    ['says a retired status', withStatus('number-present-and-verified'), { nhsNumberStatus: '01' }],
    ['says another retired status', withStatus('trace-attempted'), { nhsNumberStatus: '04' }],
    [
      'says a GP Connect status',
      withStatus('02', 'https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1'),
      { nhsNumberStatus: '02' },
    ],
    ['is male', { gender: 'male' }, { sex: '1' }],
    ['is female', { gender: 'female' }, { sex: '2' }],
    ['is other', { gender: 'other' }, { sex: '9' }],
    ['is unknown', { gender: 'unknown' }, { sex: 'X' }],
    ['is of no gender', { gender: 'constructor' }, { sex: '' }],
    ['was born in a year', { birthDate: '1950' }, { birthDate: '1950' }],
    ['has died', { deceasedDateTime: '2026-03-04T05:06:00Z' }, { deathDate: '2026-03-04', attributes: { 'Patient.deceased': true } }],
    ['has died after midnight in London', { deceasedDateTime: '2026-06-30T23:30:00Z' }, { deathDate: '2026-07-01' }],
    ['has died at a time not known', { deceasedBoolean: true }, { deathDate: '', attributes: { 'Patient.deceased': true } }],
    [
      'has an English ethnic category',
      ethnic('https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland', 'A'),
      { ethnicCategory: 'A' },
    ],
    [
      'has none of Wales, whose letters mean other things',
      ethnic('https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryWales', 'A'),
      { ethnicCategory: '' },
    ],
    [
      'lives at home rather than elsewhere',
      {
        address: [
          { use: 'temp', postalCode: 'SS1 1AA' },
          { use: 'work', postalCode: 'SS2 2BB' },
          { use: 'home', postalCode: 'SS3 3CC' },
        ],
      },
      { postcode: 'SS3 3CC' },
    ],
    [
      'lives where the address has not ended',
      {
        address: [
          { use: 'home', postalCode: 'SS1 1AA', period: { end: '2020-01-01' } },
          { use: 'home', postalCode: 'SS2 2BB' },
        ],
      },
      { postcode: 'SS2 2BB' },
    ],
    ['lives at no old address', { address: [{ use: 'old', postalCode: 'SS1 1AA' }] }, { postcode: '' }],
    [
      'is registered with a practice',
      { generalPractitioner: [ods('f81001', { start: '2020-02-03' })] },
      { practice: 'F81001', registeredFrom: '2020-02-03' },
    ],
    [
      'is registered where it has not ended',
      { generalPractitioner: [ods('F81002', { end: '2020-01-01' }), ods('F81001')] },
      { practice: 'F81001' },
    ],
    ['is managed by a practice', { managingOrganization: ods('F81001') }, { practice: 'F81001' }],
    ['is registered with no reference by id', { generalPractitioner: [{ reference: 'Organization/F81001' }] }, { practice: '' }],
    [
      'is registered by conditional reference',
      { generalPractitioner: [{ reference: 'Organization?identifier=https://fhir.nhs.uk/Id/ods-organization-code|F81001' }] },
      { practice: 'F81001' },
    ],
    ['is unrestricted', { meta: { security: [{ code: 'U' }] } }, { withhold: '' }],
    ['is restricted', { meta: { security: [{ code: 'R' }] } }, { withhold: 'SENSITIVE_PERSON' }],
    ['is very restricted', { meta: { security: { code: 'V' } } }, { withhold: 'SENSITIVE_PERSON' }],
    ['is a test patient', { meta: { tag: [{ code: 'HTEST' }] } }, { withhold: 'DUMMY_PATIENT' }],
    [
      'is replaced by another number',
      { link: [{ type: 'replaced-by', other: { identifier: { system: nhsSystem, value: '9990000026' } } }] },
      { supersededBy: '9990000026' },
    ],
    [
      'is not replaced by seeing another',
      { link: [{ type: 'seealso', other: { identifier: { system: nhsSystem, value: '9990000026' } } }] },
      { supersededBy: '' },
    ],
    ['is inactive, and still a patient', { active: false }, { deleted: false, attributes: { 'Patient.active': false } }],
    ['was changed', { meta: { lastUpdated: '2026-01-02T03:04:05.678+00:00' } }, { sourceAt: '2026-01-02T03:04:05.678Z' }],
    // The same clock face twice in one autumn night: told in UTC, the later change stays the later one.
    [
      'was changed in the hour that comes twice',
      { meta: { lastUpdated: '2026-10-25T01:30:00.123456+01:00' } },
      { sourceAt: '2026-10-25T00:30:00.123456Z' },
    ],
    ['was changed an hour later', { meta: { lastUpdated: '2026-10-25T01:30:00+00:00' } }, { sourceAt: '2026-10-25T01:30:00Z' }],
  ];

  it.each(cases)('%s', async (_title, patient, expected) => {
    expect(await read(patient)).toMatchObject({ sourceId: ['Patient', 'p'], error: undefined, start: '', ...expected });
  });

  it('keeps neither name, nor address line, nor telephone', async () => {
    const record = await read({
      name: [{ family: 'Zebedee' }],
      telecom: [{ value: '01702 960001' }],
      address: [{ use: 'home', line: ['1 Zebedee Road'], postalCode: 'SS1 1AA' }],
      contact: [{ name: { text: 'Zebedee' } }],
    });
    expect(JSON.stringify(record)).not.toMatch(/Zebedee|01702/);
  });

  it('is nobody when it carries two numbers', async () => {
    const identifier = [
      { system: nhsSystem, value: '9990000018' },
      { system: nhsSystem, value: '9990000026' },
    ];
    expect(outcomes(await readAll(JSON.stringify({ resourceType: 'Patient', id: 'p', identifier })))).toEqual([
      'FHIR_NHS_NUMBER_AMBIGUOUS',
    ]);
  });

  it('answers to its id and to what its Bundle calls it', async () => {
    const entry = (fullUrl: string, resource: object): object => ({ fullUrl, resource: { resourceType: 'Patient', ...resource } });
    const bundle = {
      resourceType: 'Bundle',
      entry: [
        entry('urn:uuid:ABC', { id: 'p' }),
        entry('https://example.org/fhir/Patient/p', { id: 'p' }),
        entry('urn:uuid:abc', {}),
        entry('', { identifier: [{ system: 'urn:x', value: '7' }] }),
      ],
    };
    const records = recordsOf(await readAll(JSON.stringify(bundle)));
    expect(records.map((record) => [record.localPatientId, record.aliases ?? [], record.sourceId, record.introducesPatient])).toEqual([
      ['Patient/p', ['urn:uuid:abc'], ['Patient', 'p'], true],
      ['Patient/p', [], ['Patient', 'p'], true],
      ['urn:uuid:abc', [], ['Patient', 'urn:uuid:abc'], true],
      ['', [], ['Patient', 'urn:x', '7'], false],
    ]);
  });

  it('without any id is quarantined', async () => {
    expect(outcomes(await readAll('{"resourceType":"Patient"}'))).toEqual(['SOURCE_ID_ABSENT']);
  });
});

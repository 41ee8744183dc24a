import { type PlaceDocument, placeDocumentSchema } from '../../src/register/model.ts';
import { buildRegister, type Register } from '../../src/register/register.ts';

/** Input of one place with two flows that nothing speaks against on 2026-11-21; each test breaks one thing. */
export function examplePlace(id = 'example-place') {
  const by = { by: 'Programme board', evidence: 'Minutes' };
  const contracted = { liabilities: 'Unlimited for a breach', auditRights: 'Yearly, and on suspicion' };
  const assessed = () => [
    { standard: 'dspt', version: '2025-26', status: 'standards-met', publishedOn: '2026-06-25', validTo: '2027-06-30' },
  ];
  return {
    place: { id, name: 'Example', geography: 'E06000033', assurance: 'refuse', acceptTestNumbers: true },
    organisations: [
      {
        ods: 'ZTRU',
        name: 'Example Trust',
        roles: ['nhs-trust'],
        assurance: assessed(),
        icoRegistration: { number: 'ZEX1', validTo: '2027-03-31' },
      },
      { ods: 'F81001', name: 'Example Practice', roles: ['gp-practice'], assurance: assessed() },
      { ods: 'ZICB', name: 'Example ICB', roles: ['commissioner'], assurance: assessed() },
      { ods: 'ZCSU', name: 'Example CSU', roles: ['commissioning-support'], assurance: assessed() },
      { ods: 'ZHGO', name: 'Example Operator', roles: ['data-processor'], assurance: assessed() },
    ],
    systems: [
      {
        id: 'record',
        name: 'Record',
        supplier: 'Supplier',
        endpoints: [
          { id: 'extract', title: 'Extract', standard: 'sftp', interaction: 'file', liveFrom: '2025-04-01', liveTo: '2027-03-31' },
        ],
      },
    ],
    services: [
      { id: 'acute', name: 'Acute', organisation: 'ZTRU', setting: 'hospital', system: 'record' },
      { id: 'practice', name: 'Practice', organisation: 'F81001', setting: 'gp' },
      { id: 'linked', name: 'Linked data set', organisation: 'ZHGO', setting: 'linked-data-set' },
    ],
    frameworks: [
      { id: 'charter', kind: 'charter', title: 'Sharing charter', adoptedOn: '2025-01-01', validTo: '2027-12-31', evidence: 'Signed' },
    ],
    agreements: [
      {
        id: `${id}-agreement`,
        title: 'Example agreement',
        framework: 'charter',
        clauses: { term: 'clause 3', retention: 'clause 9' },
        purposes: ['risk-stratification-commissioning'],
        form: 'identifiable',
        legalBasis: {
          kind: 'section-251',
          reference: 'CAG 1-01/2025',
          clause: 'COPI Regulations 2002, reg. 5',
          validFrom: '2025-04-01',
          validTo: '2026-12-31',
          history: [
            { state: 'applied', on: '2024-11-01', ...by },
            { state: 'in-force', on: '2025-04-01', ...by },
          ],
        },
        validFrom: '2025-04-01',
        validTo: '2027-03-31',
        history: [{ state: 'in-force', on: '2025-04-01', ...by }],
        controllers: [{ organisation: 'ZICB', capacity: 'sole', from: '2025-04-01', to: '2027-03-31' }],
        processors: [
          { organisation: 'ZHGO', contract: 'C1', ...contracted, from: '2025-04-01', to: '2027-03-31' },
          { organisation: 'ZCSU', contract: 'C2', ...contracted, from: '2025-04-01', to: '2027-03-31' },
        ],
        signatories: [
          { organisation: 'ZTRU', signedOn: '2025-03-01', signedBy: 'Chief executive' },
          { organisation: 'F81001', signedOn: '2025-03-01', signedBy: 'Partner' },
        ],
        dataIn: [
          { feed: 'sus-apc', items: [{ fields: ['NHSNumber', 'DIAG_01'], justification: 'Linking and conditions' }] },
          { feed: 'gp-patients', items: [{ fields: ['NhsNumber'], justification: 'Linking' }], acceptedNumberStatus: [''] },
        ],
        retention: { months: 60, destruction: 'Certified' },
        conditions: [{ number: 10, text: 'Annual report', source: 'CAG 1-01/2025', task: 'annual-report', dueOn: '2027-03-31' }],
        fairProcessing: [{ channel: 'Leaflet', evidence: 'Printed', on: '2025-03-01' }],
        dpia: { reference: 'DPIA 1', on: '2025-02-01', reviewBy: '2027-02-01' },
      },
    ],
    flows: [
      {
        id: `${id}-apc`,
        title: 'APC',
        agreement: `${id}-agreement`,
        feed: 'sus-apc',
        from: 'acute',
        through: ['ZCSU'],
        to: 'linked',
        route: 'interim',
        endpoint: 'extract',
        cadence: 'monthly',
        history: [{ state: 'live', on: '2025-04-14', ...by }],
      },
      {
        id: `${id}-gp`,
        title: 'GP',
        agreement: `${id}-agreement`,
        feed: 'gp-patients',
        from: 'practice',
        to: 'linked',
        route: 'interim',
        cadence: 'weekly',
        history: [{ state: 'live', on: '2025-04-14', ...by }],
      },
    ],
    projects: [] as object[],
    clients: [] as object[],
  };
}

export type ExamplePlace = ReturnType<typeof examplePlace>;
/** A place as loosely typed JSON, so that a test can break any part of it. */
// biome-ignore lint/suspicious/noExplicitAny: broken input is the point
export type Breakable = any;

export const parsePlace = (input: object): PlaceDocument => placeDocumentSchema.parse(input);

/** The example register after `change` broke it. */
export function registerWith(change: (place: Breakable, agreement: Breakable) => unknown = () => undefined): Register {
  const input = examplePlace();
  change(input, input.agreements[0]);
  return buildRegister([{ document: parsePlace(input), version: 7 }], new Map([['example-place-apc', 11]]));
}

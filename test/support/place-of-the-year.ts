/** Ids of the one place in which a year passes. */
export const ids = {
  place: 'seaside',
  approval: 'seaside-risk-2026',
  care: 'seaside-care-2026',
  hospital: 'seaside-hospital',
  practiceOne: 'seaside-gp-f81001',
  practiceTwo: 'seaside-gp-f81002',
  council: 'seaside-council',
  project: 'seaside-analysis',
  lead: 'seaside-lead',
  deputy: 'seaside-deputy',
  analyst: 'seaside-analyst',
} as const;

/** A step of a history, as the minutes of the programme board evidence it. */
export const step = (state: string, on: string) => ({ state, on, by: 'Programme board', evidence: `Minutes of ${on}` });

const assurance = [{ standard: 'dspt', version: '2025-26', status: 'standards-met', publishedOn: '2025-12-10', validTo: '2027-06-30' }];
const organisation = (ods: string, name: string, role: string) => ({ ods, name, roles: [role], assurance });
const person = (id: string, ods: string, post: string) => ({
  ...{ id, organisation: ods, post, subject: `example|${id}`, trainedOn: '2026-01-05', confidentialitySignedOn: '2026-01-05' },
  sourceSystems: [],
});
const term = { validFrom: '2026-04-01', validTo: '2027-03-31' };
const seat = (who: string, role: string, more: object = {}) => ({
  ...{ id: `${who}-seat`, person: who, role, validFrom: '2026-01-01', validTo: '2027-03-31' },
  ...more,
});
const purposes = ['risk-stratification-commissioning'];
const contract = { liabilities: 'Unlimited for a breach of confidentiality', auditRights: 'Yearly, and at any time on suspicion' };

const agreement = (id: string, title: string, legalBasis: object, more: object) => ({
  ...{ id, title, purposes, legalBasis, ...term },
  clauses: { term: 'clause 3', signatures: 'schedule 1', retention: 'clause 9', fields: 'schedule 2' },
  history: [step('proposed', '2025-12-15'), step('in-force', '2026-04-01')],
  controllers: [{ organisation: 'ZICB', capacity: 'sole', from: '2026-01-01' }],
  processors: [{ organisation: 'ZHGO', contract: 'Processor contract 2026', ...contract, from: '2026-01-01', to: '2027-03-31' }],
  dataOut: [
    {
      ...{ form: 'pseudonymised-limited-access', to: 'Named users of licensed projects', condition: 'Licence with penalties' },
      identifiers: ['age-band', 'postcode-stem', 'pseudonym'],
    },
  ],
  retention: { months: 84, destruction: 'Deleted and certified' },
  conditions: [] as object[],
  fairProcessing: [{ channel: 'Leaflet in every practice, hospital and council office', evidence: 'Distribution list', on: '2025-09-15' }],
  dpia: { reference: `DPIA of ${id}`, on: '2025-11-03', reviewBy: '2027-02-28' },
  ...more,
});

const signature = (ods: string) => ({ organisation: ods, signedOn: '2025-12-15', signedBy: 'For the organisation' });
const flow = (id: string, of: string, feed: string, from: string) => ({
  ...{ id, title: id, agreement: of, feed, from, to: 'linked', route: 'interim', cadence: 'monthly' },
  history: [step('proposed', '2025-12-15')],
});

const hospitalFields =
  `NHSNumber NHSNumberTraceStatus LocalPatientIdentifier DateofBirth Sex EthnicGroup Postcode PracticeCodeofRegisteredGP
  OrganisationCodeCodeOfProvider HospitalProviderSpellNumber EpisodeNumber StartDateHospitalProviderSpell
  DischargeDateFromHospitalProviderSpell AdmissionMethodHospitalProviderSpell DIAG_01 FinalPrice LastUpdated`.split(/\s+/);
const practiceFields =
  'ObservationGuid PatientGuid OrganisationGuid NhsNumber EffectiveDate SnomedCTConceptId Deleted IsConfidential'.split(' ');
const councilFields =
  `LA_Code Reporting_Period_Start_Date LA_Person_Unique_Identifier NHS_Number Gender Date_of_Birth Client_Type Event_Type
  Event_Reference Event_Start_Date Event_End_Date Service_Type Service_Component Delivery_Mechanism Unit_Cost`.split(/\s+/);
const dataIn = (feed: string, fields: readonly string[], acceptedNumberStatus: readonly string[]) => ({
  ...{ feed, items: [{ fields: [...fields], justification: 'Linking, journeys and cost' }], acceptedNumberStatus },
});

/**
 * The register of a place as it is set up in January 2026: a section 251 agreement over hospital and two practices that is only
 * applied for, social care on a basis of its own, two IG leads, and nothing live.
 */
export const placeOfTheYear = () => ({
  place: { id: ids.place, name: 'Seaside', geography: 'E06000033', assurance: 'refuse' },
  organisations: [
    organisation('RAJ', 'Seaside Hospital', 'nhs-trust'),
    organisation('F81001', 'First Practice', 'gp-practice'),
    organisation('F81002', 'Second Practice', 'gp-practice'),
    organisation('ZSBC', 'Seaside Council', 'local-authority'),
    organisation('ZICB', 'Seaside ICB', 'commissioner'),
    organisation('ZHGO', 'Gateway Operator', 'data-processor'),
  ],
  services: [
    { id: 'hospital', name: 'Hospital', organisation: 'RAJ', setting: 'hospital' },
    { id: 'practice-one', name: 'First Practice', organisation: 'F81001', setting: 'gp' },
    { id: 'practice-two', name: 'Second Practice', organisation: 'F81002', setting: 'gp' },
    { id: 'social-care', name: 'Adult social care', organisation: 'ZSBC', setting: 'social-care' },
    { id: 'linked', name: 'Linked data set', organisation: 'ZHGO', setting: 'linked-data-set' },
  ],
  agreements: [
    agreement(
      ids.approval,
      'Risk stratification 2026',
      {
        kind: 'section-251',
        clause: 'Health Service (Control of Patient Information) Regulations 2002, reg. 5',
        history: [step('applied', '2026-01-09')],
      },
      {
        form: 'identifiable',
        signatories: [signature('RAJ'), signature('F81001'), signature('F81002')],
        dataIn: [dataIn('sus-apc', hospitalFields, ['01']), dataIn('gp-coded-records', practiceFields, [''])],
      },
    ),
    agreement(
      ids.care,
      'Social care 2026',
      { kind: 'anonymised', clause: 'Care Act 2014, s. 3; ICO anonymisation code', history: [step('in-force', '2026-04-01')] },
      {
        ...{ form: 'pseudonymised-limited-access', signatories: [signature('ZSBC')] },
        dataIn: [dataIn('asc-cld', councilFields, [''])],
      },
    ),
  ],
  flows: [
    flow(ids.hospital, ids.approval, 'sus-apc', 'hospital'),
    flow(ids.practiceOne, ids.approval, 'gp-coded-records', 'practice-one'),
    flow(ids.practiceTwo, ids.approval, 'gp-coded-records', 'practice-two'),
    flow(ids.council, ids.care, 'asc-cld', 'social-care'),
  ],
  projects: [
    {
      ...{ id: ids.project, title: 'Population health', organisation: 'ZICB', agreements: [ids.approval, ids.care], licence: 'super-user' },
      ...{ seats: 1, purposes, recipientKeyId: ids.project, contract: 'Licence with liabilities and penalties', ...term },
    },
  ],
  people: [
    person(ids.lead, 'ZICB', 'Head of information governance'),
    person(ids.deputy, 'ZSBC', 'Deputy head of information governance'),
    person(ids.analyst, 'ZICB', 'Population health analyst'),
  ],
  seats: [
    seat(ids.lead, 'ig-lead'),
    seat(ids.deputy, 'ig-lead'),
    seat(ids.analyst, 'super-user', { project: ids.project, purposes, validFrom: '2026-04-01' }),
  ],
});

import { nhsNumber, type Row } from './box.ts';

/** One admitted-patient episode as the commissioning data set sends it. */
export const episode = (person: number, spell: string, change: Row = {}): Row => ({
  NHSNumber: nhsNumber(person),
  NHSNumberTraceStatus: '01',
  LocalPatientIdentifier: `L${person}`,
  DateofBirth: '1950-02-28',
  Sex: '1',
  EthnicGroup: 'A',
  Postcode: 'SS9 4AC',
  PracticeCodeofRegisteredGP: 'F81001',
  OrganisationCodeCodeOfProvider: 'RAJ',
  HospitalProviderSpellNumber: spell,
  EpisodeNumber: '1',
  StartDateHospitalProviderSpell: '2026-10-01',
  DischargeDateFromHospitalProviderSpell: '2026-10-05',
  AdmissionMethodHospitalProviderSpell: '21',
  DIAG_01: 'I21.9',
  FinalPrice: '1234.56',
  LastUpdated: '2026-10-06T08:00:00',
  ...change,
});

/** One registered patient of practice F81001. */
export const registration = (person: number, change: Row = {}): Row => ({
  PatientGuid: `P${person}`,
  OrganisationGuid: 'ORG1',
  ODSCode: 'F81001',
  Sex: 'M',
  DateOfBirth: '1950-02-28',
  DateOfRegistration: '2001-01-01',
  NhsNumber: nhsNumber(person),
  NHSNumberStatus: '01',
  Postcode: 'SS9 4AC',
  PatientTypeDescription: 'Regular',
  DummyType: 'false',
  Deleted: 'false',
  SpineSensitive: 'false',
  IsConfidential: 'false',
  ...change,
});

/** One coded entry of the GP record. */
export const observation = (person: number, guid: string, change: Row = {}): Row => ({
  ObservationGuid: guid,
  PatientGuid: `P${person}`,
  OrganisationGuid: 'ORG1',
  NhsNumber: nhsNumber(person),
  EffectiveDate: '2026-05-01',
  SnomedCTConceptId: '84114007',
  Deleted: 'false',
  IsConfidential: 'false',
  ...change,
});

/** One row of adult social care client level data. */
export const careEvent = (person: number, reference: string, change: Row = {}): Row => ({
  LA_Code: '821',
  Reporting_Period_Start_Date: '2026-07-01',
  Reporting_Period_End_Date: '2026-09-30',
  LA_Person_Unique_Identifier: `C${person}`,
  NHS_Number: nhsNumber(person),
  Gender: '1',
  Date_of_Birth: '1950-02-28',
  Client_Type: 'Service User',
  Event_Type: 'Service',
  Event_Reference: reference,
  Event_Start_Date: '2026-08-01',
  Event_End_Date: '',
  Service_Type: 'Long Term Support: Community',
  Unit_Cost: '20.00',
  ...change,
});

/** One call to NHS 111. */
export const call = (person: number, reference: string, change: Row = {}): Row => ({
  CaseRef: reference,
  'Receiving Call Centre': 'NLX01',
  'NHS Number': nhsNumber(person),
  'NHS Number Status': '01',
  'Date of Birth': '1950-02-28',
  'Call Start': '2026-10-01 10:00:00',
  ...change,
});

import { join } from 'node:path';
import type { Day } from './calendar.ts';
import { CsvFeed, type Weaknesses } from './csv-feed.ts';
import { DeliveryFile, type Dialect } from './delivery-file.ts';
import { practices } from './practices.ts';

const plain: Dialect = { delimiter: ',', lineEnd: '\n', byteOrderMark: false, gzip: false, dates: 'iso' };
/** Every supplier has its ways: none of these may matter to what lands. */
const gpDialects: readonly Dialect[] = [
  plain,
  { ...plain, lineEnd: '\r\n', byteOrderMark: true },
  { ...plain, delimiter: '|' },
  { ...plain, gzip: true },
  { ...plain, delimiter: '\t', dates: 'british' },
];

interface Layout {
  readonly dialect: Dialect;
  readonly columns: string;
  readonly weaknesses: Weaknesses;
}

const numbered = (name: string, from: number, to: number, width: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${name}${String(from + index).padStart(width, '0')}`).join(';');

/** Columns each supplier sends, in its own order, some of them unknown to the data set (LocalTeamNote, ExtractBatch …). */
const layouts = {
  'gp-patients': {
    dialect: plain,
    columns:
      'PatientGuid;OrganisationGuid;ODSCode;Sex;DateOfBirth;DateOfDeath;Title;GivenName;Surname;DateOfRegistration;NhsNumber;PatientTypeDescription;DummyType;NumberAndStreet;Town;Postcode;NHSNumberStatus;Deleted;SpineSensitive;IsConfidential;EmailAddress;HomePhone;MobilePhone;ProcessingId;ExtractBatch',
    weaknesses: {
      number: 'NhsNumber',
      status: 'NHSNumberStatus',
      keyedByPatient: true,
      date: 'DateOfRegistration',
      birth: 'DateOfBirth',
      warns: 'PatientTypeDescription',
      order: { rule: 'DEATH_BEFORE_BIRTH', later: 'DateOfDeath', earlier: 'DateOfBirth' },
    },
  },
  'gp-coded-records': {
    dialect: plain,
    columns:
      'ObservationGuid;PatientGuid;OrganisationGuid;NhsNumber;EffectiveDate;EffectiveDatePrecision;EnteredDate;CodeId;SnomedCTConceptId;ReadTermId;AssociatedText;Value;NumericUnit;ObservationType;Abnormal;Episode;Deleted;IsConfidential;ProcessingId',
    weaknesses: { number: 'NhsNumber', keyedByPatient: true, date: 'EffectiveDate', warns: 'ObservationType' },
  },
  'gp-prescribing': {
    dialect: plain,
    columns:
      'IssueRecordGuid;PatientGuid;OrganisationGuid;NhsNumber;EffectiveDate;EnteredDate;CodeId;DmdProductCodeId;Dosage;Quantity;QuantityUnit;CourseDurationInDays;EstimatedNhsCost;PrescriptionType;Deleted;IsConfidential;ProcessingId',
    weaknesses: { number: 'NhsNumber', keyedByPatient: true, date: 'EffectiveDate', warns: 'PrescriptionType' },
  },
  'sus-apc': {
    dialect: { ...plain, delimiter: '|', lineEnd: '\r\n' },
    columns: `NHSNumber;NHSNumberTraceStatus;LocalPatientIdentifier;DateofBirth;Sex;EthnicGroup;Postcode;PracticeCodeofRegisteredGP;OrganisationCodeCodeOfProvider;SiteCodeOfTreatment;HospitalProviderSpellNumber;StartDateHospitalProviderSpell;AdmissionMethodHospitalProviderSpell;SourceOfAdmissionHospitalProviderSpell;PatientClassification;DischargeDateFromHospitalProviderSpell;HospitalProviderSpellDischargeReadyDate;DischargeMethodHospitalProviderSpell;DischargeDestinationHospitalProviderSpell;EpisodeNumber;StartDateConsultantEpisode;EndDateConsultantEpisode;TreatmentFunctionCode;SpellCoreHRG;FinalPrice;LastUpdated;ConsultantCode;${numbered('DIAG_', 1, 12, 2)};${numbered('OPERTN_', 1, 4, 2)};LocalTeamNote`,
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberTraceStatus',
      localId: 'LocalPatientIdentifier',
      date: 'StartDateConsultantEpisode',
      birth: 'DateofBirth',
      code: 'AdmissionMethodHospitalProviderSpell',
      warns: 'EthnicGroup',
      order: {
        rule: 'DISCHARGE_BEFORE_ADMISSION',
        later: 'DischargeDateFromHospitalProviderSpell',
        earlier: 'StartDateHospitalProviderSpell',
      },
    },
  },
  'sus-op': {
    dialect: { ...plain, gzip: true },
    columns:
      'ATTENDKEY;PROCODET;NHSNumber;NHSNumberTraceStatus;LocalPatientIdentifier;DateofBirth;Sex;EthnicGroup;Postcode;PracticeCodeofRegisteredGP;APPTDATE;APPTTIME;ATTENDED;FIRSTATT;REFSOURC;REQDATE;TRETSPEF;FinalPrice;DIAG_01',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberTraceStatus',
      localId: 'LocalPatientIdentifier',
      date: 'APPTDATE',
      birth: 'DateofBirth',
      code: 'ATTENDED',
      warns: 'EthnicGroup',
    },
  },
  ecds: {
    dialect: { ...plain, lineEnd: '\r\n', byteOrderMark: true },
    columns:
      'EMERGENCY_CARE_ATTENDANCE_IDENTIFIER;PROVIDER_CODE;SITE;NHS_NUMBER;NHS_NUMBER_STATUS_INDICATOR_CODE;LOCAL_PATIENT_IDENTIFIER;PERSON_BIRTH_DATE;STATED_GENDER;ETHNIC_CATEGORY;POSTCODE_OF_USUAL_ADDRESS;PDS_GENERAL_PRACTICE;DEPARTMENT_TYPE;ATTENDANCE_CATEGORY;ARRIVAL_DATE;ARRIVAL_TIME;DEPARTURE_DATE;DEPARTURE_TIME;ACUITY;CHIEF_COMPLAINT;DIAGNOSIS_CODE_1;PRESENTING_COMPLAINT_TEXT;CONVEYING_AMBULANCE_TRUST;FINAL_PRICE;TRIAGE_NURSE',
    weaknesses: {
      number: 'NHS_NUMBER',
      status: 'NHS_NUMBER_STATUS_INDICATOR_CODE',
      localId: 'LOCAL_PATIENT_IDENTIFIER',
      date: 'ARRIVAL_DATE',
      birth: 'PERSON_BIRTH_DATE',
      warns: 'DEPARTMENT_TYPE',
      order: { rule: 'DEPARTURE_BEFORE_ARRIVAL', later: 'DEPARTURE_DATE', earlier: 'ARRIVAL_DATE' },
    },
  },
  csds: {
    dialect: { ...plain, delimiter: '|' },
    columns:
      'NHSNumber;NHSNumberStatus;LocalPatientID;DateOfBirth;Gender;EthnicCategory;Postcode;OrgID_GP;OrgID_Provider;ServiceRequestId;ReferralRequestReceivedDate;PriorityType;ServiceDischargeDate;TeamType;CareContactId;Contact_Date;Contact_Time;AttendanceStatus;ConsultationMechanism;CodedFinding;ContactNotes;ContactCost',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      localId: 'LocalPatientID',
      date: 'Contact_Date',
      birth: 'DateOfBirth',
      warns: 'AttendanceStatus',
      order: { rule: 'DISCHARGE_BEFORE_REFERRAL', later: 'ServiceDischargeDate', earlier: 'ReferralRequestReceivedDate' },
    },
  },
  mhsds: {
    dialect: plain,
    columns:
      'NHSNumber;NHSNumberStatus;LocalPatientId;PersonBirthDate;Gender;EthnicCategory;Postcode;GMPCodeReg;OrgIDProv;UniqMonthID;UniqServReqID;ReferralRequestReceivedDate;ClinRespPriorityType;ServDischDate;ServTeamTypeRefToMH;UniqCareContID;CareContDate;CareContTime;AttendStatus;ConsMechanismMH;LegalStatusCode;UniqHospProvSpellID;StartDateHospProvSpell;DischDateHospProvSpell;PrimDiag;ProgressNote;ContactCost',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      localId: 'LocalPatientId',
      date: 'CareContDate',
      birth: 'PersonBirthDate',
      warns: 'LegalStatusCode',
      order: { rule: 'DISCHARGE_BEFORE_REFERRAL', later: 'ServDischDate', earlier: 'ReferralRequestReceivedDate' },
    },
  },
  'asc-cld': {
    dialect: { ...plain, lineEnd: '\r\n', byteOrderMark: true, dates: 'british' },
    columns:
      'LA_Code;Reporting_Period_Start_Date;Reporting_Period_End_Date;LA_Person_Unique_Identifier;NHS_Number;GP_Practice_Code;GP_Practice_Name;Gender;Ethnicity;Date_of_Birth;Date_of_Death;Client_Type;Primary_Support_Reason;Postcode;Accommodation_Status;Has_Unpaid_Carer;Event_Type;Event_Reference;Event_Description;Event_Start_Date;Event_End_Date;Event_Outcome;Request_Route_of_Access;Assessment_Type;Service_Type;Service_Component;Delivery_Mechanism;Unit_Cost;Cost_Frequency_Unit_Type;Planned_Units_Per_Week;Review_Reason;Social_Worker_Name',
    weaknesses: {
      number: 'NHS_Number',
      keyedByPatient: true,
      date: 'Event_Start_Date',
      birth: 'Date_of_Birth',
      code: 'Event_Type',
      warns: 'Accommodation_Status',
      order: { rule: 'EVENT_END_BEFORE_START', later: 'Event_End_Date', earlier: 'Event_Start_Date' },
    },
  },
  'nhs-111': {
    dialect: plain,
    columns:
      'CaseRef;Receiving Call Centre;NHS Number;NHS Number Status;Date of Birth;Sex;Postcode;Patient Name;Caller Telephone;GP Surgery ID;Call Start;Call End;Final Symptom Group;Final Dx Code;Final Dx Description;Referral Service Type;Case Notes',
    weaknesses: {
      number: 'NHS Number',
      status: 'NHS Number Status',
      birth: 'Date of Birth',
      warns: 'Sex',
      order: { rule: 'CALL_END_BEFORE_START', later: 'Call End', earlier: 'Call Start' },
    },
  },
  'out-of-hours': {
    dialect: { ...plain, gzip: true },
    columns:
      'CaseNumber;ProviderCode;NHSNumber;NHSNumberStatus;DateOfBirth;Sex;Postcode;GPPracticeCode;PatientName;ReceivedDateTime;ClosedDateTime;CaseType;PresentingProblem;ClinicalCode;OutcomeCode;CaseCost',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      birth: 'DateOfBirth',
      warns: 'OutcomeCode',
      order: { rule: 'CASE_CLOSED_BEFORE_RECEIVED', later: 'ClosedDateTime', earlier: 'ReceivedDateTime' },
    },
  },
  ambulance: {
    dialect: { ...plain, delimiter: '|' },
    columns:
      'CallNumber;ProviderCode;NHSNumber;NHSNumberStatus;PatientDateOfBirth;MainPatientSex;PostCode_From;PatientName;Priority;DespatchCode;ChiefComplaint;TimeStampT0;TimeAtScene;TimeAtDest;TimeHandover;TimeClear;HospitalAttended;CrewNotes;IncidentCost',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      birth: 'PatientDateOfBirth',
      warns: 'Priority',
      order: { rule: 'CLEAR_BEFORE_CALL', later: 'TimeClear', earlier: 'TimeStampT0' },
    },
  },
  'continuing-healthcare': {
    dialect: plain,
    columns:
      'ReferralID;OrgID_ICB;NHSNumber;NHSNumberStatus;LocalPatientID;PersonBirthDate;PersonStatedGender;EthnicCategory;Postcode;OrgID_GP;RequestType;RequestDate;DSTDate;EligibilityDecision;EligibilityDate;PackageStartDate;PackageEndDate;WeeklyCost;PersonalHealthBudget;PersonalHealthBudgetType;PersonalHealthBudgetStartDate;PersonalHealthBudgetEndDate;AssessorNotes',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      localId: 'LocalPatientID',
      date: 'RequestDate',
      birth: 'PersonBirthDate',
      code: 'RequestType',
      order: { rule: 'PACKAGE_END_BEFORE_START', later: 'PackageEndDate', earlier: 'PackageStartDate' },
    },
  },
  'drug-and-alcohol': {
    dialect: { ...plain, dates: 'compact' },
    columns:
      'AGNCY;EPISODID;MODID;CLIENTID;CONSENT;DAT;NHSNO;FINITIAL;SINITIAL;DOB;SEX;ETHNIC;PC;GPPTC;RFLD;TRIAGED;DRUG1;DRUG2;MODAL;MODST;MODEND;DISD;DISRSN',
    weaknesses: {
      number: 'NHSNO',
      localId: 'CLIENTID',
      date: 'TRIAGED',
      birth: 'DOB',
      order: { rule: 'DISCHARGE_BEFORE_ADMISSION', later: 'DISD', earlier: 'TRIAGED' },
    },
  },
  hospice: {
    dialect: { ...plain, lineEnd: '\r\n' },
    columns:
      'ActivityId;ProviderCode;NHSNumber;NHSNumberStatus;LocalPatientId;PersonBirthDate;PersonDeathDate;PersonStatedGender;EthnicCategory;Postcode;GPPracticeCode;PatientName;ReferralDate;ActivityType;StartDateTime;EndDateTime;PrimaryDiagnosis;PhaseOfIllness;PreferredPlaceOfDeath;ClinicalNote;ActivityCost',
    weaknesses: {
      number: 'NHSNumber',
      status: 'NHSNumberStatus',
      localId: 'LocalPatientId',
      birth: 'PersonBirthDate',
      warns: 'PhaseOfIllness',
      order: { rule: 'EPISODE_END_BEFORE_START', later: 'EndDateTime', earlier: 'StartDateTime' },
    },
  },
} satisfies Record<string, Layout>;

export type GpFeeds = Readonly<Record<'patients' | 'codedRecords' | 'prescribing', CsvFeed>>;
type Shared = Exclude<keyof typeof layouts, 'gp-patients' | 'gp-coded-records' | 'gp-prescribing'>;

/** Everything a life is written into. */
export interface Feeds {
  readonly at: Day;
  readonly shared: Readonly<Record<Shared, CsvFeed>>;
  /** By ODS code; a practice that did not sign has none. */
  readonly gp: ReadonlyMap<string, GpFeeds>;
  readonly acuteFhir: DeliveryFile;
  readonly gpFhir: DeliveryFile;
  readonly files: readonly DeliveryFile[];
  /** Writes down a value that must be found nowhere but in the deliveries. */
  readonly identifier: (value: string) => void;
}

export function openFeeds(directory: string, at: Day, identifier: (value: string) => void): Feeds {
  const files: DeliveryFile[] = [];
  const open = (flow: string, dialect: Dialect, ending: string): DeliveryFile => {
    const file = new DeliveryFile(flow, join(directory, `${flow}.${ending}${dialect.gzip ? '.gz' : ''}`), dialect);
    files.push(file);
    return file;
  };
  const csv = (flow: string, { columns, weaknesses }: Layout, dialect: Dialect): CsvFeed =>
    new CsvFeed(open(flow, dialect, 'csv'), columns.split(';'), weaknesses);
  const gp = new Map<string, GpFeeds>();
  for (const [index, { ods }] of practices.filter(({ signed }) => signed).entries()) {
    const dialect = gpDialects[index % gpDialects.length] as Dialect;
    const feed = (id: 'gp-patients' | 'gp-coded-records' | 'gp-prescribing'): CsvFeed =>
      csv(`${id}-${ods.toLowerCase()}`, layouts[id], dialect);
    gp.set(ods, { patients: feed('gp-patients'), codedRecords: feed('gp-coded-records'), prescribing: feed('gp-prescribing') });
  }
  const shared = Object.fromEntries(
    Object.entries(layouts)
      .filter(([id]) => !id.startsWith('gp-'))
      .map(([id, layout]) => [id, csv(`${id}-southend`, layout, layout.dialect)]),
  ) as Record<Shared, CsvFeed>;
  return { at, gp, shared, files, identifier, acuteFhir: open('fhir-acute', plain, 'ndjson'), gpFhir: open('fhir-gp', plain, 'json') };
}

import type { Day } from './calendar.ts';
import type { CsvFeed } from './csv-feed.ts';
import { add } from './delivery-file.ts';
import type { GpFeeds } from './feeds.ts';
import { anyDay, type Life, pounds, remark } from './life.ts';

const sexOfEmis = (sex: string): string => (sex === '1' ? 'M' : sex === '2' ? 'F' : sex === '9' ? 'I' : 'U');
/** SNOMED CT concepts and Read codes of the measurements a practice makes most, with a plausible range. */
const measurements: readonly (readonly [string, string, string, number, number])[] = [
  ['271649006', '2469.', 'mmHg', 105, 175],
  ['60621009', '22K..', 'kg/m2', 18, 42],
  ['1003671000000109', '42W5.', 'mmol/mol', 34, 92],
  ['1020291000000106', '451E.', 'mL/min', 25, 98],
  ['364075005', '242..', 'beats/min', 52, 108],
];

/** What the person's practice holds and sends; nothing where the practice did not sign. */
export function writeGpRecords(life: Life): void {
  const { person, random, feeds } = life;
  const gp = feeds.gp.get(person.practice.ods);
  if (!gp) return;
  writePatient(life, gp);
  if (person.dummy) return;
  for (const condition of person.conditions) {
    const since = Math.max(person.registered, feeds.at - random.between(30, 3_500));
    record(life, gp.codedRecords, since, condition.snomed, condition.read, { ObservationType: 'Observation', Episode: 'First' });
    const last = person.death ?? feeds.at;
    for (const [medicine, price] of condition.medicines) {
      if (!random.chance(0.8)) continue;
      for (let day = last - random.between(1, 60); day > Math.max(last - 400, since, life.from); day -= random.between(56, 112))
        issue(life, gp.prescribing, day, medicine, price);
    }
    for (let checks = random.count(1.4); checks > 0; checks--) measure(life, gp.codedRecords, anyDay(life));
  }
  for (let checks = random.count(0.8 + person.age / 50); checks > 0; checks--) measure(life, gp.codedRecords, anyDay(life));
  if (person.objections.includes('type-1'))
    record(life, gp.codedRecords, anyDay(life), '827241000000103', '9Nu0.', { ObservationType: 'Observation' });
}

function writePatient({ person, random, next }: Life, gp: GpFeeds): void {
  const { patients } = gp;
  const { file } = patients;
  if (person.dummy) add(file.truth.withheld, 'DUMMY_PATIENT');
  else if (person.spineSensitive) add(file.truth.withheld, 'SENSITIVE_PERSON');
  const values = {
    PatientGuid: person.guid,
    OrganisationGuid: organisationGuid(person.practice.ods),
    ODSCode: person.practice.ods,
    Sex: sexOfEmis(person.sex),
    DateOfBirth: file.date(person.birth),
    DateOfDeath: file.date(person.death),
    Title: random.pick(['Mr', 'Mrs', 'Ms', 'Dr']),
    GivenName: person.given,
    Surname: person.surname,
    DateOfRegistration: file.date(person.registered),
    NhsNumber: person.nhsNumber,
    PatientTypeDescription: person.dummy ? 'Dummy' : 'Regular',
    DummyType: String(person.dummy),
    NumberAndStreet: person.street,
    Town: 'Southend-on-Sea',
    Postcode: person.postcode,
    NHSNumberStatus: '01',
    Deleted: 'false',
    SpineSensitive: String(person.spineSensitive),
    IsConfidential: 'false',
    EmailAddress: `${person.given}.${person.surname}@example.org`.toLowerCase(),
    HomePhone: person.telephone,
    MobilePhone: person.mobile,
    ProcessingId: String(next()),
    ExtractBatch: 'A1',
  };
  patients.send(person, values, random);
}

function record(life: Life, feed: CsvFeed, day: Day, snomed: string, read: string, more: Readonly<Record<string, string>>): void {
  const { person, random, next } = life;
  const { file } = feed;
  const number = next();
  const confidential = person.clean && random.chance(0.002);
  if (confidential) add(file.truth.withheld, 'CONFIDENTIAL_RECORD');
  const undated = !confidential && person.clean && random.chance(0.001);
  if (undated) add(file.truth.quarantined, 'EVENT_START_ABSENT');
  const values = {
    ObservationGuid: `{OB${number.toString(16).toUpperCase().padStart(8, '0')}}`,
    PatientGuid: person.guid,
    OrganisationGuid: organisationGuid(person.practice.ods),
    NhsNumber: person.nhsNumber,
    EffectiveDate: undated ? '' : file.date(day),
    EffectiveDatePrecision: undated ? 'U' : 'YMD',
    EnteredDate: file.date(day),
    CodeId: String(1_000_000 + (number % 9_000)),
    SnomedCTConceptId: snomed,
    ReadTermId: read,
    AssociatedText: remark(life),
    Abnormal: 'false',
    Deleted: 'false',
    IsConfidential: String(confidential),
    ProcessingId: String(number),
    ...more,
  };
  feed.send(person, values, random, person.clean && !confidential && !undated);
  // A practice takes a record back: the same key again, later in the file.
  if (person.clean && !confidential && !undated && random.chance(0.001)) {
    file.truth.tombstones += 1;
    feed.send(person, { ...values, AssociatedText: '', Deleted: 'true', ProcessingId: String(next()) }, random, false);
  }
}

function measure(life: Life, feed: CsvFeed, day: Day): void {
  const [snomed, read, unit, low, high] = life.random.pick(measurements);
  const value = life.random.between(low, high);
  record(life, feed, day, snomed, read, {
    Value: String(value),
    NumericUnit: unit,
    ObservationType: 'Value',
    Abnormal: String(value > low + 0.85 * (high - low)),
  });
}

function issue({ person, random, next }: Life, feed: CsvFeed, day: Day, medicine: string, price: number): void {
  const number = next();
  const { file } = feed;
  feed.send(
    person,
    {
      IssueRecordGuid: `{IS${number.toString(16).toUpperCase().padStart(8, '0')}}`,
      PatientGuid: person.guid,
      OrganisationGuid: organisationGuid(person.practice.ods),
      NhsNumber: person.nhsNumber,
      EffectiveDate: file.date(day),
      EnteredDate: file.date(day),
      CodeId: String(2_000_000 + (number % 5_000)),
      DmdProductCodeId: medicine,
      Dosage: random.chance(0.2) ? 'Take ONE, "as directed"' : 'One daily',
      Quantity: '56',
      QuantityUnit: 'tablet',
      CourseDurationInDays: '56',
      EstimatedNhsCost: pounds(price * (0.9 + random.next() * 0.3)),
      PrescriptionType: random.chance(0.85) ? 'Repeat' : 'Acute',
      Deleted: 'false',
      IsConfidential: 'false',
      ProcessingId: String(number),
    },
    random,
  );
}

const organisationGuid = (ods: string): string => `{0${ods}-0000-4000-A000-0000000${ods.slice(1)}}`;

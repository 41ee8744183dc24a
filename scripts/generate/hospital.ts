import { clockTime, type Day, isoDay, moment } from './calendar.ts';
import { electives, emergencies, frailtyCodes, restrictedDiagnoses } from './conditions.ts';
import { add } from './delivery-file.ts';
import { anyDay, anytime, daytime, driven, type Life, pounds, remark, times } from './life.ts';
import type { Person } from './people.ts';
import { senders } from './practices.ts';
import { callAmbulance, callNhs111 } from './urgent.ts';

/** A stay, as other services need to know about it. */
export interface Stay {
  readonly admitted: Day;
  readonly discharged: Day | undefined;
  readonly nights: number;
}

/** SNOMED CT concepts of chief complaints and diagnoses in an emergency department. */
const complaints = ['29857009', '267036007', '21522001', '25064002', '161898004', '422587007', '282761000', '271825005'];
const departmentDiagnoses = [
  '22298006',
  '195967001',
  '68566005',
  '233604007',
  '44054006',
  '125605004',
  '312608009',
  '128045006',
  '386661006',
];
const attendances = ['5', '5', '5', '5', '5', '5', '5', '6', '3', '2', '4'];
const outpatientSpecialties = ['110', '130', '320', '330', '340', '300', '301', '410', '502', '430', '120', '101'];

export function writeHospitalRecords(life: Life): readonly Stay[] {
  const { person, random } = life;
  const stays: Stay[] = [];
  const base = person.age < 18 ? 0.09 : person.age < 65 ? 0.075 : person.age < 75 ? 0.11 : person.age < 85 ? 0.17 : 0.24;
  const emergencyStays =
    times(life, driven(person, base, 2)) + (person.death !== undefined && random.chance(0.7) ? random.between(1, 2) : 0);
  for (let stay = 0; stay < emergencyStays; stay++) stays.push(writeEmergency(life));
  for (let stay = times(life, driven(person, 0.13, 0.5)); stay > 0; stay--) stays.push(writeElective(life));
  if (person.sex === '2' && person.age >= 18 && person.age < 45)
    for (let births = times(life, 0.05); births > 0; births--) stays.push(writeMaternity(life));
  for (let visits = times(life, driven(person, 0.5, 0.8)); visits > 0; visits--) {
    const day = anyDay(life);
    const minutes = anytime(random);
    if (random.chance(0.12)) callNhs111(life, day, minutes - 90, 'Dx012');
    const carried = random.chance(person.age > 74 ? 0.55 : 0.12);
    if (carried) callAmbulance(life, day, minutes - 60, true);
    attend(life, day, minutes, carried);
  }
  for (let visits = times(life, driven(person, 0.9, 0.6)); visits > 0; visits--) visitOutpatients(life, anyDay(life));
  return stays;
}

const identity = (person: Person) => ({
  NHSNumber: person.nhsNumber,
  NHSNumberTraceStatus: '01',
  LocalPatientIdentifier: person.hospitalNumber,
  Sex: person.sex,
  EthnicGroup: person.ethnic,
  Postcode: person.postcode,
  PracticeCodeofRegisteredGP: person.practice.ods,
});

function writeEmergency(life: Life): Stay {
  const { person, random } = life;
  const [primary, specialty, typical, procedure] = pickEmergency(life);
  const day = anyDay(life);
  const minutes = anytime(random);
  const carried = random.chance(person.age > 64 ? 0.65 : 0.25);
  if (random.chance(0.15)) callNhs111(life, day, minutes - 240, carried ? 'Dx010' : 'Dx012');
  if (carried) callAmbulance(life, day, minutes - 170, true);
  const viaDepartment = random.chance(0.8);
  if (viaDepartment) attend(life, day, minutes - 120, carried);
  const nights = Math.min(120, Math.floor(-Math.log(1 - random.next()) * typical * (0.6 + person.frailty)));
  const dies = person.death !== undefined && random.chance(0.25);
  const method = viaDepartment ? '21' : random.pick(['22', '23', '24', '2A', '2B']);
  return writeSpell(life, {
    day,
    nights,
    dies,
    method,
    specialty,
    codes: secondary(life, primary),
    procedures: procedure ? [procedure] : [],
    patientClass: '1',
    price: 900 + 340 * nights,
  });
}

function pickEmergency({ person, random }: Life): (typeof emergencies)[number] {
  if (person.age < 18) return random.pick(emergencies.filter(([code]) => ['J069', 'J459', 'K359', 'R104', 'K529', 'T391'].includes(code)));
  if (person.age >= 75 && random.chance(0.5)) return random.pick(emergencies.slice(0, 8));
  return random.pick(emergencies);
}

/** Long-term conditions are coded at most stays; the old and frail have what the Hospital Frailty Risk Score looks for. */
function secondary({ person, random }: Life, primary: string): string[] {
  const codes = [primary, ...person.conditions.filter(() => random.chance(0.75)).map(({ icd10 }) => icd10)];
  if (person.age >= 65)
    for (let more = random.count((person.age >= 75 ? 3.6 : 1.2) * person.frailty); more > 0; more--) codes.push(random.pick(frailtyCodes));
  return [...new Set(codes)].slice(0, 12);
}

function writeElective(life: Life): Stay {
  const { random, person } = life;
  const [primary, specialty, procedure, typical] = random.pick(electives);
  const nights = typical === 0 ? 0 : Math.max(1, random.count(typical));
  return writeSpell(life, {
    day: anyDay(life),
    nights,
    dies: false,
    method: random.pick(['11', '12', '13']),
    specialty,
    codes: person.age >= 65 ? secondary(life, primary) : [primary],
    procedures: [procedure],
    patientClass: nights === 0 ? '2' : '1',
    price: 780 + 410 * nights,
  });
}

const writeMaternity = (life: Life): Stay =>
  writeSpell(life, {
    day: anyDay(life),
    nights: life.random.between(1, 3),
    dies: false,
    method: '31',
    specialty: '501',
    codes: ['O800', 'Z370'],
    procedures: ['R249'],
    patientClass: '1',
    price: 2_100,
  });

const diagnosisColumns = Array.from({ length: 12 }, (_, index) => `DIAG_${String(index + 1).padStart(2, '0')}`);

interface SpellPlan {
  readonly day: Day;
  readonly nights: number;
  readonly dies: boolean;
  readonly method: string;
  readonly specialty: string;
  readonly codes: readonly string[];
  readonly procedures: readonly string[];
  readonly patientClass: string;
  readonly price: number;
}

function writeSpell(life: Life, plan: SpellPlan): Stay {
  const { person, random, feeds, to, next } = life;
  const feed = feeds.shared['sus-apc'];
  const { file } = feed;
  const end = plan.day + plan.nights;
  const open = end > to;
  const spell = `SP${String(next()).padStart(9, '0')}`;
  feeds.identifier(spell);
  const delayed = plan.nights >= 3 && random.chance(0.12 + 0.35 * person.frailty);
  const ready =
    open || plan.nights === 0 || plan.dies
      ? undefined
      : delayed
        ? Math.max(plan.day, end - random.between(1, Math.max(1, Math.floor(plan.nights / 2))))
        : end;
  const destination = plan.dies
    ? '79'
    : person.frailty > 0.75 && plan.nights > 6 && random.chance(0.25)
      ? random.pick(['54', '65', '85'])
      : '19';
  const parts = plan.nights > 4 && random.chance(0.3) ? (plan.nights > 14 ? 3 : 2) : 1;
  // A supplier sends restricted codes too: the record stays out, the others of the spell do not.
  const restricted = person.clean && random.chance(0.003);
  for (let episode = 1; episode <= parts; episode++) {
    const from = plan.day + Math.floor((plan.nights * (episode - 1)) / parts);
    const until = episode === parts ? end : plan.day + Math.floor((plan.nights * episode) / parts);
    const hidden = restricted && episode === 1;
    if (hidden) add(file.truth.withheld, 'SENSITIVE_CODE');
    const values = {
      DateofBirth: file.date(person.birth),
      OrganisationCodeCodeOfProvider: senders.acute,
      SiteCodeOfTreatment: `${senders.acute}1`,
      HospitalProviderSpellNumber: spell,
      StartDateHospitalProviderSpell: file.date(plan.day),
      AdmissionMethodHospitalProviderSpell: plan.method,
      SourceOfAdmissionHospitalProviderSpell: '19',
      PatientClassification: plan.patientClass,
      DischargeDateFromHospitalProviderSpell: open ? '' : file.date(end),
      HospitalProviderSpellDischargeReadyDate: file.date(ready),
      DischargeMethodHospitalProviderSpell: open ? '8' : plan.dies ? '4' : '1',
      DischargeDestinationHospitalProviderSpell: open ? '98' : destination,
      EpisodeNumber: String(episode).padStart(2, '0'),
      StartDateConsultantEpisode: file.date(from),
      EndDateConsultantEpisode: open && episode === parts ? '' : file.date(until),
      TreatmentFunctionCode: episode === 1 ? plan.specialty : '430',
      SpellCoreHRG: `${random.pick(['DZ', 'EB', 'HE', 'LA', 'FD', 'AA'])}${random.between(10, 39)}${random.pick(['A', 'C', 'F'])}`,
      FinalPrice: episode === 1 ? pounds(plan.price) : '',
      LastUpdated: moment(Math.min(end, to) + 3, 360),
      ConsultantCode: `C${random.between(1_000_000, 9_999_999)}`,
      LocalTeamNote: episode === 1 ? 'Team A' : '',
    };
    const more: Record<string, string> = identity(person);
    for (let at = 0; at < plan.codes.length; at++) more[diagnosisColumns[at] as string] = plan.codes[at] as string;
    if (hidden) more[diagnosisColumns[Math.min(11, plan.codes.length)] as string] = random.pick(restrictedDiagnoses);
    if (episode === 1 && plan.procedures[0]) more.OPERTN_01 = plan.procedures[0];
    feed.send(person, values, random, person.clean && !hidden, more);
  }
  return { admitted: plan.day, discharged: open ? undefined : end, nights: plan.nights };
}

/** One attendance at the emergency department. */
function attend(life: Life, day: Day, minutes: number, carried: boolean): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared.ecds;
  const arrived = Math.max(0, minutes);
  const left = arrived + random.between(40, 520);
  feed.send(
    person,
    {
      EMERGENCY_CARE_ATTENDANCE_IDENTIFIER: `ED${String(next()).padStart(9, '0')}`,
      PROVIDER_CODE: senders.acute,
      SITE: `${senders.acute}1`,
      NHS_NUMBER: person.nhsNumber,
      NHS_NUMBER_STATUS_INDICATOR_CODE: '01',
      LOCAL_PATIENT_IDENTIFIER: person.hospitalNumber,
      PERSON_BIRTH_DATE: feed.file.date(person.birth),
      STATED_GENDER: person.sex,
      ETHNIC_CATEGORY: person.ethnic,
      POSTCODE_OF_USUAL_ADDRESS: person.postcode,
      PDS_GENERAL_PRACTICE: person.practice.ods,
      DEPARTMENT_TYPE: random.chance(0.75) ? '01' : '03',
      ATTENDANCE_CATEGORY: random.chance(0.94) ? '1' : '2',
      ARRIVAL_DATE: isoDay(day),
      ARRIVAL_TIME: clockTime(arrived),
      DEPARTURE_DATE: isoDay(day + Math.floor(left / 1440)),
      DEPARTURE_TIME: clockTime(left % 1440),
      ACUITY: '1064911000000105',
      CHIEF_COMPLAINT: random.pick(complaints),
      DIAGNOSIS_CODE_1: random.pick(departmentDiagnoses),
      PRESENTING_COMPLAINT_TEXT: remark(life),
      CONVEYING_AMBULANCE_TRUST: carried ? senders.ambulance : '',
      FINAL_PRICE: pounds(85 + random.between(0, 330)),
      TRIAGE_NURSE: 'N Hollinby',
    },
    random,
  );
}

function visitOutpatients(life: Life, day: Day): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared['sus-op'];
  const first = random.chance(0.33);
  feed.send(
    person,
    {
      ATTENDKEY: `OP${String(next()).padStart(10, '0')}`,
      PROCODET: senders.acute,
      DateofBirth: feed.file.date(person.birth),
      APPTDATE: isoDay(day),
      APPTTIME: clockTime(daytime(random)),
      ATTENDED: random.pick(attendances),
      FIRSTATT: first ? '1' : random.pick(['2', '2', '4']),
      REFSOURC: first ? '03' : '11',
      REQDATE: isoDay(day - random.between(14, 220)),
      TRETSPEF: random.pick(outpatientSpecialties),
      FinalPrice: pounds(first ? 168 : 92),
      DIAG_01: random.chance(0.08) ? (person.conditions[0]?.icd10 ?? '') : '',
    },
    random,
    person.clean,
    identity(person),
  );
}

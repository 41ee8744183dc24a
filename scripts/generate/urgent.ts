import { type Day, moment } from './calendar.ts';
import { anyDay, anytime, driven, type Life, pounds, remark, spaced, times } from './life.ts';
import { senders } from './practices.ts';

const dispositions: Readonly<Record<string, readonly [string, string]>> = {
  Dx010: ['Emergency ambulance response', 'Ambulance'],
  Dx012: ['Attend emergency treatment centre within 4 hours', 'ED'],
  Dx05: ['To contact a primary care service within 2 hours', 'OOH'],
  Dx11: ['Speak to a clinician within 2 hours', 'CAS'],
  Dx16: ['Self care', 'None'],
};

/** Calls that lead to nothing else in hospital: 111, out-of-hours cases, ambulances that treat at the scene. */
export function writeUrgentRecords(life: Life): void {
  const { person, random } = life;
  for (let calls = times(life, driven(person, 0.16, 0.5)); calls > 0; calls--) {
    const day = anyDay(life);
    const minutes = anytime(random);
    const outcome = random.pick(['Dx05', 'Dx05', 'Dx11', 'Dx16']);
    callNhs111(life, day, minutes, outcome);
    if (outcome === 'Dx05') openOutOfHoursCase(life, day, minutes + 30);
  }
  for (let cases = times(life, driven(person, 0.03, 0.6)); cases > 0; cases--) openOutOfHoursCase(life, anyDay(life), anytime(random));
  if (person.age >= 65)
    for (let falls = times(life, 0.06 * person.frailty); falls > 0; falls--) callAmbulance(life, anyDay(life), anytime(random), false);
}

export function callNhs111(life: Life, day: Day, minutes: number, outcome: string): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared['nhs-111'];
  const start = Math.max(0, minutes);
  const [meaning, referral] = dispositions[outcome] ?? ['', ''];
  feed.send(
    person,
    {
      CaseRef: `111-${next()}`,
      'Receiving Call Centre': senders.urgentCare,
      'NHS Number': spaced(person.nhsNumber),
      'NHS Number Status': '01',
      'Date of Birth': feed.file.date(person.birth),
      Sex: person.sex === '1' ? 'Male' : person.sex === '2' ? 'Female' : 'Unknown',
      Postcode: person.postcode,
      'Patient Name': `${person.given} ${person.surname}`,
      'Caller Telephone': person.mobile,
      'GP Surgery ID': person.practice.ods,
      'Call Start': moment(day, start),
      'Call End': moment(day, start + random.between(6, 28)),
      'Final Symptom Group': `SG${random.between(1000, 1240)}`,
      'Final Dx Code': outcome,
      'Final Dx Description': meaning,
      'Referral Service Type': referral,
      'Case Notes': remark(life),
    },
    random,
  );
}

function openOutOfHoursCase(life: Life, day: Day, minutes: number): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared['out-of-hours'];
  feed.send(
    person,
    {
      CaseNumber: `OOH${next()}`,
      ProviderCode: senders.urgentCare,
      NHSNumber: person.nhsNumber,
      NHSNumberStatus: '01',
      DateOfBirth: feed.file.date(person.birth),
      Sex: person.sex === '1' ? 'M' : person.sex === '2' ? 'F' : 'U',
      Postcode: person.postcode.replace(' ', ''),
      GPPracticeCode: person.practice.ods,
      PatientName: `${person.surname}, ${person.given}`,
      ReceivedDateTime: moment(day, minutes),
      ClosedDateTime: moment(day, minutes + random.between(30, 300)),
      CaseType: random.pick(['Advice', 'Base visit', 'Home visit']),
      PresentingProblem: remark(life),
      ClinicalCode: random.pick(['54150009', '68566005', '386661006', '25064002']),
      OutcomeCode: random.pick(['COMPLETE', 'GP', 'ED', 'COMMUNITY']),
      CaseCost: pounds(54 + random.between(0, 60)),
    },
    random,
  );
}

export function callAmbulance(life: Life, day: Day, minutes: number, conveyed: boolean): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared.ambulance;
  const start = Math.max(0, minutes);
  const scene = start + random.between(8, 55);
  const destination = scene + random.between(25, 60);
  feed.send(
    person,
    {
      CallNumber: `CAD${next()}`,
      ProviderCode: senders.ambulance,
      NHSNumber: person.nhsNumber,
      NHSNumberStatus: '01',
      PatientDateOfBirth: feed.file.date(person.birth),
      MainPatientSex: person.sex === '1' ? 'M' : person.sex === '2' ? 'F' : 'U',
      PostCode_From: person.postcode,
      PatientName: `${person.given} ${person.surname}`,
      Priority: random.pick(['C1', 'C2', 'C2', 'C2', 'C3', 'Category 3', 'C4']),
      DespatchCode: `${random.between(1, 33)}D${random.between(1, 6)}`,
      ChiefComplaint: random.pick(['Falls', 'Breathing problems', 'Chest pain', 'Unconscious or fainting', 'Sick person']),
      TimeStampT0: moment(day, start),
      TimeAtScene: moment(day, scene),
      TimeAtDest: conveyed ? moment(day, destination) : '',
      TimeHandover: conveyed ? moment(day, destination + random.between(8, 70)) : '',
      TimeClear: moment(day, destination + random.between(75, 120)),
      HospitalAttended: conveyed ? senders.acute : '',
      CrewNotes: remark(life),
      IncidentCost: pounds(conveyed ? 367 : 276),
    },
    random,
  );
}

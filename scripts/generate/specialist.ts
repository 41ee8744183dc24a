import { isoDay, moment } from './calendar.ts';
import { add } from './delivery-file.ts';
import { anyDay, daytime, type Life, pounds, remark } from './life.ts';
import { senders } from './practices.ts';

/** NHS continuing healthcare, one row a request; one package in four is a personal health budget. */
export function writeContinuingHealthcare(life: Life): void {
  const { person, random, feeds, to, next } = life;
  if (person.age < 19 || !random.chance(person.frailty > 0.6 ? 0.09 : person.frailty > 0.4 ? 0.008 : 0.0012)) return;
  const feed = feeds.shared['continuing-healthcare'];
  const { file } = feed;
  const requested = anyDay(life);
  const fast = person.death !== undefined && random.chance(0.6);
  const decision = fast || random.chance(0.45) ? 'Eligible' : random.pick(['Not eligible', 'FNC only', 'Joint funded']);
  const starts = requested + (fast ? 2 : 28);
  const packaged = decision !== 'Not eligible' && starts <= to;
  const ends = packaged && (person.death !== undefined || random.chance(0.2)) ? Math.min(to, starts + random.between(20, 400)) : undefined;
  const budget = packaged && decision === 'Eligible' && random.chance(0.28);
  feed.send(
    person,
    {
      ReferralID: `CHC${next()}`,
      OrgID_ICB: senders.board,
      NHSNumber: person.nhsNumber,
      NHSNumberStatus: '01',
      LocalPatientID: `CH${person.hospitalNumber.slice(2)}`,
      PersonBirthDate: file.date(person.birth),
      PersonStatedGender: person.sex,
      EthnicCategory: person.ethnic,
      Postcode: person.postcode,
      OrgID_GP: person.practice.ods,
      RequestType: fast ? 'Fast Track' : decision === 'FNC only' ? 'FNC' : 'Standard',
      RequestDate: isoDay(requested),
      DSTDate: fast || requested + 21 > to ? '' : isoDay(requested + 21),
      EligibilityDecision: starts <= to ? decision : 'Pending',
      EligibilityDate: starts <= to ? isoDay(starts - 1) : '',
      PackageStartDate: packaged ? isoDay(starts) : '',
      PackageEndDate: ends === undefined ? '' : isoDay(ends),
      WeeklyCost: packaged ? pounds(random.between(650, 2_100)) : '',
      PersonalHealthBudget: budget ? 'Y' : 'N',
      PersonalHealthBudgetType: budget ? random.pick(['Notional budget', 'Direct payment', 'Third party budget']) : '',
      PersonalHealthBudgetStartDate: budget ? isoDay(starts) : '',
      PersonalHealthBudgetEndDate: budget && ends !== undefined ? isoDay(ends) : '',
      AssessorNotes: remark(life),
    },
    random,
  );
}

/** Treatment for drugs or alcohol; who did not consent is in the file and must not land. */
export function writeDrugAndAlcohol(life: Life): void {
  const { person, random, feeds, to, next } = life;
  if (person.age < 18 || person.age > 70 || !random.chance(0.007)) return;
  const feed = feeds.shared['drug-and-alcohol'];
  const { file } = feed;
  const episode = next();
  const triaged = anyDay(life);
  const closes = triaged + random.between(40, 400);
  const refused = random.chance(0.05);
  const modalities = random.between(1, 3);
  for (let modality = 1; modality <= modalities; modality++) {
    const begins = triaged + 14 * modality;
    if (begins > to) return;
    if (refused) add(file.truth.withheld, 'CONFIDENTIAL_RECORD');
    feed.send(
      person,
      {
        AGNCY: senders.drugAndAlcohol,
        EPISODID: `DA${episode}`,
        MODID: String(modality),
        CLIENTID: `CL${person.index}`,
        CONSENT: refused ? 'N' : 'Y',
        DAT: 'K07B',
        NHSNO: person.nhsNumber,
        FINITIAL: person.given.slice(0, 1),
        SINITIAL: person.surname.slice(0, 1),
        DOB: file.date(person.birth),
        SEX: person.sex,
        ETHNIC: person.ethnic,
        PC: person.postcode,
        GPPTC: person.practice.ods,
        RFLD: file.date(triaged - random.between(1, 20)),
        TRIAGED: file.date(triaged),
        DRUG1: random.pick(['7000', '1000', '4000', '3000']),
        DRUG2: '',
        MODAL: random.pick(['71', '94', '95']),
        MODST: file.date(begins),
        MODEND: closes <= to ? file.date(Math.max(begins, closes)) : '',
        DISD: closes <= to ? file.date(closes) : '',
        DISRSN: closes <= to ? '80' : '',
      },
      random,
      person.clean && !refused,
    );
  }
}

/** Hospice care in the last year of life. */
export function writeHospiceRecords(life: Life): void {
  const { person, random, feeds, next } = life;
  if (
    person.death === undefined ||
    person.age < 19 ||
    !random.chance(person.conditions.some(({ id }) => id === 'cancer' || id === 'heart-failure') ? 0.7 : 0.3)
  )
    return;
  const feed = feeds.shared.hospice;
  const referred = person.death - random.between(20, 330);
  const visits = random.between(2, 12);
  for (let visit = 1; visit <= visits; visit++) {
    const day = referred + Math.floor(((person.death - referred) * visit) / (visits + 1));
    const inpatient = visit === visits && random.chance(0.35);
    const minutes = daytime(random);
    const end = inpatient ? moment(person.death, 600) : moment(day, minutes + random.between(20, 90));
    feed.send(
      person,
      {
        ActivityId: `HO${next()}`,
        ProviderCode: senders.hospice,
        NHSNumber: person.nhsNumber,
        NHSNumberStatus: '01',
        LocalPatientId: `HP${person.hospitalNumber.slice(2)}`,
        PersonBirthDate: feed.file.date(person.birth),
        PersonDeathDate: feed.file.date(person.death),
        PersonStatedGender: person.sex,
        EthnicCategory: person.ethnic,
        Postcode: person.postcode,
        GPPracticeCode: person.practice.ods,
        PatientName: `${person.given} ${person.surname}`,
        ReferralDate: isoDay(referred),
        ActivityType: inpatient ? 'Inpatient stay' : random.pick(['Home visit', 'Home visit', 'Telephone contact', 'Day therapy']),
        StartDateTime: moment(day, inpatient ? 300 : minutes),
        EndDateTime: end,
        PrimaryDiagnosis: person.conditions.find(({ id }) => id === 'cancer')?.icd10 ?? 'I500',
        PhaseOfIllness: visit < visits / 2 ? 'Stable' : visit === visits ? 'Dying' : 'Deteriorating',
        PreferredPlaceOfDeath: random.pick(['Home', 'Hospice', 'Care home']),
        ClinicalNote: remark(life),
        ActivityCost: pounds(inpatient ? 2_900 : 74),
      },
      random,
    );
  }
}

import { clockTime, type Day, isoDay } from './calendar.ts';
import type { Stay } from './hospital.ts';
import { anyDay, daytime, driven, type Life, pounds, remark, times } from './life.ts';
import { senders } from './practices.ts';

/** Community referrals follow hospital stays of the old, and come from practices for wounds, therapy and long-term care. */
export function writeCommunityRecords(life: Life, stays: readonly Stay[]): void {
  const { person, random, to } = life;
  for (const { discharged, nights } of stays)
    if (discharged !== undefined && discharged < to && nights > 2 && random.chance(0.15 + 0.4 * person.frailty))
      referToCommunity(life, discharged);
  for (let referrals = times(life, driven(person, person.age > 64 ? 0.1 : 0.02, 1)); referrals > 0; referrals--)
    referToCommunity(life, anyDay(life));
}

function referToCommunity(life: Life, received: Day): void {
  const { person, random, feeds, to, next } = life;
  const feed = feeds.shared.csds;
  const { file } = feed;
  const referral = `CS${next()}`;
  const contacts = random.between(1, 3 + Math.round(8 * person.frailty));
  const gap = random.between(2, 21);
  const closes = received + gap * contacts + 7;
  for (let contact = 1; contact <= contacts; contact++) {
    const day = received + gap * contact;
    if (day > to) return;
    feed.send(
      person,
      {
        NHSNumber: person.nhsNumber,
        NHSNumberStatus: '01',
        LocalPatientID: `EP${person.hospitalNumber.slice(2)}`,
        DateOfBirth: file.date(person.birth),
        Gender: person.sex,
        EthnicCategory: person.ethnic,
        Postcode: person.postcode,
        OrgID_GP: person.practice.ods,
        OrgID_Provider: senders.community,
        ServiceRequestId: referral,
        ReferralRequestReceivedDate: isoDay(received),
        PriorityType: random.chance(0.2) ? '2' : '1',
        ServiceDischargeDate: closes <= to ? isoDay(closes) : '',
        TeamType: random.pick(['12', '18', '27', '33']),
        CareContactId: `${referral}-${contact}`,
        Contact_Date: isoDay(day),
        Contact_Time: clockTime(daytime(random)),
        AttendanceStatus: random.chance(0.92) ? '5' : '3',
        ConsultationMechanism: random.chance(0.8) ? '01' : '02',
        CodedFinding: random.pick(['', '', '399912005', '129839007', '8357008']),
        ContactNotes: remark(life),
        ContactCost: pounds(48 + random.between(0, 50)),
      },
      random,
    );
  }
}

const mentalHealthDiagnoses: Readonly<Record<string, readonly string[]>> = {
  'severe-mental-illness': ['F209', 'F319', 'F250'],
  depression: ['F329', 'F339', 'F412'],
  dementia: ['F03X', 'F009', 'F019'],
};

export function writeMentalHealthRecords(life: Life): void {
  const { person, random } = life;
  const known = person.conditions.find(({ id }) => id in mentalHealthDiagnoses);
  const rate =
    known?.id === 'severe-mental-illness' ? 0.9 : known?.id === 'dementia' ? 0.25 : known ? 0.12 : person.age < 18 ? 0.03 : 0.012;
  for (let referrals = times(life, rate); referrals > 0; referrals--)
    referToMentalHealth(
      life,
      random.pick(mentalHealthDiagnoses[known?.id ?? 'depression'] ?? ['F419']),
      known?.id === 'severe-mental-illness',
    );
}

function referToMentalHealth(life: Life, diagnosis: string, severe: boolean): void {
  const { person, random, feeds, to, next } = life;
  const feed = feeds.shared.mhsds;
  const { file } = feed;
  const received = anyDay(life);
  const referral = `MH${next()}`;
  const contacts = random.between(1, severe ? 14 : 7);
  const gap = random.between(7, 28);
  const closes = received + gap * contacts + 14;
  const detained = severe && random.chance(0.08);
  const spell = detained ? `MS${next()}` : '';
  for (let contact = 1; contact <= contacts; contact++) {
    const day = received + gap * contact;
    if (day > to) return;
    feed.send(
      person,
      {
        NHSNumber: person.nhsNumber,
        NHSNumberStatus: '01',
        LocalPatientId: `EM${person.hospitalNumber.slice(2)}`,
        PersonBirthDate: file.date(person.birth),
        Gender: person.sex,
        EthnicCategory: person.ethnic,
        Postcode: person.postcode,
        GMPCodeReg: person.practice.ods,
        OrgIDProv: senders.mentalHealth,
        UniqMonthID: String(monthNumber(day)),
        UniqServReqID: referral,
        ReferralRequestReceivedDate: isoDay(received),
        ClinRespPriorityType: severe ? '2' : '3',
        ServDischDate: closes <= to ? isoDay(closes) : '',
        ServTeamTypeRefToMH: random.pick(['A06', 'A02', 'A13', 'C10']),
        UniqCareContID: `${referral}-${contact}`,
        CareContDate: isoDay(day),
        CareContTime: clockTime(daytime(random)),
        AttendStatus: random.chance(0.85) ? '5' : '3',
        ConsMechanismMH: random.pick(['01', '01', '02', '11']),
        LegalStatusCode: detained ? random.pick(['02', '03']) : '',
        UniqHospProvSpellID: spell,
        StartDateHospProvSpell: detained ? isoDay(received + 2) : '',
        DischDateHospProvSpell: detained && received + 40 <= to ? isoDay(received + 40) : '',
        PrimDiag: diagnosis,
        ProgressNote: remark(life),
        ContactCost: pounds(140 + random.between(0, 90)),
      },
      random,
    );
  }
}

/** Months of MHSDS submissions are numbered from April 1900. */
function monthNumber(day: Day): number {
  const iso = isoDay(day);
  return (Number(iso.slice(0, 4)) - 1900) * 12 + Number(iso.slice(5, 7)) - 3;
}

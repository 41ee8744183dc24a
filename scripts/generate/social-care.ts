import { ageOn, type Day, dayOf, isoDay } from './calendar.ts';
import { add } from './delivery-file.ts';
import type { Stay } from './hospital.ts';
import { type Life, pounds, remark } from './life.ts';
import { senders } from './practices.ts';

const ethnicities: Readonly<Record<string, string>> = {
  A: 'White - English, Welsh, Scottish, Northern Irish or British',
  B: 'White - Irish',
  C: 'White - Any other White background',
  D: 'Mixed or multiple ethnic groups - White and Black Caribbean',
  H: 'Asian or Asian British - Indian',
  K: 'Asian or Asian British - Bangladeshi',
  N: 'Black, Black British, Caribbean or African - African',
  R: 'Asian or Asian British - Chinese',
  S: 'Other ethnic group - Any other ethnic group',
  Z: 'No data - Refused',
};

/** Twelve months that end with the last finished quarter: what a council submits each time. */
export function submissionPeriod(at: Day): { readonly start: Day; readonly end: Day } {
  const iso = isoDay(at);
  const year = Number(iso.slice(0, 4));
  const month = Math.floor((Number(iso.slice(5, 7)) - 1) / 3) * 3 + 1;
  const text = (y: number): string => `${y}-${String(month).padStart(2, '0')}-01`;
  return { start: dayOf(text(year - 1)), end: dayOf(text(year)) - 1 };
}

/** Client level data of one person: request, assessment, service, review; short-term support behind a hospital stay. */
export function writeSocialCareRecords(life: Life, stays: readonly Stay[]): void {
  const { person, random, feeds } = life;
  const period = submissionPeriod(feeds.at);
  const last = Math.min(life.to, period.end);
  if (last < period.start) return;
  const older = person.age >= 65 && random.chance(person.frailty > 0.7 ? 0.42 : person.frailty > 0.5 ? 0.13 : 0.02);
  const working = person.age >= 17 && person.age < 65 && random.chance(0.011);
  const stay = stays.find(
    ({ discharged, nights }) => discharged !== undefined && discharged >= period.start && discharged < last && nights > 2,
  );
  if (stay?.discharged !== undefined && person.age >= 65 && random.chance(0.3)) shortTerm(life, stay.discharged, last);
  if (!older && !working) return;
  const residential = older && person.frailty > 0.8 && random.chance(0.4);
  const nursing = residential && random.chance(0.35);
  const reason = working
    ? random.pick(['Learning Disability Support', 'Mental Health Support', 'Physical Support: Personal care support'])
    : person.conditions.some(({ id }) => id === 'dementia')
      ? 'Support with Memory & Cognition'
      : random.pick([
          'Physical Support: Personal care support',
          'Physical Support - Personal care support',
          'Physical Support: Access & mobility only',
          'Sensory Support: Support for visual impairment',
        ]);
  const began = period.start - random.between(0, 900);
  const requested = Math.max(period.start, began);
  if (began >= period.start - 30) {
    event(life, 'Request', requested, Math.min(requested + 5, last), 'Progress to Assessment', {
      Request_Route_of_Access: 'Community / other route',
    });
    event(life, 'Assessment', Math.min(requested + 14, last), Math.min(requested + 30, last), 'Progress to Support Planning / Services', {
      Primary_Support_Reason: reason,
      Assessment_Type: 'Long term assessment',
    });
  }
  const stops = random.chance(0.15) ? random.between(requested, last) : undefined;
  event(
    life,
    'Service',
    began,
    stops,
    stops === undefined
      ? 'Provision of service'
      : random.pick(['Service ended as planned', 'NFA - Support ended: Other reason', 'NFA - Support ended – other reason']),
    {
      Primary_Support_Reason: reason,
      Service_Type: nursing
        ? 'Long Term Support: Nursing Care'
        : residential
          ? 'Long Term Support: Residential Care'
          : 'Long Term Support: Community',
      Service_Component: nursing ? 'Nursing care' : residential ? 'Residential care' : 'Home Support',
      Delivery_Mechanism: residential ? '' : random.pick(['Direct Payment', 'CASSR Managed Personal Budget', 'CASSR Commissioned Support']),
      Unit_Cost: residential ? pounds(random.between(720, 1_280)) : pounds(22.5),
      Cost_Frequency_Unit_Type: residential ? 'Per week' : 'Hourly',
      Planned_Units_Per_Week: residential ? '1' : String(random.between(3, 28)),
    },
  );
  if (began < period.start && random.chance(0.6))
    event(life, 'Review', Math.min(period.start + random.between(10, 300), last), last, 'No change in package', {
      Primary_Support_Reason: reason,
      Review_Reason: 'Planned',
    });
}

function shortTerm(life: Life, from: Day, last: Day): void {
  const end = Math.min(from + life.random.between(14, 42), last);
  event(life, 'Request', from, from, 'Progress to Reablement/ST-Max', { Request_Route_of_Access: 'Discharge from Hospital' });
  event(
    life,
    'Service',
    from,
    end,
    life.random.pick(['NFA - Support ended: Other reason', 'Progress to Support Planning / Services', 'Admitted to hospital']),
    {
      Primary_Support_Reason: 'Physical Support: Personal care support',
      Service_Type: 'Short Term Support: ST-Max',
      Service_Component: 'Reablement',
      Unit_Cost: pounds(31),
      Cost_Frequency_Unit_Type: 'Hourly',
      Planned_Units_Per_Week: '7',
    },
  );
}

function event(life: Life, type: string, start: Day, end: Day | undefined, outcome: string, more: Readonly<Record<string, string>>): void {
  const { person, random, feeds, next } = life;
  const feed = feeds.shared['asc-cld'];
  const { file } = feed;
  const period = submissionPeriod(feeds.at);
  // Age at the event decides (the agreement covers adults); people with an objection are counted under that instead.
  const child = ageOn(person.birth, start) < 18;
  if (child && person.objections.length === 0) add(file.truth.withheld, 'UNDER_AGE');
  feed.send(
    person,
    {
      LA_Code: senders.council,
      Reporting_Period_Start_Date: file.date(period.start),
      Reporting_Period_End_Date: file.date(period.end),
      LA_Person_Unique_Identifier: person.councilId,
      NHS_Number: person.nhsNumber,
      GP_Practice_Code: person.practice.ods,
      GP_Practice_Name: 'A practice',
      Gender: person.sex === '1' ? 'Male' : person.sex === '2' ? 'Female' : 'Other',
      Ethnicity: ethnicities[person.ethnic] ?? 'No data - Undeclared or Not known',
      Date_of_Birth: file.date(person.birth),
      Date_of_Death: file.date(person.death),
      Client_Type: 'Service User',
      Postcode: person.postcode,
      Accommodation_Status:
        person.frailty > 0.8
          ? 'Registered care home'
          : random.pick(['Owner occupier or shared ownership scheme', 'Tenant', 'Tenant - private landlord']),
      Has_Unpaid_Carer: random.pick(['Yes', 'No', 'Unknown']),
      Event_Type: type,
      Event_Reference: `EV${next()}`,
      Event_Description: remark(life),
      Event_Start_Date: file.date(start),
      Event_End_Date: end === undefined ? '' : file.date(Math.max(start, end)),
      Event_Outcome: outcome,
      Social_Worker_Name: 'K. Sandleby',
      ...more,
    },
    random,
  );
}

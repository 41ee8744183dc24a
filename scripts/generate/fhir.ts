import { clockTime, type Day, isoDay } from './calendar.ts';
import { add, type DeliveryFile } from './delivery-file.ts';
import { anyDay, daytime, type Life } from './life.ts';
import { senders } from './practices.ts';

const snomed = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }] });
const icd10 = (code: string) => ({ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code }] });
const medicine = (code: string) => ({ coding: [{ system: 'https://dmd.nhs.uk', code }] });
const ods = (code: string) => ({ identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: code } });
const ukCore = 'https://fhir.hl7.org.uk/StructureDefinition/';
const genders: Readonly<Record<string, string>> = { '1': 'male', '2': 'female', '9': 'other', X: 'unknown' };
export type Resource = { readonly resourceType: string; readonly id: string } & Readonly<Record<string, unknown>>;

/** About one person in forty is sent by the hospital as FHIR NDJSON, and part of one practice as a transaction Bundle. */
export function writeFhirRecords(life: Life): void {
  const { person, random, feeds } = life;
  if (person.dummy) return;
  if (random.chance(0.025)) {
    for (const resource of [...patient(life), ...hospitalResources(life)])
      send(feeds.acuteFhir, life, resource, `${JSON.stringify(resource)}\n`);
  }
  if (person.practice.ods === 'F81001' && random.chance(0.5)) {
    for (const resource of [...patient(life), ...practiceResources(life)]) {
      const entry = {
        fullUrl: `https://gp.example.org/fhir/${resource.resourceType}/${resource.id}`,
        resource,
        request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
      };
      send(feeds.gpFhir, life, resource, `${feeds.gpFhir.truth.rows === 0 ? '' : ',\n'}${JSON.stringify(entry)}`);
    }
  }
}

export const openBundle = (file: DeliveryFile): void => file.raw('{"resourceType":"Bundle","type":"transaction","entry":[\n');
export const closeBundle = (file: DeliveryFile): void => file.raw('\n]}\n');

function send(file: DeliveryFile, { person }: Life, resource: Resource, text: string): void {
  if (resource.resourceType === 'Device' || resource.resourceType === 'Appointment') add(file.truth.withheld, 'OUT_OF_SCOPE');
  file.raw(text);
  file.count(person.index);
}

const reference = ({ person }: Life) => ({ reference: `Patient/p${person.index}` });

export function patient({ person }: Life): readonly Resource[] {
  return [
    {
      resourceType: 'Patient',
      id: `p${person.index}`,
      meta: { profile: [`${ukCore}UKCore-Patient`] },
      extension: [
        {
          url: `${ukCore}Extension-UKCore-EthnicCategory`,
          valueCodeableConcept: {
            coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland', code: person.ethnic }],
          },
        },
      ],
      identifier: [
        {
          system: 'https://fhir.nhs.uk/Id/nhs-number',
          value: person.nhsNumber,
          extension: [
            {
              url: `${ukCore}Extension-UKCore-NHSNumberVerificationStatus`,
              valueCodeableConcept: {
                coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland', code: '01' }],
              },
            },
          ],
        },
      ],
      name: [{ use: 'official', family: person.surname, given: [person.given] }],
      telecom: [{ system: 'phone', value: person.telephone, use: 'home' }],
      gender: genders[person.sex],
      birthDate: isoDay(person.birth),
      ...(person.death === undefined ? {} : { deceasedDateTime: isoDay(person.death) }),
      address: [{ use: 'home', line: [person.street], city: 'Southend-on-Sea', postalCode: person.postcode }],
      generalPractitioner: [ods(person.practice.ods)],
    },
  ];
}

const stamp = (day: Day, minutes: number): string => `${isoDay(day)}T${clockTime(minutes)}+00:00`;

function hospitalResources(life: Life): Resource[] {
  const { random, feeds, person, next } = life;
  const subject = reference(life);
  const resources: Resource[] = [];
  for (let stay = random.between(1, 3); stay > 0; stay--) {
    const day = anyDay(life);
    const minutes = daytime(random);
    const id = `e${next()}`;
    resources.push(
      {
        resourceType: 'Encounter',
        id,
        status: 'finished',
        class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: random.pick(['IMP', 'AMB', 'EMER']) },
        subject,
        period: { start: stamp(day, minutes), end: stamp(day, minutes + 45) },
        serviceProvider: ods(senders.acute),
      },
      {
        resourceType: 'Condition',
        id: `c${next()}`,
        clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] },
        code: icd10(random.pick(['J189', 'I500', 'N390', 'R074'])),
        subject,
        encounter: { reference: `Encounter/${id}` },
        recordedDate: isoDay(day),
        note: [{ text: `Discussed with ${person.given} ${person.surname}` }],
      },
      {
        resourceType: 'Observation',
        id: `o${next()}`,
        status: 'final',
        code: snomed('1104051000000101'),
        subject,
        effectiveDateTime: stamp(day, minutes + 10),
        valueQuantity: { value: random.between(0, 9), system: 'http://unitsofmeasure.org', code: '{score}' },
      },
    );
    if (random.chance(0.3))
      resources.push({
        resourceType: 'Procedure',
        id: `r${next()}`,
        status: 'completed',
        code: { coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/OPCS-4', code: 'H229' }] },
        subject,
        performedDateTime: isoDay(day),
      });
    if (random.chance(0.2)) resources.push({ resourceType: 'Device', id: `d${next()}`, status: 'active', patient: subject });
  }
  resources.push({
    resourceType: 'MedicationStatement',
    id: `m${next()}`,
    status: 'active',
    medicationCodeableConcept: medicine('319283006'),
    subject,
    effectiveDateTime: isoDay(anyDay(life)),
  });
  if (random.chance(0.2))
    resources.push({
      resourceType: 'Flag',
      id: `f${next()}`,
      status: 'active',
      code: snomed('129839007'),
      subject,
      period: { start: isoDay(anyDay(life)) },
    });
  // A resource about a patient whom the file does not hold.
  if (random.chance(0.05)) {
    add(feeds.acuteFhir.truth.quarantined, 'PATIENT_REFERENCE_UNRESOLVED');
    resources.push({
      resourceType: 'Observation',
      id: `o${next()}`,
      status: 'final',
      code: snomed('60621009'),
      subject: { reference: `Patient/nobody${person.index}` },
      effectiveDateTime: isoDay(anyDay(life)),
    });
  }
  return resources;
}

function practiceResources(life: Life): Resource[] {
  const { random, next, person } = life;
  const subject = reference(life);
  const day = (): string => isoDay(anyDay(life));
  const resources: Resource[] = [
    {
      resourceType: 'EpisodeOfCare',
      id: `g${next()}`,
      status: 'active',
      patient: subject,
      managingOrganization: ods(person.practice.ods),
      period: { start: isoDay(person.registered) },
    },
    {
      resourceType: 'Immunization',
      id: `i${next()}`,
      status: 'completed',
      vaccineCode: snomed('1181000221105'),
      patient: subject,
      occurrenceDateTime: day(),
    },
    {
      resourceType: 'Observation',
      id: `o${next()}`,
      status: 'final',
      code: snomed('60621009'),
      subject,
      effectiveDateTime: day(),
      valueQuantity: { value: random.between(18, 41), unit: 'kg/m2' },
    },
  ];
  for (const condition of person.conditions) {
    resources.push({ resourceType: 'Condition', id: `c${next()}`, code: snomed(condition.snomed), subject, recordedDate: day() });
    for (const [code] of condition.medicines)
      resources.push({
        resourceType: 'MedicationRequest',
        id: `m${next()}`,
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: medicine(code),
        subject,
        authoredOn: day(),
      });
  }
  if (random.chance(0.15))
    resources.push({
      resourceType: 'AllergyIntolerance',
      id: `a${next()}`,
      code: snomed('91936005'),
      patient: subject,
      recordedDate: day(),
    });
  if (random.chance(0.2))
    resources.push({
      resourceType: 'ServiceRequest',
      id: `s${next()}`,
      status: 'active',
      intent: 'order',
      code: snomed('306206005'),
      subject,
      authoredOn: day(),
    });
  if (random.chance(0.1))
    resources.push({ resourceType: 'CarePlan', id: `k${next()}`, status: 'active', intent: 'plan', subject, period: { start: day() } });
  if (random.chance(0.1))
    resources.push({
      resourceType: 'Appointment',
      id: `n${next()}`,
      status: 'booked',
      participant: [{ actor: subject, status: 'accepted' }],
    });
  return resources;
}

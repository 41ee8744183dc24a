import { boolean, code, component, number, type ResourceMapping, systemCodeOf } from './mapping.ts';

const ukCore = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-';
const codeSystem = 'https://fhir.hl7.org.uk/CodeSystem/';

/** English national codes under their current URI and the retired NHS Data Model and Dictionary one (UK Core, code systems). */
const english = (current: string, retired: string): readonly string[] => [
  `${codeSystem}UKCore-${current}England`,
  `${codeSystem}NHSDataModelAndDictionary-${retired}`,
];

const notDone = { path: ['status'], values: ['not-done'], suffix: '-not-done' };
const doNotPerform = { path: ['doNotPerform'], values: [true], suffix: '-not-done' };
const refuted = { path: ['verificationStatus'], values: ['refuted'], suffix: '-refuted' };
const recorded = ['recordedDate'];
/** STU3 names of what R4 calls recordedDate (FHIR R3 Condition, AllergyIntolerance; GP Connect sends these). */
const asserted = ['assertedDate'];

/**
 * UK Core R4 resource types that become events, and the elements read from each. What is not named here is dropped:
 * display, text, note, narrative and valueString are prose and can name people.
 * Profiles: UK Core STU2 sequence (Encounter 2.5.0, Condition 2.6.0, Observation 2.5.0, MedicationRequest 2.5.0,
 * MedicationStatement 2.5.0, AllergyIntolerance 2.5.0, ServiceRequest 2.5.1; Flag, EpisodeOfCare and CarePlan are drafts,
 * so base R4 applies).
 */
export const resourceMappings = {
  Encounter: {
    kind: 'contact',
    // v3-ActEncounterCode: EMER, IMP and its children are stays in or visits to a hospital; AMB, VR, HH and FLD are contacts.
    kindBy: {
      path: ['class'],
      kinds: { EMER: 'attendance', IMP: 'admission', ACUTE: 'admission', NONAC: 'admission', SS: 'admission', OBSENC: 'admission' },
    },
    subject: 'subject',
    start: [['period', 'start']],
    end: [['period', 'end']],
    codes: [['type'], ['serviceType'], ['reasonCode'], ['reason']],
    provider: [['serviceProvider']],
    attributes: [
      code('Encounter.status', ['status']),
      code('Encounter.class', ['class']),
      code('Encounter.type', ['type']),
      code('Encounter.serviceType', ['serviceType']),
      code('Encounter.priority', ['priority']),
      systemCodeOf('Encounter.hospitalization.admissionMethod', english('AdmissionMethod', 'AdmissionMethod'), [
        'hospitalization',
        `${ukCore}AdmissionMethod`,
        'valueCodeableConcept',
      ]),
      systemCodeOf('Encounter.hospitalization.admitSource', english('SourceOfAdmission', 'SourceOfAdmission'), [
        'hospitalization',
        'admitSource',
      ]),
      systemCodeOf('Encounter.hospitalization.dischargeDisposition', english('DischargeDestination', 'DischargeDestination'), [
        'hospitalization',
        'dischargeDisposition',
      ]),
      systemCodeOf('Encounter.dischargeMethod', english('DischargeMethod', 'DischargeMethod'), [
        `${ukCore}DischargeMethod`,
        'valueCodeableConcept',
      ]),
      systemCodeOf('Encounter.outcomeOfAttendance', english('OutcomeOfAttendance', 'OutcomeOfAttendance'), [
        `${ukCore}OutcomeOfAttendance`,
        'valueCodeableConcept',
      ]),
      number('Encounter.length', ['length', 'value']),
    ],
  },
  Condition: {
    kind: 'condition',
    subject: 'subject',
    start: [['onsetDateTime'], ['onsetPeriod', 'start'], recorded, asserted],
    startMayBeUpdate: true,
    end: [['abatementDateTime'], ['abatementPeriod', 'end']],
    codes: [['code'], ['evidence', 'code']],
    provider: [['asserter'], ['recorder']],
    negation: [refuted],
    attributes: [
      code('Condition.clinicalStatus', ['clinicalStatus']),
      code('Condition.verificationStatus', ['verificationStatus']),
      code('Condition.category', ['category']),
      code('Condition.severity', ['severity']),
    ],
  },
  Observation: {
    kind: 'observation',
    subject: 'subject',
    start: [['effectiveDateTime'], ['effectivePeriod', 'start'], ['effectiveInstant'], ['issued']],
    end: [['effectivePeriod', 'end']],
    codes: [['code'], ['valueCodeableConcept'], ['component', 'code'], ['component', 'valueCodeableConcept']],
    provider: [['performer']],
    attributes: [
      code('Observation.status', ['status']),
      code('Observation.category', ['category']),
      number('Observation.value', ['valueQuantity', 'value'], ['valueInteger']),
      code('Observation.comparator', ['valueQuantity', 'comparator']),
      code('Observation.unit', ['valueQuantity', 'code'], ['valueQuantity', 'unit']),
      code('Observation.valueCode', ['valueCodeableConcept']),
      boolean('Observation.valueBoolean', ['valueBoolean']),
      code('Observation.interpretation', ['interpretation']),
      // UK Core blood pressure (SNOMED CT) and FHIR vital signs (LOINC).
      component('Observation.component.systolic', 'snomed:72313002', 'snomed:271649006', 'loinc:8480-6'),
      component('Observation.component.diastolic', 'snomed:1091811000000102', 'snomed:271650006', 'loinc:8462-4'),
    ],
  },
  MedicationRequest: {
    kind: 'medication',
    subject: 'subject',
    start: [['authoredOn'], ['dispenseRequest', 'validityPeriod', 'start']],
    end: [['dispenseRequest', 'validityPeriod', 'end']],
    codes: [['medicationCodeableConcept'], ['reasonCode']],
    provider: [['requester'], ['dispenseRequest', 'performer']],
    negation: [doNotPerform],
    attributes: [
      code('MedicationRequest.status', ['status']),
      code('MedicationRequest.intent', ['intent']),
      code('MedicationRequest.category', ['category']),
      code('MedicationRequest.courseOfTherapyType', ['courseOfTherapyType']),
      number('MedicationRequest.dispenseRequest.quantity', ['dispenseRequest', 'quantity', 'value']),
      number('MedicationRequest.dispenseRequest.numberOfRepeatsAllowed', ['dispenseRequest', 'numberOfRepeatsAllowed']),
    ],
  },
  MedicationStatement: {
    kind: 'medication',
    subject: 'subject',
    start: [['effectiveDateTime'], ['effectivePeriod', 'start'], ['dateAsserted']],
    startMayBeUpdate: true,
    end: [['effectivePeriod', 'end']],
    codes: [['medicationCodeableConcept'], ['reasonCode']],
    provider: [['informationSource']],
    negation: [
      { path: ['status'], values: ['not-taken'], suffix: '-not-taken' },
      { path: ['taken'], values: ['n'], suffix: '-not-taken' },
    ],
    attributes: [
      code('MedicationStatement.status', ['status']),
      code('MedicationStatement.taken', ['taken']),
      code('MedicationStatement.category', ['category']),
    ],
  },
  AllergyIntolerance: {
    kind: 'allergy',
    subject: 'patient',
    start: [['onsetDateTime'], ['onsetPeriod', 'start'], recorded, asserted, ['lastOccurrence']],
    startMayBeUpdate: true,
    end: [],
    codes: [['code'], ['reaction', 'substance'], ['reaction', 'manifestation']],
    provider: [['recorder'], ['asserter']],
    negation: [refuted],
    attributes: [
      code('AllergyIntolerance.clinicalStatus', ['clinicalStatus']),
      code('AllergyIntolerance.verificationStatus', ['verificationStatus']),
      code('AllergyIntolerance.type', ['type']),
      code('AllergyIntolerance.category', ['category']),
      code('AllergyIntolerance.criticality', ['criticality']),
      code('AllergyIntolerance.reaction.severity', ['reaction', 'severity']),
    ],
  },
  Procedure: {
    kind: 'procedure',
    subject: 'subject',
    start: [['performedDateTime'], ['performedPeriod', 'start']],
    end: [['performedPeriod', 'end']],
    codes: [['code'], ['reasonCode']],
    provider: [
      ['performer', 'onBehalfOf'],
      ['performer', 'actor'],
    ],
    negation: [notDone, { path: ['notDone'], values: [true], suffix: '-not-done' }],
    attributes: [code('Procedure.status', ['status']), code('Procedure.category', ['category']), code('Procedure.outcome', ['outcome'])],
  },
  Immunization: {
    kind: 'immunisation',
    subject: 'patient',
    // `date` is the STU3 name of occurrenceDateTime.
    start: [['occurrenceDateTime'], ['date'], ['recorded']],
    end: [],
    codes: [
      ['vaccineCode'],
      [`${ukCore}VaccinationProcedure`, 'valueCodeableConcept'],
      ['https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-VaccinationProcedure-1', 'valueCodeableConcept'],
      ['reasonCode'],
    ],
    provider: [['performer', 'actor']],
    negation: [notDone, { path: ['notGiven'], values: [true], suffix: '-not-done' }],
    attributes: [
      code('Immunization.status', ['status']),
      code('Immunization.statusReason', ['statusReason']),
      boolean('Immunization.primarySource', ['primarySource']),
      number('Immunization.protocolApplied.doseNumber', ['protocolApplied', 'doseNumberPositiveInt']),
    ],
  },
  ServiceRequest: {
    kind: 'referral',
    subject: 'subject',
    start: [['authoredOn'], ['occurrenceDateTime'], ['occurrencePeriod', 'start']],
    end: [['occurrencePeriod', 'end']],
    codes: [['code'], ['reasonCode']],
    provider: [['requester'], ['performer']],
    negation: [doNotPerform],
    attributes: [
      code('ServiceRequest.status', ['status']),
      code('ServiceRequest.intent', ['intent']),
      code('ServiceRequest.category', ['category']),
      code('ServiceRequest.priority', ['priority']),
    ],
  },
  EpisodeOfCare: {
    kind: 'episode-of-care',
    subject: 'patient',
    start: [['period', 'start']],
    end: [['period', 'end']],
    codes: [['type']],
    provider: [['managingOrganization']],
    attributes: [code('EpisodeOfCare.status', ['status']), code('EpisodeOfCare.type', ['type'])],
  },
  Flag: {
    kind: 'flag',
    subject: 'subject',
    start: [['period', 'start']],
    startMayBeUpdate: true,
    end: [['period', 'end']],
    codes: [['code']],
    provider: [['author']],
    attributes: [code('Flag.status', ['status']), code('Flag.category', ['category']), code('Flag.code', ['code'])],
  },
  CarePlan: {
    kind: 'care-plan',
    subject: 'subject',
    start: [['period', 'start'], ['created']],
    startMayBeUpdate: true,
    end: [['period', 'end']],
    codes: [['category'], ['activity', 'detail', 'code'], ['activity', 'detail', 'reasonCode']],
    provider: [['author'], ['contributor']],
    attributes: [code('CarePlan.status', ['status']), code('CarePlan.intent', ['intent']), code('CarePlan.category', ['category'])],
  },
} as const satisfies Record<string, ResourceMapping>;

const mappings: ReadonlyMap<string, ResourceMapping> = new Map(Object.entries(resourceMappings));

export const mappingFor = (resourceType: string): ResourceMapping | undefined => mappings.get(resourceType);

/** How many codings of a resource were of systems that are not read, so that a receipt can show what was left behind. */
export const unreadCodings = (resourceType: string): string => `${resourceType}.unreadCodings`;

const patientFields = ['Patient.active', 'Patient.deceased', 'Patient.deathNotificationStatus', 'Patient.maritalStatus'];

/** Every attribute name the reader can give, for the allow-list of an agreement. */
export const fhirFields: readonly string[] = [
  ...patientFields,
  ...Object.entries(resourceMappings).flatMap(([type, mapping]) => [
    ...(mapping as ResourceMapping).attributes.map((attribute) => attribute.name),
    unreadCodings(type),
  ]),
];

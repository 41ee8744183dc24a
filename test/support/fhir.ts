import { nhsNumber } from './box.ts';

const numberSystem = 'https://fhir.nhs.uk/Id/nhs-number';

/** A UK Core Patient whose number the sender verified. */
export const patient = (id: string, number: string, more: object = {}): object => ({
  resourceType: 'Patient',
  id,
  identifier: [
    {
      system: numberSystem,
      value: number,
      extension: [
        {
          url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
          valueCodeableConcept: {
            coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland', code: '01' }],
          },
        },
      ],
    },
  ],
  birthDate: '1950-02-28',
  ...more,
});

/** A Patient whose number another has replaced. */
export const replaced = (id: string, old: number, now: number, more: object = {}): object =>
  patient(id, nhsNumber(old), {
    link: [{ type: 'replaced-by', other: { identifier: { system: numberSystem, value: nhsNumber(now) } } }],
    ...more,
  });

export const condition = (id: string, reference: string, more: object = {}): object => ({
  resourceType: 'Condition',
  id,
  subject: { reference },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '84114007' }] },
  onsetDateTime: '2026-01-05',
  ...more,
});

export const bundle = (...resources: object[]): string =>
  JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) });

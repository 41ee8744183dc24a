import { describe, expect, it } from 'vitest';
import { Tally } from '../../../src/blackbox/candidate.ts';
import { createFhirPlan } from '../../../src/blackbox/fhir-candidate.ts';
import { readFhir } from '../../../src/feeds/fhir/read.ts';

const name = [{ family: 'Example', given: ['Ann'] }];
const patient = {
  resourceType: 'Patient',
  id: 'p',
  text: { status: 'generated', div: '<div>Ann Example</div>' },
  identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
  name,
  telecom: [{ system: 'phone', value: '01632 960000' }],
  birthDate: '1950-02-28',
  address: [{ line: ['1 Example Road'], text: '1 Example Road, SS1 1AA', postalCode: 'SS1 1AA' }],
  communication: [{ preferred: true }],
};
const condition = {
  resourceType: 'Condition',
  id: 'c',
  subject: { reference: 'Patient/p', display: 'Ann Example' },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003', display: 'Hypertension' }], text: 'high since the spring' },
  onsetDateTime: '2026-10-01',
  bodySite: [{ text: 'left arm' }],
  note: [{ text: 'lives with her sister' }],
  contained: [{ resourceType: 'Practitioner', id: 'd', name }],
};

/** What the receipt says of these resources, when the agreement lists `fields`. */
async function droppedOf(resources: readonly object[], fields: readonly string[]): Promise<Record<string, number>> {
  const dropped = new Tally();
  const options = { sensitiveCodes: { isSensitive: () => false }, numbers: 'test', dropped } as const;
  const plan = createFhirPlan({ ...options, allowedFields: new Set(fields) });
  const bytes = (async function* () {
    yield Buffer.from(resources.map((one) => JSON.stringify(one)).join('\n'));
  })();
  for await (const items of readFhir(bytes)) for (const item of items) if ('record' in item) plan(item.record);
  return dropped.toObject();
}

const listed = ['Patient.birthDate', 'Patient.address.postalCode', 'Condition.clinicalStatus'];

describe('what of a FHIR resource goes no further', () => {
  it('is counted: prose, names and addresses, and elements that no event has a place for', async () => {
    expect(await droppedOf([patient], listed)).toEqual({ FREE_TEXT: 2, IDENTIFIER_NOT_NEEDED: 3, ELEMENT_NOT_READ: 1 });
    expect(await droppedOf([condition], listed)).toEqual({ FREE_TEXT: 3, IDENTIFIER_NOT_NEEDED: 1, ELEMENT_NOT_READ: 1 });
  });

  it('is counted where the agreement does not list what describes the person', async () => {
    const dropped = await droppedOf([patient], ['Patient.birthDate']);
    expect(dropped.FIELD_NOT_IN_AGREEMENT).toBe(1);
  });

  it('is nothing where everything was taken, the words beside a code apart', async () => {
    const { text: _text, ...code } = condition.code;
    const subject = { reference: 'Patient/p' };
    const { bodySite: _site, note: _note, contained: _contained, ...plain } = condition;
    expect(await droppedOf([{ ...plain, subject, code }], listed)).toEqual({});
  });
});

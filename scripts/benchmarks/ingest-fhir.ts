import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { nthTestNumber } from './admitted-patients.ts';
import { type BenchResult, median, openWorld, say, timed } from './world.ts';

const snomed = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }] });

/** UK Core resources of the usual mix: one patient, then encounters, conditions, observations and prescriptions of theirs. */
async function writeResources(path: string, people: number, each: number): Promise<number> {
  const file = createWriteStream(path, { highWaterMark: 1_048_576 });
  let resources = 0;
  for (let person = 0; person < people; person++) {
    const subject = { reference: `Patient/p${person}` };
    const lines: unknown[] = [
      {
        resourceType: 'Patient',
        id: `p${person}`,
        meta: { lastUpdated: '2026-10-01T09:00:00Z', profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient'] },
        identifier: [
          {
            system: 'https://fhir.nhs.uk/Id/nhs-number',
            value: nthTestNumber(person),
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
        name: [{ use: 'official', family: 'Example', given: ['Person'] }],
        gender: person % 2 === 0 ? 'female' : 'male',
        birthDate: `19${String(30 + (person % 60))}-0${1 + (person % 9)}-12`,
        address: [{ use: 'home', postalCode: 'SS1 1AB' }],
      },
    ];
    for (let index = 1; index < each; index++) {
      const id = `r${person}-${index}`;
      const when = `2026-0${1 + (index % 9)}-1${index % 10}T10:00:00+00:00`;
      const meta = { lastUpdated: '2026-10-01T09:00:00Z' };
      if (index % 4 === 0)
        lines.push({
          resourceType: 'Encounter',
          id,
          meta,
          status: 'finished',
          class: { code: 'AMB' },
          subject,
          period: { start: when, end: when },
        });
      else if (index % 4 === 1) lines.push({ resourceType: 'Condition', id, meta, code: snomed('44054006'), subject, recordedDate: when });
      else if (index % 4 === 2)
        lines.push({
          resourceType: 'Observation',
          id,
          meta,
          status: 'final',
          code: snomed('271649006'),
          subject,
          effectiveDateTime: when,
          valueQuantity: { value: 120 + (index % 40), code: 'mm[Hg]' },
        });
      else
        lines.push({
          resourceType: 'MedicationRequest',
          id,
          meta,
          status: 'active',
          intent: 'order',
          medicationCodeableConcept: snomed('319283006'),
          subject,
          authoredOn: when,
        });
    }
    resources += lines.length;
    if (!file.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return resources;
}

/** FHIR R4 from NDJSON through the whole way, in resources a second; the yardstick is JSON.parse alone on the same lines. */
export async function ingestFhir(people = 10_000, each = 20, runs = 3): Promise<BenchResult> {
  const world = await openWorld();
  try {
    const path = join(world.folder, 'records.ndjson');
    const resources = await writeResources(path, people, each);
    const ours: number[] = [];
    const parsed: number[] = [];
    for (let run = 0; run < runs; run++) {
      await world.empty();
      const { seconds, result } = await timed(() => world.deliver('fhir-gp', path));
      if (result.landed !== resources) throw new Error(`expected ${resources} resources to land: ${JSON.stringify(result)}`);
      const parse = await timed(async () => {
        for await (const line of createInterface({ input: createReadStream(path) })) JSON.parse(line);
      });
      ours.push(resources / seconds);
      parsed.push(resources / parse.seconds);
      say(`run ${run + 1}: ${Math.round(resources / seconds)} resources/s, JSON.parse alone ${Math.round(resources / parse.seconds)}/s`);
    }
    const [value, yardstick] = [median(ours), median(parsed)];
    return {
      bench: 'ingest-fhir',
      value,
      unit: 'resources/s',
      yardstick,
      ratio: value / yardstick,
      runs,
      note: 'yardstick: reading lines and JSON.parse alone, resources/s',
    };
  } finally {
    await world.close();
  }
}

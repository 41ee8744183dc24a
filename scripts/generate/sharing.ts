import { join } from 'node:path';
import { isoDay } from './calendar.ts';
import { DeliveryFile } from './delivery-file.ts';
import { patient } from './fhir.ts';
import type { Life } from './life.ts';

const plain = { delimiter: ',', lineEnd: '\n', byteOrderMark: false, gzip: false, dates: 'iso' } as const;
/** People each route carries a message about: a route is seen or not, so a few are enough. */
const peopleOfARoute = 25;

export const openSharing = (folder: string, flows: readonly string[]): readonly DeliveryFile[] =>
  flows.map((flow) => new DeliveryFile(flow, join(folder, `${flow}.ndjson`), plain));

/** Direct-care messages from one setting to another (a referral about a patient), as they pass through the gateway. */
export function writeSharing(life: Life, files: readonly DeliveryFile[]): void {
  const { person, to } = life;
  if (person.dummy || person.index >= peopleOfARoute) return;
  for (const file of files) {
    const referral = {
      resourceType: 'ServiceRequest',
      id: `${file.flow}-${person.index}`,
      status: 'active',
      intent: 'order',
      code: { coding: [{ system: 'http://snomed.info/sct', code: '306206005' }] },
      subject: { reference: `Patient/p${person.index}` },
      authoredOn: isoDay(to),
    };
    for (const resource of [...patient(life), referral]) {
      file.raw(`${JSON.stringify(resource)}\n`);
      file.count(person.index);
    }
  }
}

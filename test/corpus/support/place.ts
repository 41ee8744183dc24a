import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadFeeds } from '../../../src/feeds/load.ts';
import { type PlaceDocument, placeDocumentSchema } from '../../../src/register/model.ts';
import type { Setting } from '../../../src/shared/settings.ts';

const root = join(import.meta.dirname, '../../..');

export interface PlaceFlow {
  readonly id: string;
  readonly feed: string;
  readonly setting: Setting;
  readonly linkByLocalId?: boolean;
}

const by = { by: 'Programme board', evidence: 'Minutes' };
const term = { validFrom: '2025-04-01', validTo: '2027-03-31' };

/** A place that may have every field of the feeds it names: its flows are admitted, so what is tested is the black box. */
export async function placeOf(id: string, flows: readonly PlaceFlow[]): Promise<PlaceDocument> {
  const assurance = [{ standard: 'dspt', version: '2025-26', status: 'standards-met', publishedOn: '2026-06-25', validTo: '2027-06-30' }];
  const fields = await fieldsByFeed();
  const agreements = flows.map((flow) => ({
    id: `${flow.id}-agreement`,
    title: `Agreement for ${flow.id}`,
    framework: `${id}-charter`,
    purposes: ['risk-stratification-commissioning'],
    form: 'identifiable',
    legalBasis: {
      kind: 'section-251',
      reference: 'CAG 9-09/2025 (example)',
      clause: 'Health Service (Control of Patient Information) Regulations 2002, reg. 5',
      ...term,
      history: [
        { state: 'applied', on: '2024-11-01', ...by },
        { state: 'in-force', on: '2025-04-01', ...by },
      ],
    },
    ...term,
    history: [{ state: 'in-force', on: '2025-04-01', ...by }],
    controllers: [{ organisation: 'ZCON', capacity: 'sole', from: '2025-04-01' }],
    processors: [{ organisation: 'ZPRO', contract: 'C1', liabilities: 'Unlimited', auditRights: 'Yearly', from: '2025-04-01' }],
    signatories: [{ organisation: 'ZSEN', signedOn: '2025-03-01', signedBy: 'Chief executive' }],
    dataIn: [
      {
        feed: flow.feed,
        items: [{ fields: fields.get(flow.feed) ?? [], justification: 'Everything the reader can read' }],
        acceptedNumberStatus: ['', '01'],
        linkByLocalId: flow.linkByLocalId ?? false,
      },
    ],
    retention: { months: 12, destruction: 'Certified' },
    fairProcessing: [{ channel: 'Leaflet', evidence: 'Printed', on: '2025-03-01' }],
    dpia: { reference: 'DPIA 1', on: '2025-02-01', reviewBy: '2027-02-01' },
  }));
  return placeDocumentSchema.parse({
    place: { id, name: id, geography: 'E06000033', acceptTestNumbers: true },
    organisations: [
      { ods: 'ZSEN', name: 'Sender', roles: ['nhs-trust'], assurance },
      { ods: 'ZCON', name: 'Controller', roles: ['commissioner'], assurance },
      { ods: 'ZPRO', name: 'Processor', roles: ['data-processor'], assurance },
    ],
    services: [
      { id: `${id}-linked`, name: 'Linked data set', organisation: 'ZPRO', setting: 'linked-data-set' },
      ...flows.map((flow) => ({ id: `${flow.id}-service`, name: flow.id, organisation: 'ZSEN', setting: flow.setting })),
    ],
    frameworks: [
      { id: `${id}-charter`, kind: 'charter', title: 'Charter', adoptedOn: '2025-01-01', validTo: '2028-12-31', evidence: 'Signed' },
    ],
    agreements,
    flows: flows.map((flow) => ({
      id: flow.id,
      title: flow.id,
      agreement: `${flow.id}-agreement`,
      feed: flow.feed,
      from: `${flow.id}-service`,
      to: `${id}-linked`,
      route: 'interim',
      cadence: 'once',
      history: [{ state: 'live', on: '2025-04-14', ...by }],
    })),
  });
}

/** All readable columns of every CSV feed, and for FHIR the elements the example place's agreement lists. */
async function fieldsByFeed(): Promise<ReadonlyMap<string, readonly string[]>> {
  const fields = new Map<string, readonly string[]>();
  for (const [id, feed] of await loadFeeds(join(root, 'config'))) fields.set(id, readableColumns(feed));
  for (const name of readdirSync(join(root, 'test/corpus/feeds'))) {
    const feed = JSON.parse(readFileSync(join(root, 'test/corpus/feeds', name), 'utf8')) as { id: string; columns: FeedColumnNames };
    fields.set(feed.id, readableColumns(feed));
  }
  const agreements = JSON.parse(readFileSync(join(root, 'config/register/southend-on-sea/agreements.json'), 'utf8')) as {
    agreements: { dataIn: { feed: string; items: { fields: string[] }[] }[] }[];
  };
  const fhir = agreements.agreements.flatMap(({ dataIn }) => dataIn).filter(({ feed }) => feed === 'fhir-r4');
  fields.set('fhir-r4', [...new Set(fhir.flatMap(({ items }) => items.flatMap((item) => item.fields)))]);
  return fields;
}

type FeedColumnNames = readonly { readonly name: string; readonly role?: string | undefined }[];

const readableColumns = (feed: { readonly columns: FeedColumnNames }): string[] =>
  feed.columns.filter(({ role }) => role !== 'identifier' && role !== 'free-text').map(({ name }) => name);

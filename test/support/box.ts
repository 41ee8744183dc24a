import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import type { BlackBox } from '../../src/blackbox/box.ts';
import { loadBoxConfiguration } from '../../src/blackbox/configuration.ts';
import type { BlackBoxConnection } from '../../src/blackbox/connection.ts';
import { importObjectionFile } from '../../src/blackbox/import-objections.ts';
import { ingest } from '../../src/blackbox/ingest.ts';
import { findJudgedBy } from '../../src/blackbox/judged-by.ts';
import { initKeys } from '../../src/blackbox/keys.ts';
import { openBox } from '../../src/blackbox/open-box.ts';
import { transaction } from '../../src/database/query.ts';
import { deliver } from '../../src/landing/deliver.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import type { ImportReceipt } from '../../src/objections/import.ts';
import type { ObjectionKind } from '../../src/objections/kinds.ts';
import { applyRegister } from '../../src/register/apply.ts';
import { readRegisterFiles } from '../../src/register/files.ts';
import type { PlaceDocument } from '../../src/register/model.ts';
import { createRegisterReader } from '../../src/register/reader.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { createLogger } from '../../src/shared/logger.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from './database.ts';

export type Content = string | Buffer | AsyncIterable<Buffer> | { readonly path: string };

/** A black box in this process over a pair of test databases, with the example register applied. */
export interface TestBox {
  readonly box: BlackBox;
  readonly databases: TestDatabases;
  /** Looks where no role of ours may look. */
  readonly admin: Pool;
  readonly vault: Pool;
  /** Folder of its keys, the re-identifier's private one among them. */
  readonly keys: string;
  /** Moves the clock; deliveries and objections are judged on its day. */
  at(instant: string): void;
  /** As if it were started again with another configuration folder; without one, with the one that is shipped. */
  configure(directory?: string): Promise<void>;
  /** Through the gate and the black box, as `haven deliver` does. */
  deliver(flowId: string, content: Content, batchId?: string): Promise<Receipt>;
  object(kind: ObjectionKind, text: string): Promise<ImportReceipt>;
  /** What is stored of all events, without what only says when it came: two equal texts are two equal environments. */
  events(): Promise<readonly StoredEvent[]>;
  count(sql: string, values?: readonly unknown[]): Promise<number>;
  close(): Promise<void>;
}

export interface StoredEvent {
  readonly person: string;
  readonly flow: string;
  readonly kind: string;
  readonly started: string | null;
  readonly ended: string | null;
  readonly codes: readonly string[] | null;
  readonly cost: number | null;
  readonly period: string | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>> | null;
  readonly key: string;
}

const config = join(packageRoot(), 'config');

const isListed = (items: readonly { readonly fields: readonly string[] }[], field: string): boolean =>
  items.some((item) => item.fields.includes(field));

/** The example place with fields its FHIR agreements do not list: a sender trusted to say whose number was replaced, say. */
const listing = (documents: readonly PlaceDocument[], fields: readonly string[]): readonly PlaceDocument[] =>
  fields.length === 0
    ? documents
    : documents.map((document) => ({
        ...document,
        agreements: document.agreements.map((agreement) => ({
          ...agreement,
          dataIn: agreement.dataIn.map((data) =>
            data.feed === 'fhir-r4'
              ? {
                  ...data,
                  items: data.items.map((item, at) =>
                    at === 0 ? { ...item, fields: [...item.fields, ...fields.filter((field) => !isListed(data.items, field))] } : item,
                  ),
                }
              : data,
          ),
        })),
      }));

export async function openTestBox(alsoListed: readonly string[] = []): Promise<TestBox> {
  const databases = await testDatabases();
  const folder = await mkdtemp(join(tmpdir(), 'haven-keys-'));
  let now = new Date('2026-11-21T12:00:00Z');
  const clock: Clock = { now: () => now };
  const gateway = databases.pool('haven_gateway');
  const documents = listing(await readRegisterFiles(join(config, 'register', 'southend-on-sea')), alsoListed);
  await transaction(gateway, (tx) => applyRegister(tx, documents, { actor: 'test', clock }));
  await initKeys({ folder });
  const { box, close } = await openBox({
    servers: databases.servers,
    configDirectory: config,
    keys: { folder },
    numbers: 'test',
    clock,
    log: createLogger('fatal'),
  });
  const shipped = { ...box };
  const connection: BlackBoxConnection = {
    call: async (door, parameters, bytes, progress) => {
      if (door === '/judged-by') return findJudgedBy(box, (parameters as { flowId: string }).flowId);
      if (door !== '/deliveries') throw new Error('this test box has no such door');
      return ingest(
        box,
        { batchId: undefined, ...(parameters as { deliveryId: string; flowId: string; actor: string }) },
        bytes as AsyncIterable<Buffer>,
        progress ?? (() => undefined),
      );
    },
    ping: async () => undefined,
    gone: new Promise(() => undefined),
    close: async () => undefined,
  };
  const admin = databases.administrator('haven');
  return {
    box,
    databases,
    admin,
    vault: databases.administrator('vault'),
    keys: folder,
    at: (instant) => {
      now = new Date(instant);
    },
    configure: async (directory) => void Object.assign(box, directory === undefined ? shipped : await loadBoxConfiguration(directory)),
    deliver: (flowId, content, batchId) =>
      deliver(
        { gateway, clock, register: createRegisterReader(gateway), blackBox: async () => connection },
        {
          flowId,
          actor: 'test',
          content: typeof content === 'object' && 'path' in content ? content : stream(content),
          ...(batchId === undefined ? {} : { batchId }),
        },
      ),
    object: (kind, text) => importObjectionFile(box, { kind, actor: 'test', bytes: stream(text) }),
    events: async () =>
      (
        await admin.query<StoredEvent>(
          `select p.landing_pseudonym as person, f.flow_id as flow, e.kind, e.started_at::text as started, e.ended_at::text as ended,
                  e.codes, e.cost_pence as cost, e.period, e.attributes, e.source_key::text as key
             from environment.event e
             left join lateral (select min(landing_pseudonym) as landing_pseudonym from linkage.pseudonym l where l.person_id = e.person_id) p on true
             left join register.flow f on f.flow_no = e.flow_no
            order by e.setting, e.source_key`,
        )
      ).rows,
    count: async (sql, values = []) => Number((await admin.query<{ count: unknown }>(sql, [...values])).rows[0]?.count),
    close: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
      await databases.close();
    },
  };
}

const stream = (content: Exclude<Content, { readonly path: string }>): AsyncIterable<Buffer> =>
  typeof content === 'string' || Buffer.isBuffer(content) ? Readable.from([Buffer.from(content as string)], { objectMode: true }) : content;

/** Empties what deliveries and objections wrote, so that one pair of databases serves the tests of a file. */
export async function emptyBox({ admin, vault }: TestBox): Promise<void> {
  await admin.query(
    `truncate environment.event, environment.person, linkage.sighting, linkage.local_identifier, linkage.merge, linkage.pseudonym,
              linkage.person, landing.problem, landing.delivery, objections.objection, objections.import, linkage.held_merge, landing.tombstone restart identity cascade`,
  );
  await vault.query('truncate vault.identity, vault.data_key');
}

/** The ten-digit number of the n-th invented person: 999 range, valid check digit, never issued. */
export function nhsNumber(n: number): string {
  let found = -1;
  for (let stem = 0; ; stem++) {
    const nine = `999${String(stem).padStart(6, '0')}`;
    const sum = [...nine].reduce((total, digit, position) => total + Number(digit) * (10 - position), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check === 10 || nine + check === '9999999999') continue;
    found += 1;
    if (found === n) return nine + check;
  }
}

export type Row = Readonly<Record<string, string>>;

export interface Dialect {
  readonly delimiter?: string;
  readonly newline?: string;
  readonly mark?: boolean;
  readonly quoteAll?: boolean;
}

/** Rows as CSV; the header is every field any row has. */
export function csv(rows: readonly Row[], { delimiter = ',', newline = '\n', mark = false, quoteAll = false }: Dialect = {}): string {
  const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: string): string =>
    quoteAll || /["\n\r]/.test(value) || value.includes(delimiter) ? `"${value.replaceAll('"', '""')}"` : value;
  const lines = [header, ...rows.map((row) => header.map((name) => row[name] ?? ''))];
  return (mark ? '\ufeff' : '') + lines.map((line) => line.map(cell).join(delimiter) + newline).join('');
}

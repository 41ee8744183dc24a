import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Setting } from '../shared/settings.ts';

/** Columns of an event in the order rows are written: what comes from the record, then what the delivery adds to every row. */
const fromRecord = 'source_key, started_at, ended_at, source_at, ready_on, cost_pence, kind, provider, period, codes, attributes';
const fromDelivery = 'flow_no, delivery_no, setting';

const recordTypes = `source_key uuid not null, started_at timestamp, ended_at timestamp, source_at timestamp, ready_on date, cost_pence bigint,
    kind text not null, provider text, period text, codes text[], attributes jsonb, flow_no integer not null, delivery_no bigint not null,
    setting environment.setting not null`;

/**
 * Temporary tables of one delivery: pseudonymised rows only, seen by one connection, empty when its transaction ends. The
 * tables themselves stay with the connection: to make them again was a third of what a small delivery cost.
 */
export const stagingTables = `
  create temporary table if not exists stage (row_no bigint not null, deleted boolean not null, withheld boolean not null, person_id bigint not null, ${recordTypes}) on commit delete rows;
  create temporary table if not exists deferred (row_no bigint not null, deleted boolean not null, grown boolean not null, outcome text, ref_key uuid not null, ${recordTypes}) on commit delete rows;
  create temporary table if not exists patient_ref (ref_key uuid not null, person_id bigint, outcome text, verified boolean not null) on commit delete rows;
  create temporary table if not exists sight (
    seq bigint not null, person_id bigint not null, number_status text not null, sex text, birth_month date, ethnic_category text,
    lsoa text, ward text, postcode_sector text, practice text, registered_from date, death_month date, source_at timestamp
  ) on commit delete rows;
  create temporary table if not exists introduced (person_id bigint not null) on commit delete rows;
  create temporary table if not exists met (person_id bigint not null) on commit delete rows;
  create temporary table if not exists touched (person_id bigint not null) on commit delete rows;
  create temporary table if not exists matched (
    row_no bigint not null, source_key uuid not null, was_of bigint not null, now_of bigint not null, repeated boolean not null,
    differs boolean not null, wins boolean not null, confirms boolean
  ) on commit delete rows;
  create temporary table if not exists bereft (person_id bigint not null) on commit delete rows;
  create temporary table if not exists superseded (old_pseudonym text not null, new_pseudonym text not null, person_id bigint, row_no bigint) on commit delete rows;`;

/** What a delivery that stands for everything has said, held against what is there when it ends. */
export const seenTable = 'create temporary table seen (source_key uuid, period text) on commit drop';

/** Connections that have the staging tables. */
export class Stages {
  readonly #ready = new WeakSet<PoolClient>();

  /** In the transaction of the delivery. */
  async open(client: PoolClient): Promise<void> {
    if (!this.#ready.has(client)) await client.query(stagingTables);
  }

  async commit(client: PoolClient): Promise<void> {
    await client.query('commit');
    this.#ready.add(client);
  }

  /** Takes everything back. Only a commit empties the tables, so they go too: what was not landed is nowhere. */
  async rollback(client: PoolClient): Promise<void> {
    this.#ready.delete(client);
    await client.query('rollback; discard temp');
  }
}

/** What a record says about its person, in the order it is written. */
const said =
  'number_status, sex, birth_month, ethnic_category, lsoa, ward, postcode_sector, practice, registered_from, death_month, source_at';

/** The partition a delivery fills, by its name: PostgreSQL would otherwise look for it again for every row. */
const partition = (setting: Setting): string =>
  `environment.event_${setting.replaceAll('-', '_')} (person_id, ${fromRecord}, ${fromDelivery})`;

/** The tables rows are copied into, with their columns in the order the text has them. */
const textTargets = {
  patient_ref: 'patient_ref (ref_key, person_id, outcome, verified)',
  sight: `sight (seq, person_id, ${said})`,
  introduced: 'introduced (person_id)',
  sighting: `linkage.sighting (flow_no, setting, delivery_no, person_id, ${said})`,
  seen: 'seen (source_key, period)',
  superseded: 'superseded (old_pseudonym, new_pseudonym, person_id, row_no)',
  problem: 'landing.problem (delivery_no, row_no, field, rule, severity, guidance)',
} as const;
type TextTarget = keyof typeof textTargets;

/** The same for events, which are many and come in binary format. */
const binaryTargets = {
  stage: `stage (row_no, deleted, withheld, person_id, ${fromRecord}, ${fromDelivery})`,
  deferred: `deferred (row_no, deleted, grown, ref_key, ${fromRecord}, ${fromDelivery})`,
} as const;
type BinaryTarget = keyof typeof binaryTargets | { readonly eventsOf: Setting };

const special = /[\\\t\n\r]/g;
const hasSpecial = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value in COPY text format; '' is null, because no field of ours tells empty from absent. */
export function copyValue(value: string): string {
  if (value === '') return '\\N';
  return hasSpecial.test(value) ? value.replace(special, (character) => escapes[character] as string) : value;
}

/** The id of a person, 0 where there is none. */
export const copyId = (personId: number): string => (personId === 0 ? '\\N' : String(personId));

const messageBytes = 262_144;

/** The server reads a message whole before it looks at a row of it: smaller ones let it work while the next is on its way. */
function* inMessages(parts: Iterable<Buffer>): Generator<Buffer> {
  for (const part of parts) {
    for (let from = 0; from < part.length; from += messageBytes) yield part.subarray(from, from + messageBytes);
  }
}

/** Copies lines into a table and waits until the server has taken them. */
export async function copyText(client: PoolClient, target: TextTarget, text: string): Promise<void> {
  if (text === '') return;
  await pipeline(Readable.from(inMessages([Buffer.from(text, 'utf8')])), client.query(copyFrom(`copy ${textTargets[target]} from stdin`)));
}

/** Copies rows of binary format into a table and waits until the server has taken them. */
export async function copyBinary(client: PoolClient, target: BinaryTarget, parts: Iterable<Buffer>): Promise<void> {
  const table = typeof target === 'string' ? binaryTargets[target] : partition(target.eventsOf);
  await pipeline(Readable.from(inMessages(parts)), client.query(copyFrom(`copy ${table} from stdin with (format binary)`)));
}

/**
 * Runs tasks on one connection in order, at most `depth` waiting, so that reading and hashing the next rows overlaps with
 * storing the last ones and memory stays bounded. The first failure stops everything behind it.
 */
export class TaskLine {
  readonly #depth: number;
  readonly #waiting: Promise<void>[] = [];
  #tail: Promise<void> = Promise.resolve();
  #beside: Promise<unknown> = Promise.resolve();
  readonly #failures: unknown[] = [];

  constructor(depth: number) {
    this.#depth = depth;
  }

  async push(task: () => Promise<void>): Promise<void> {
    this.#rethrow();
    const run = this.#tail.then(async () => {
      if (this.#failures.length > 0) return;
      try {
        await task();
      } catch (error) {
        this.#failures.push(error);
      }
    });
    this.#tail = run;
    this.#waiting.push(run);
    if (this.#waiting.length > this.#depth) await this.#waiting.shift();
    this.#rethrow();
  }

  /** Waits for everything pushed so far, and throws what went wrong in it. */
  async drain(): Promise<void> {
    await this.#tail;
    this.#waiting.length = 0;
    this.#rethrow();
  }

  /** Work on other connections that runs ahead of the line: whoever cleans up after a failure must wait for it too. */
  beside(work: Promise<unknown>): void {
    this.#beside = Promise.allSettled([this.#beside, work]);
  }

  /** Waits without complaint: on the way out of a failure the first error is already on its way to the caller. */
  async settle(): Promise<void> {
    await Promise.all([this.#tail, this.#beside]);
  }

  #rethrow(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

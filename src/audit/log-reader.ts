import type { Queryable } from '../database/query.ts';
import { originOf } from './checkpoint.ts';
import { readHashes } from './proofs.ts';
import type { NodePlace } from './tree-ranges.ts';

export interface LoggedEntry {
  readonly index: number;
  /** Undefined when the entry of the leaf is gone. */
  readonly leaf: Buffer | undefined;
  readonly leafHash: Buffer;
}

/** Where a verifier reads a log from: the database, or an exported file. */
export interface LogReader {
  /** What the log says of itself; undefined for an export, which says nothing. */
  head(): Promise<{ readonly origin: string; readonly size: number; readonly root: Buffer } | undefined>;
  /** Batches in the order of the index, from the given one on (0 when none is given). */
  entries(from?: number): AsyncIterable<readonly LoggedEntry[]>;
  /** Stored hashes of these nodes, in their order; undefined when the reader keeps none. */
  nodes(wanted: readonly NodePlace[]): Promise<readonly (Buffer | undefined)[] | undefined>;
  outside(): Promise<OutsideTheTree>;
}

/** What is not in the tree: entries that wait or should, and payloads that leaves only commit to. */
export interface OutsideTheTree {
  readonly waiting: number;
  readonly overdue: number;
  readonly lost: number;
  readonly ghosts: number;
  /** Commitments without the payload they name, or with another. */
  readonly payloads: number;
}

const batchSize = 5_000;

/**
 * Reads the log of a database. Give it one client in a `repeatable read` transaction: then a sequencer at work beside it
 * cannot make a sound log look broken.
 */
export function readLog(db: Queryable): LogReader {
  return {
    async head() {
      const { rows } = await db.query<{ log_id: string; size: string; root: Buffer }>('select log_id, size, root from audit.tree');
      const row = rows[0];
      return row && { origin: originOf(row.log_id), size: Number(row.size), root: row.root };
    },
    async *entries(first = 0) {
      for (let from = first; ; ) {
        const { rows } = await db.query<{ index: string; leaf: Buffer | null; leaf_hash: Buffer }>(
          `select l.index, e.leaf, l.leaf_hash from audit.leaf l left join audit.entry e on e.entry_id = l.entry_id
           where l.index >= $1 order by l.index limit ${batchSize}`,
          [from],
        );
        if (rows.length > 0) yield rows.map((row) => ({ index: Number(row.index), leaf: row.leaf ?? undefined, leafHash: row.leaf_hash }));
        if (rows.length < batchSize) return;
        from = Number(rows.at(-1)?.index) + 1;
      }
    },
    nodes: (wanted) => readHashes(db, wanted),
    async outside() {
      const { rows } = await db.query<Record<keyof OutsideTheTree, string>>(
        `select
           (select count(*) from audit.pending) as waiting,
           (select count(*) from audit.pending p join audit.entry e using (entry_id)
            where e.recorded_at < clock_timestamp() - interval '1 minute') as overdue,
           (select count(*) from audit.pending p where not exists (select 1 from audit.entry e where e.entry_id = p.entry_id)) as ghosts,
           (select count(*) from audit.entry e
            where not exists (select 1 from audit.leaf l where l.entry_id = e.entry_id)
              and not exists (select 1 from audit.pending p where p.entry_id = e.entry_id)) as lost,
           (select count(*) from audit.payload where commitment <> sha256(salt || sealed)) + (select count(*) from audit.entry e
            cross join lateral (select substring(convert_from(e.leaf, 'UTF8') from '"sealed":\\{"sha256":"([0-9a-f]{64})"\\}') as sha256) said
            where said.sha256 is not null
              and not exists (select 1 from audit.payload p where p.commitment = decode(said.sha256, 'hex'))) as payloads`,
      );
      const row = rows[0];
      const { waiting, overdue, lost, ghosts, payloads } = row ?? {};
      return {
        waiting: Number(waiting),
        overdue: Number(overdue),
        lost: Number(lost),
        ghosts: Number(ghosts),
        payloads: Number(payloads),
      };
    },
  };
}

/** The log as NDJSON, one line for each leaf: `{"index":0,"leafHash":"…","entry":{…}}`, the entry byte for byte as it was hashed. */
export async function* exportLog(reader: LogReader): AsyncIterable<string> {
  for await (const batch of reader.entries()) {
    let lines = '';
    for (const { index, leaf, leafHash } of batch) {
      lines += `{"index":${index},"leafHash":"${leafHash.toString('hex')}","entry":${leaf?.toString('utf8') ?? 'null'}}\n`;
    }
    yield lines;
  }
}

const exported = /^\{"index":(\d{1,15}),"leafHash":"([0-9a-f]{64})","entry":(.*)\}$/s;

/** Reads what exportLog wrote, so that a log can be verified where there is no database. A line of another shape breaks the sequence. */
export function readExport(lines: AsyncIterable<string>): LogReader {
  return {
    head: async () => undefined,
    async *entries(first = 0) {
      let batch: LoggedEntry[] = [];
      for await (const line of lines) {
        const [, index, hash = '', entry = 'null'] = exported.exec(line) ?? [];
        if (index !== undefined && Number(index) < first) continue;
        batch.push({
          index: index === undefined ? -1 : Number(index),
          leaf: entry === 'null' ? undefined : Buffer.from(entry, 'utf8'),
          leafHash: Buffer.from(hash, 'hex'),
        });
        if (batch.length === batchSize) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
    nodes: async () => undefined,
    outside: async () => ({ waiting: 0, overdue: 0, lost: 0, ghosts: 0, payloads: 0 }),
  };
}

import { proveInclusions } from '../../audit/proofs.ts';
import type { Queryable } from '../../database/query.ts';
import type { Proofs } from './pack.ts';

/** An entry of the log that speaks of the return or of what it rests on. */
export interface FoundLeaf {
  readonly index: number;
  readonly type: string;
  readonly subject: string;
  /** The bytes that were hashed. */
  readonly leaf: string;
}

interface Row extends Record<string, unknown> {
  readonly index: string;
  readonly type: string;
  readonly subject: string;
  readonly leaf: string;
}

/**
 * Leaves of one type about these subjects. The log has no index by what its entries say; LIKE on the bytes spares reading
 * every entry as JSON.
 */
async function leavesOf(auditor: Queryable, type: string, subjects: readonly string[]): Promise<FoundLeaf[]> {
  if (subjects.length === 0) return [];
  const { rows } = await auditor.query<Row>(
    `select l.index, said.json ->> 'type' as type, said.json ->> 'subject' as subject, convert_from(e.leaf, 'UTF8') as leaf
     from audit.entry e join audit.leaf l on l.entry_id = e.entry_id
     cross join lateral (select convert_from(e.leaf, 'UTF8')::json as json) said
     where e.leaf like convert_to('%"type":"' || $1 || '%', 'UTF8') and said.json ->> 'type' like $1 || '%' and said.json ->> 'subject' = any ($2)
     order by l.index`,
    [type, subjects],
  );
  return rows.map(({ index, ...row }) => ({ index: Number(index), ...row }));
}

/** Everything that happened to a return, in the order of the log. @param subjects its id, and the data version it is of */
export const leavesOfReturn = async (auditor: Queryable, subjects: readonly string[]): Promise<readonly FoundLeaf[]> =>
  leavesOf(auditor, 'return.', subjects);

export interface EvidenceLeaves {
  /** Everything that happened to the return: built, reviewed sheet by sheet, signed off, submitted, packed. */
  readonly ofReturn: readonly FoundLeaf[];
  /** Delivery id → index of its leaf; one that is missing is in the log of another installation. */
  readonly deliveries: ReadonlyMap<string, number>;
  /** Index of the leaf that brought the version of the register into force. */
  readonly register: number | null;
}

/** The leaves behind a return. @param auditor one client of haven_auditor, in a snapshot */
export async function findLeaves(
  auditor: Queryable,
  about: {
    /** Subjects of the entries about it: its id, and the data version it is of, as `place/template/version`. */
    readonly subjects: readonly string[];
    readonly place: string;
    readonly registerVersion: number | null;
    readonly deliveries: readonly string[];
  },
): Promise<EvidenceLeaves> {
  const ofReturn = await leavesOfReturn(auditor, about.subjects);
  const deliveries = await leavesOf(auditor, 'delivery.landed', about.deliveries);
  const applied = await leavesOf(auditor, 'register.applied', [about.place]);
  const version = applied.find(
    ({ leaf }) => (JSON.parse(leaf) as { detail: { version?: number } }).detail.version === about.registerVersion,
  );
  return {
    ofReturn,
    deliveries: new Map(deliveries.map(({ subject, index }) => [subject, index])),
    register: version?.index ?? null,
  };
}

/** Proofs that these leaves are in the tree of `size` leaves, in the order of the log; what came later waits for the next pack. */
export async function proveLeaves(auditor: Queryable, leaves: EvidenceLeaves, size: number): Promise<Proofs['leaves']> {
  const bytes = new Map(leaves.ofReturn.map(({ index, leaf }) => [index, leaf]));
  const about = new Map<number, string>([
    ...leaves.ofReturn.map(({ index, type }) => [index, type] as const),
    ...[...leaves.deliveries].map(([delivery, index]) => [index, `delivery.landed ${delivery}`] as const),
    ...(leaves.register === null ? [] : [[leaves.register, 'register.applied'] as const]),
  ]);
  const indexes = [...about.keys()].filter((index) => index < size).sort((a, b) => a - b);
  const proofs = await proveInclusions(auditor, indexes, size);
  return proofs.map(({ index, leafHash, proof }) => {
    const leaf = bytes.get(index);
    return {
      index,
      about: about.get(index) ?? '',
      leafHash: leafHash.toString('base64'),
      ...(leaf === undefined ? {} : { leaf }),
      proof: proof.map((hash) => hash.toString('base64')),
    };
  });
}

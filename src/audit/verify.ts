import type { Checkpoint } from './checkpoint.ts';
import type { LoggedEntry, LogReader } from './log-reader.ts';
import { type CompleteNode, compactRange, leafHash } from './merkle.ts';

export interface Finding {
  /** Stable: LEAF_ALTERED, ENTRY_MISSING, ENTRY_TWICE, SEQUENCE_GAP, NODE_ALTERED, ROOT_DIFFERS … */
  readonly rule: string;
  readonly message: string;
  /** Index of the first leaf it concerns, where there is one. */
  readonly index?: number;
}

export interface Verification {
  readonly size: number;
  readonly root: string;
  /** Committed entries that wait for the sequencer: no finding while they are fresh. */
  readonly waiting: number;
  readonly checkpoints: number;
  readonly findings: readonly Finding[];
}

/** A broken log breaks everything behind the break: the first hundred findings say it all. */
const enough = 100;

/**
 * Recomputes the whole log from the bytes of its entries: every leaf hash, the sequence, every stored node, the root, and
 * the root it had at the size of each given checkpoint. Recomputing needs no consistency proof: the checkpoint's root
 * either comes out at its size or it does not. Trusts nothing but the entries and the checkpoints.
 */
export async function verifyLog(reader: LogReader, checkpoints: readonly Checkpoint[]): Promise<Verification> {
  const findings: Finding[] = [];
  const find = (rule: string, message: string, index?: number): void => {
    if (findings.length < enough) findings.push(index === undefined ? { rule, message } : { rule, message, index });
  };
  const range = compactRange();
  const rootAt = new Map<number, Buffer>([[0, range.root()]]);
  const sizes = new Set(checkpoints.map(({ size }) => size));
  const head = await reader.head();
  let expected = 0;
  for await (const batch of reader.entries()) {
    const nodes: CompleteNode[] = [];
    for (const entry of batch) {
      if (entry.index !== expected) {
        find('SEQUENCE_GAP', 'Leaves are missing from the sequence, or one is there twice.', expected);
        expected = entry.index;
      }
      expected += 1;
      const hash = checkLeaf(entry, find);
      for (const node of range.add(hash)) nodes.push(node);
      if (sizes.has(range.size)) rootAt.set(range.size, range.root());
    }
    await checkNodes(reader, nodes, find);
  }
  if (head !== undefined) {
    if (head.size !== range.size) find('SIZE_DIFFERS', 'The head of the tree names another number of leaves than there are.');
    if (!head.root.equals(range.root())) find('ROOT_DIFFERS', 'The entries do not give the root that the head of the tree names.');
  }
  for (const checkpoint of checkpoints) checkCheckpoint(checkpoint, head?.origin, range.size, rootAt, find);
  const outside = await reader.outside();
  if (outside.lost > 0) find('ENTRY_UNSEQUENCED', `${outside.lost} entries are neither in the tree nor waiting for it.`);
  if (outside.overdue > 0)
    find('ENTRY_OVERDUE', `${outside.overdue} entries have waited for more than a minute; is the sequencer running?`);
  if (outside.ghosts > 0) find('ENTRY_MISSING', `${outside.ghosts} waiting entries are gone.`);
  return { size: range.size, root: range.root().toString('hex'), waiting: outside.waiting, checkpoints: checkpoints.length, findings };
}

type Find = (rule: string, message: string, index?: number) => void;

/** Checks one leaf; gives the hash the tree is recomputed with: that of the bytes, or the stored one when they are gone. */
function checkLeaf(entry: LoggedEntry, find: Find): Buffer {
  if (entry.leaf === undefined) {
    find('ENTRY_MISSING', 'The entry of this leaf is gone.', entry.index);
    return entry.leafHash;
  }
  const hash = leafHash(entry.leaf);
  if (!hash.equals(entry.leafHash)) find('LEAF_ALTERED', 'The entry does not give the hash of its leaf.', entry.index);
  return hash;
}

async function checkNodes(reader: LogReader, nodes: readonly CompleteNode[], find: Find): Promise<void> {
  const stored = await reader.nodes(nodes);
  if (stored === undefined) return;
  nodes.forEach((node, i) => {
    const index = node.index * 2 ** node.level;
    const hash = stored[i];
    if (hash === undefined) find('NODE_MISSING', `The root of the ${2 ** node.level} leaves from here on is gone.`, index);
    else if (!node.hash.equals(hash))
      find('NODE_ALTERED', `The ${2 ** node.level} leaves from here on do not give their stored root.`, index);
  });
}

function checkCheckpoint(
  checkpoint: Checkpoint,
  origin: string | undefined,
  size: number,
  rootAt: ReadonlyMap<number, Buffer>,
  find: Find,
): void {
  if (origin !== undefined && checkpoint.origin !== origin) {
    find('CHECKPOINT_OF_ANOTHER_LOG', 'A checkpoint names another log; was this database made anew, or another one restored?');
  }
  if (checkpoint.size > size) {
    find(
      'TAIL_TRUNCATED',
      `A checkpoint has ${checkpoint.size} leaves and the log has ${size}: its end was removed, or an old backup restored.`,
    );
  } else if (rootAt.get(checkpoint.size)?.equals(checkpoint.root) !== true) {
    find('HISTORY_REWRITTEN', `The first ${checkpoint.size} leaves do not give the root of the checkpoint: they were changed since.`);
  }
}

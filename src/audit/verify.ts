import type { Checkpoint } from './checkpoint.ts';
import type { LoggedEntry, LogReader } from './log-reader.ts';
import { type CompleteNode, compactRange, leafHash } from './merkle.ts';
import { watchPulses } from './pulse-watch.ts';

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
  /** What an auditor should ask about, and what is no evidence against the log. */
  readonly notices: readonly Finding[];
}

/** What was seen from outside: a checkpoint that a witness cosigned, and when. */
export interface Sighting {
  readonly checkpoint: Checkpoint;
  readonly at: Date;
}

export interface Outside {
  readonly sightings?: readonly Sighting[];
  /** Seconds a witness may look later than the log was signed; 0 for one that looks every minute. */
  readonly witnessDelay?: number;
  /** The time now, for a log that is read live. */
  readonly now?: Date;
}

/** A broken log breaks everything behind the break: the first hundred findings say it all. */
const enough = 100;

/**
 * Recomputes the whole log from the bytes of its entries: every leaf hash, the sequence, every stored node, the root, and
 * the root it had at the size of each given checkpoint. Recomputing needs no consistency proof: the checkpoint's root
 * either comes out at its size or it does not. Trusts nothing but the entries and the checkpoints.
 */
export async function verifyLog(reader: LogReader, given: readonly Checkpoint[], outside: Outside = {}): Promise<Verification> {
  const findings: Finding[] = [];
  const notices: Finding[] = [];
  const find = sayTo(findings);
  const sightings = outside.sightings ?? [];
  const checkpoints = [...given, ...sightings.map(({ checkpoint }) => checkpoint)];
  const watch = watchPulses(find, sayTo(notices));
  const delay = outside.witnessDelay ?? 0;
  // A witness's time holds for the leaves it saw: it is compared when the reading has come so far.
  const seenAt = (size: number): void => {
    for (const { checkpoint, at } of sightings) if (checkpoint.size === size) watch.seen(at, delay);
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
      if (entry.leaf !== undefined) watch.leaf(entry.index, entry.leaf);
      if (!sizes.has(range.size)) continue;
      rootAt.set(range.size, range.root());
      seenAt(range.size);
    }
    await checkNodes(reader, nodes, find);
  }
  if (head !== undefined) {
    if (head.size !== range.size) find('SIZE_DIFFERS', 'The head of the tree names another number of leaves than there are.');
    if (!head.root.equals(range.root())) find('ROOT_DIFFERS', 'The entries do not give the root that the head of the tree names.');
  }
  for (const checkpoint of checkpoints) checkCheckpoint(checkpoint, head?.origin, range.size, rootAt, find);
  if (outside.now !== undefined) watch.seen(outside.now);
  const queue = await reader.outside();
  if (queue.lost > 0) find('ENTRY_UNSEQUENCED', `${queue.lost} entries are neither in the tree nor waiting for it.`);
  if (queue.overdue > 0) find('ENTRY_OVERDUE', `${queue.overdue} entries have waited for more than a minute; is the sequencer running?`);
  if (queue.ghosts > 0) find('ENTRY_MISSING', `${queue.ghosts} waiting entries are gone.`);
  if (queue.payloads > 0) find('PAYLOAD_ALTERED', `${queue.payloads} sealed payloads are gone or are not what their leaves commit to.`);
  const { size } = range;
  return { size, root: range.root().toString('hex'), waiting: queue.waiting, checkpoints: checkpoints.length, findings, notices };
}

type Find = (rule: string, message: string, index?: number) => void;

const sayTo =
  (list: Finding[]): Find =>
  (rule, message, index) => {
    if (list.length < enough) list.push(index === undefined ? { rule, message } : { rule, message, index });
  };

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

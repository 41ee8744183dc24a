import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { type Checkpoint, openCheckpoint } from '../../audit/checkpoint.ts';
import { leafHash } from '../../audit/merkle.ts';
import { verifyInclusion } from '../../audit/merkle-verify.ts';
import { readLogKey } from '../../audit/verify-files.ts';
import { type Return, returnSchema } from '../return.ts';
import { checkTogether } from './counts.ts';
import { type Manifest, manifestSchema, type Proofs, packNames, proofsSchema, sha256Of } from './pack.ts';

export interface PackFinding {
  /** Stable: FILE_ALTERED, FILE_MISSING, FILE_UNEXPECTED, MANIFEST_UNREADABLE, CHECKPOINT_UNREADABLE, PROOF_BROKEN … */
  readonly rule: string;
  readonly message: string;
  readonly file?: string;
}

export interface PackVerification {
  readonly return: Manifest['return'] | null;
  /** The proven entry by which a person signed this very return; null for a draft. */
  readonly signed: { readonly at: string; readonly by: string; readonly as: string } | null;
  /** Entries of the log when the pack was made. */
  readonly size: number | null;
  /** Entries whose place in the log was proven. */
  readonly proven: number;
  readonly findings: readonly PackFinding[];
  /** What is no evidence against the pack, and what an auditor should know. */
  readonly notices: readonly PackFinding[];
}

type Find = (rule: string, message: string, file?: string) => void;

/** A return that was verified, to be held against others; undefined where the pack holds none that can be read. */
export interface VerifiedPack extends PackVerification {
  readonly document: Return | undefined;
}

/**
 * Verifies an evidence pack from its files alone: every file against the manifest, the manifest and the return against
 * entries of the log, the entries against the signed head, by the verifier of the audit log (src/audit).
 * @param key public key of the log as it was given before; without it the one in the pack, which proves only that it is whole
 */
export function verifyPack(files: ReadonlyMap<string, Buffer>, key?: string): VerifiedPack {
  const findings: PackFinding[] = [];
  const notices: PackFinding[] = [];
  const say =
    (list: PackFinding[]): Find =>
    (rule, message, file) =>
      void list.push(file === undefined ? { rule, message } : { rule, message, file });
  const find = say(findings);
  const manifest = readJson(files, packNames.manifest, manifestSchema, 'MANIFEST_UNREADABLE', find);
  const proofs = readJson(files, packNames.proofs, proofsSchema, 'PROOFS_UNREADABLE', find);
  if (manifest !== undefined) checkFiles(files, manifest, find);
  const head = readHead(files, key, find);
  const leaves = proofs === undefined || head === undefined ? [] : provenLeaves(proofs, head, find);
  const document = readReturn(files, find);
  if (manifest !== undefined) checkLog(files, manifest, leaves, find);
  if (document !== undefined) for (const { rule, message } of checkTogether([document])) find(rule, message, packNames.return);
  if (key === undefined)
    say(notices)('KEY_CAME_WITH_THE_PACK', 'Verified with the key in the pack: compare it with the one the operator gave you.');
  const signed = signatureOf(files, leaves);
  return { return: manifest?.return ?? null, signed, size: head?.size ?? null, proven: leaves.length, findings, notices, document };
}

interface Schema<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}

function readJson<T>(files: ReadonlyMap<string, Buffer>, name: string, schema: Schema<T>, rule: string, find: Find): T | undefined {
  try {
    const result = schema.safeParse(JSON.parse((files.get(name) ?? Buffer.alloc(0)).toString('utf8')));
    if (result.success) return result.data;
  } catch {
    // Reported below: a file that cannot be read is one that is not there.
  }
  find(rule, 'The file is missing or is not what the program writes.', name);
  return undefined;
}

const beside: readonly string[] = [packNames.manifest, packNames.checkpoint, packNames.key, packNames.proofs];

function checkFiles(files: ReadonlyMap<string, Buffer>, manifest: Manifest, find: Find): void {
  for (const [name, sha256] of Object.entries(manifest.files)) {
    const bytes = files.get(name);
    if (bytes === undefined) find('FILE_MISSING', 'The manifest names a file that is not there.', name);
    else if (sha256Of(bytes) !== sha256) find('FILE_ALTERED', 'The file is not the one the manifest names.', name);
  }
  for (const name of files.keys()) {
    if (!Object.hasOwn(manifest.files, name) && !beside.includes(name))
      find('FILE_UNEXPECTED', 'The manifest does not name this file.', name);
  }
}

function readHead(files: ReadonlyMap<string, Buffer>, key: string | undefined, find: Find): Checkpoint | undefined {
  let logKey: KeyObject;
  try {
    logKey = readLogKey(key ?? (files.get(packNames.key) ?? Buffer.alloc(0)).toString('utf8'));
  } catch {
    find('PUBLIC_KEY_UNREADABLE', 'The public key is not one of a log.', key === undefined ? packNames.key : undefined);
    return undefined;
  }
  const head = openCheckpoint((files.get(packNames.checkpoint) ?? Buffer.alloc(0)).toString('utf8'), logKey);
  if (head === undefined)
    find('CHECKPOINT_UNREADABLE', 'The head of the log is missing, or was not signed with this key.', packNames.checkpoint);
  return head;
}

interface ProvenLeaf {
  readonly index: number;
  readonly about: string;
  readonly entry: Entry | undefined;
}

interface Entry {
  readonly at?: unknown;
  readonly type?: unknown;
  readonly actor?: unknown;
  readonly subject?: unknown;
  readonly detail?: Readonly<Record<string, unknown>>;
}

function signatureOf(files: ReadonlyMap<string, Buffer>, leaves: readonly ProvenLeaf[]): PackVerification['signed'] {
  const sha256 = sha256Of(files.get(packNames.return) ?? Buffer.alloc(0));
  const entry = leaves.find((leaf) => leaf.entry?.type === 'return.signed-off' && leaf.entry.detail?.sha256 === sha256)?.entry;
  return entry === undefined ? null : { at: String(entry.at), by: String(entry.actor), as: String(entry.detail?.signedAs ?? '') };
}

/** The entries whose proof leads to the signed head; each other one is a finding and proves nothing. */
function provenLeaves({ size, leaves }: Proofs, head: Checkpoint, find: Find): ProvenLeaf[] {
  if (size !== head.size) find('PROOF_BROKEN', 'The proofs are of another size of the log than its signed head.', packNames.proofs);
  return leaves.flatMap(({ index, about, leafHash: stated, leaf, proof }): ProvenLeaf[] => {
    const hash = leaf === undefined ? Buffer.from(stated, 'base64') : leafHash(Buffer.from(leaf, 'utf8'));
    const included = verifyInclusion(
      hash,
      index,
      head.size,
      proof.map((one) => Buffer.from(one, 'base64')),
      head.root,
    );
    if (!included || hash.toString('base64') !== stated) {
      find('PROOF_BROKEN', `Entry ${index} is not proven to be in the log.`, packNames.proofs);
      return [];
    }
    return [{ index, about, entry: leaf === undefined ? undefined : (JSON.parse(leaf) as ProvenLeaf['entry']) }];
  });
}

function readReturn(files: ReadonlyMap<string, Buffer>, find: Find): Return | undefined {
  const document = readJson<Return>(files, packNames.return, returnSchema, 'RETURN_UNREADABLE', find);
  const bytes = files.get(packNames.return);
  if (document === undefined || bytes === undefined) return undefined;
  if (canonicalJson(JSON.parse(bytes.toString('utf8'))) !== bytes.toString('utf8')) {
    find('RETURN_UNREADABLE', 'The return is not in the canonical form in which it was hashed.', packNames.return);
  }
  return document;
}

/** The manifest and the return have to be in the log, under the id of the return; and so has every entry a cell names. */
function checkLog(files: ReadonlyMap<string, Buffer>, manifest: Manifest, leaves: readonly ProvenLeaf[], find: Find): void {
  const { id, place, template } = manifest.return;
  const isOwn = (subject: unknown): boolean => subject === id || String(subject).startsWith(`${place}/${template}/`);
  const own = leaves.filter(({ entry }) => String(entry?.type).startsWith('return.') && isOwn(entry?.subject));
  const manifestSha256 = sha256Of(files.get(packNames.manifest) ?? Buffer.alloc(0));
  const returnSha256 = sha256Of(files.get(packNames.return) ?? Buffer.alloc(0));
  if (
    !own.some(({ entry }) => entry?.subject === id && entry.type === 'return.evidence-packed' && entry.detail?.manifest === manifestSha256)
  ) {
    find('MANIFEST_NOT_IN_LOG', 'No proven entry of the log names this manifest.', packNames.manifest);
  }
  const kept = own.some(({ entry }) => entry?.type !== 'return.evidence-packed' && entry?.detail?.sha256 === returnSha256);
  if (!kept || manifest.return.sha256 !== returnSha256) {
    find('RETURN_NOT_IN_LOG', 'No proven entry of the log names this return.', packNames.return);
  }
  const proven = new Set(leaves.map(({ index }) => index));
  const missing = namedLeaves(files.get(packNames.cells)).filter((index) => !proven.has(index));
  if (missing.length > 0) find('PROOF_MISSING', `${missing.length} entries that cells name are not proven.`, packNames.proofs);
}

function namedLeaves(cells: Buffer | undefined): number[] {
  try {
    const { cells: all } = JSON.parse((cells ?? Buffer.alloc(0)).toString('utf8')) as {
      cells: readonly { leaves: { return: number | null; register: number | null; deliveries: Record<string, number> } }[];
    };
    const named = all.flatMap(({ leaves }) => [leaves.return, leaves.register, ...Object.values(leaves.deliveries)]);
    return [...new Set(named.filter((index) => index !== null))];
  } catch {
    // Altered beyond reading: checkFiles has said so.
    return [];
  }
}

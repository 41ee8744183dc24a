import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Version of the folder's layout, so that a verifier in ten years knows what it reads. */
export const packVersion = 'haven-evidence-pack/1';

/** Names in the folder. What is in `audit/` cannot be named by the manifest, because it proves the manifest. */
export const packNames = {
  index: 'index.html',
  return: 'return.json',
  cells: 'cells.json',
  counts: 'counts.json',
  manifest: 'manifest.json',
  checkpoint: 'audit/checkpoint.txt',
  key: 'audit/key.txt',
  proofs: 'audit/proofs.json',
} as const;

/** Names of files are relative, of one folder at most, and can be written on every system. */
const fileName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What the folder holds and what return it is about; the log holds the SHA-256 of this file. */
export const manifestSchema = z.strictObject({
  pack: z.literal(packVersion),
  return: z.strictObject({
    id: z.uuid(),
    template: z.string(),
    place: z.string(),
    period: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
    state: z.string(),
    sha256,
  }),
  madeAt: z.iso.datetime(),
  madeBy: z.string(),
  files: z.record(fileName, sha256),
});
export type Manifest = z.infer<typeof manifestSchema>;

const base64 = z.base64();
/** Inclusion proofs; hashes in base64 (RFC 4648), as checkpoints write them. */
export const proofsSchema = z.strictObject({
  size: z.int().nonnegative(),
  leaves: z.array(
    z.strictObject({
      index: z.int().nonnegative(),
      about: z.string(),
      leafHash: base64,
      leaf: z.string().optional().describe('The entry itself, where it is about the return; others hold exact counts, which do not leave'),
      proof: z.array(base64),
    }),
  ),
});
export type Proofs = z.infer<typeof proofsSchema>;

/** A pack before it is written anywhere: names with slashes, and bytes. */
export interface EvidencePack {
  readonly returnId: string;
  /** Of the canonical JSON of the return, as the log holds it. */
  readonly sha256: string;
  /** Of manifest.json, as the log holds it. */
  readonly manifestSha256: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

export const sha256Of = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** JSON to read: indented, with a line end. */
export const prettyJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** A sheet's name as the name of a file: `Additional Measures` → `additional-measures`. */
export const fileNameOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('&', 'and')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'sheet';

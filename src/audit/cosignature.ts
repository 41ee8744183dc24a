import { type KeyObject, sign, verify } from 'node:crypto';
import { algorithms, keyId, publicHalf, readNote, signaturesOf, type VerifierKey, writeNote } from './signed-note.ts';

/** A witness: somebody of another organisation, who looks at checkpoints with a key and a clock of their own. */
export interface WitnessKey {
  readonly name: string;
  readonly key: KeyObject;
}

const asVerifier = ({ name, key }: WitnessKey): VerifierKey => ({ name, algorithm: algorithms.cosignature, key });

/** What a witness signs: its time and the body of the checkpoint (C2SP tlog-cosignature, cosignature/v1). */
const message = (seconds: number, body: string): Buffer => Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`);

/**
 * The note with this witness's signature added, in place of an earlier one of the same key.
 * Whether the checkpoint deserves it is decided in witness.ts.
 */
export function cosign(text: string, witness: WitnessKey, at: Date): string {
  const note = readNote(text);
  if (note === undefined) throw new TypeError('only a signed note can be cosigned');
  const seconds = Math.floor(at.getTime() / 1_000);
  const id = keyId(asVerifier(witness));
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const others = note.signatures.filter(({ name, bytes }) => name !== witness.name || !bytes.subarray(0, 4).equals(id));
  const bytes = Buffer.concat([id, time, sign(null, message(seconds, note.body), witness.key)]);
  return writeNote({ body: note.body, signatures: [...others, { name: witness.name, bytes }] });
}

/** When this witness saw the checkpoint; undefined when it did not sign it. */
export function openCosignature(text: string, witness: WitnessKey): Date | undefined {
  const note = readNote(text);
  if (note === undefined) return undefined;
  for (const signature of signaturesOf(note, asVerifier(witness))) {
    if (signature.length !== 72) continue;
    const seconds = Number(signature.readBigUInt64BE(0));
    if (verify(null, message(seconds, note.body), publicHalf(witness.key), signature.subarray(8))) return new Date(seconds * 1_000);
  }
  return undefined;
}

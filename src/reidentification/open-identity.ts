import { createDecipheriv, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { additionalData, rawPublicKey, wrappingKey } from '../shared/sealed-identity.ts';

/** One identity as the vault keeps it, with the wrapped data key of its batch. */
export interface SealedIdentity {
  readonly landingPseudonym: string;
  readonly epoch: number;
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
}

const x25519Prefix = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * Opens one sealed identity with the private key that only the re-identifier's process holds.
 *
 * @throws when the box was sealed to another key, for another person or epoch, or changed: AES-GCM says so, and nothing is returned
 */
export function openIdentity(identity: SealedIdentity, privateKey: KeyObject): { readonly nhsNumber: string } {
  const dataKey = openDataKey(identity.wrapped, privateKey);
  const opened = openWithDataKey(identity, dataKey);
  dataKey.fill(0);
  return opened;
}

/** The data key of one batch; whoever opens many identities of a batch unwraps it once. */
export function openDataKey(wrapped: Buffer, privateKey: KeyObject): Buffer {
  const ephemeral = wrapped.subarray(0, 32);
  const publicKey = createPublicKey({ key: Buffer.concat([x25519Prefix, ephemeral]), format: 'der', type: 'spki' });
  const shared = diffieHellman({ privateKey, publicKey });
  const key = wrappingKey(shared, ephemeral, rawPublicKey(createPublicKey(privateKey)));
  shared.fill(0);
  return decipher(key, wrapped.subarray(32));
}

/** Opens one identity with the data key of its batch. */
export function openWithDataKey(
  { sealed, landingPseudonym, epoch }: Omit<SealedIdentity, 'wrapped'>,
  dataKey: Buffer,
): { readonly nhsNumber: string } {
  const text = decipher(dataKey, sealed, additionalData(landingPseudonym, epoch)).toString('utf8');
  return JSON.parse(text) as { nhsNumber: string };
}

/** nonce (12) | ciphertext | tag (16) */
function decipher(key: Buffer, box: Buffer, aad?: Buffer): Buffer {
  const opener = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12));
  if (aad) opener.setAAD(aad);
  opener.setAuthTag(box.subarray(-16));
  return Buffer.concat([opener.update(box.subarray(12, -16)), opener.final()]);
}

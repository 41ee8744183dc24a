import { createCipheriv, diffieHellman, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { additionalData, rawPublicKey, wrappingKey } from '../shared/sealed-identity.ts';

/** A data key of one batch, wrapped so that only the re-identifier can have it back. */
export interface WrappedDataKey {
  readonly dataKeyId: string;
  /** Ephemeral X25519 public key (32) | nonce (12) | wrapped key (32) | tag (16). */
  readonly wrapped: Buffer;
}

export interface Sealer {
  readonly dataKey: WrappedDataKey;
  /** nonce (12) | ciphertext | tag (16), bound to the pseudonym and epoch as additional data. */
  seal(identity: string, landingPseudonym: string, epoch: number): Buffer;
}

/**
 * Seals a batch of identities: one X25519 exchange a batch instead of one a person, which would cost 20 seconds for a
 * borough. The data key and the ephemeral private key live in this closure and are forgotten with it.
 */
export function createSealer(recipient: KeyObject): Sealer {
  const ephemeral = generateKeyPairSync('x25519');
  const ephemeralPublic = rawPublicKey(ephemeral.publicKey);
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const dataKey = randomBytes(32);
  const nonce = randomBytes(12);
  const wrap = createCipheriv('aes-256-gcm', wrappingKey(shared, ephemeralPublic, rawPublicKey(recipient)), nonce);
  const wrapped = Buffer.concat([ephemeralPublic, nonce, wrap.update(dataKey), wrap.final(), wrap.getAuthTag()]);
  shared.fill(0);
  // A counter is a nonce as good as any under a key that is this batch's alone (NIST SP 800-38D §8.2.1), and costs no draw a person.
  const sealNonce = Buffer.alloc(12);
  let sealed = 0;
  return {
    dataKey: { dataKeyId: randomUUID(), wrapped },
    seal(identity, landingPseudonym, epoch) {
      sealed += 1;
      sealNonce.writeUInt32BE(sealed, 8);
      const cipher = createCipheriv('aes-256-gcm', dataKey, sealNonce);
      cipher.setAAD(additionalData(landingPseudonym, epoch));
      const body = cipher.update(identity, 'utf8');
      cipher.final();
      return Buffer.concat([sealNonce, body, cipher.getAuthTag()]);
    },
  };
}

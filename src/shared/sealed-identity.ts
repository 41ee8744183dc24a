import { hkdfSync, type KeyObject } from 'node:crypto';

/**
 * The form in which an identity rests in the vault; the black box writes it and the re-identifier reads it. A data key of
 * one batch is wrapped as ephemeral X25519 public key (32) | nonce (12) | wrapped key (32) | tag (16); an identity is
 * nonce (12) | ciphertext | tag (16) under that data key. AES-256-GCM both times.
 */
export const additionalData = (landingPseudonym: string, epoch: number): Buffer => Buffer.from(`${landingPseudonym}‖${epoch}`, 'utf8');

/** Key that wraps a data key: X25519 shared secret through HKDF-SHA-256, bound to both public keys (as ECIES does). */
export const wrappingKey = (shared: Uint8Array, ephemeralPublic: Uint8Array, recipientPublic: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', shared, Buffer.concat([ephemeralPublic, recipientPublic]), 'haven.vault.data-key.v1', 32));

/** The 32 bytes of an X25519 public key. */
export const rawPublicKey = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-32);

import type { Pool } from 'pg';
import { proveConsistency, proveInclusion, readHead } from './proofs.ts';
import { auditKeyPath, lastSigned } from './sign-head.ts';
import { verifierKey } from './signed-note.ts';
import { openAuditKey } from './signing-key.ts';

/** What an auditor may ask of the log: hashes and signatures, never an entry. */
export interface AuditLog {
  /** The checkpoint last signed; undefined before the first. */
  checkpoint(): Promise<string | undefined>;
  key(): Promise<string>;
  proveInclusion(leaf: number, size: number): Promise<{ leaf: number; size: number; leafHash: string; proof: readonly string[] }>;
  proveConsistency(from: number, to: number): Promise<{ from: number; to: number; proof: readonly string[] }>;
}

const base64 = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('base64'));

/** @param keys folder of the log's key and of the checkpoint last signed */
export function createAuditLog(gateway: Pool, keys: string): AuditLog {
  return {
    checkpoint: () => lastSigned(keys),
    key: async () => verifierKey((await readHead(gateway)).origin, await openAuditKey(auditKeyPath(keys))),
    proveInclusion: async (leaf, size) => {
      const { leafHash, proof } = await proveInclusion(gateway, leaf, size);
      return { leaf, size, leafHash: leafHash.toString('base64'), proof: base64(proof) };
    },
    proveConsistency: async (from, to) => ({ from, to, proof: base64((await proveConsistency(gateway, from, to)).proof) }),
  };
}

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { exportFolder } from '../../src/audit/export-folder.ts';
import { pulses } from '../../src/audit/heartbeat.ts';
import type { LogReader } from '../../src/audit/log-reader.ts';
import { leafHash, root } from '../../src/audit/merkle.ts';
import { leafBytes } from '../../src/audit/record.ts';
import { verifierKey } from '../../src/audit/signed-note.ts';
import { folderOfTest } from './folder.ts';

export const origin = 'haven-gateway.audit/test';
export const logKey: KeyObject = generateKeyPairSync('ed25519').privateKey;
export const logVerifier = verifierKey(origin, logKey);

export type Leaves = readonly Buffer[];

/** A leaf as the gateway writes it. @param second seconds after ten o'clock */
export const leafAt = (second: number, type: string, actor = 'client-a', detail: Record<string, unknown> = { second }): Buffer =>
  leafBytes({ type, actor, detail }, new Date(Date.parse('2026-11-22T10:00:00Z') + second * 1_000));
export const pulseAt = (second: number, pulse: keyof typeof pulses, instance = 'i1'): Buffer =>
  leafAt(second, pulses[pulse], 'gateway', { instance });

/** A gateway that started at ten: every minute a heartbeat and three things that happen. */
export const runningFor = (minutes: number): Leaves =>
  Array.from({ length: minutes + 1 }, (_, m) => [
    pulseAt(60 * m, m === 0 ? 'started' : 'heartbeat'),
    ...(m === minutes ? [] : [10, 30, 50].map((second) => leafAt(60 * m + second, 'delivery.landed'))),
  ]).flat();

/** How many leaves the log of `runningFor` had right after the heartbeat of this minute. */
export const sizeAtMinute = (minute: number): number => 4 * minute + 1;

export const checkpointOf = (leaves: Leaves, size = leaves.length): Checkpoint => ({
  origin,
  size,
  root: root(leaves.slice(0, size).map(leafHash)),
});
export const signed = (leaves: Leaves, size?: number): string => signCheckpoint(checkpointOf(leaves, size), logKey);

/** Reads leaves as a database or an export gives them; `hashes` where they are not those of the leaves. */
export const readerOf = (
  leaves: readonly (Buffer | undefined)[],
  hashes: readonly Buffer[] = leaves.map((leaf) => leafHash(leaf ?? Buffer.alloc(0))),
): LogReader => ({
  head: async () => undefined,
  async *entries(from = 0) {
    yield leaves.map((leaf, index) => ({ index, leaf, leafHash: hashes[index] as Buffer })).slice(from);
  },
  nodes: async () => undefined,
  outside: async () => ({ waiting: 0, overdue: 0, lost: 0, ghosts: 0, payloads: 0 }),
});

/** An export of these leaves with everything made to fit: hashes, tree, and a checkpoint signed with the log's own key. */
export async function exportOf(leaves: Leaves): Promise<string> {
  const folder = join(await folderOfTest('audit-export'), 'export');
  const { size, root: head } = checkpointOf(leaves);
  await exportFolder(readerOf(leaves), { text: signed(leaves), verifier: logVerifier, size, root: head.toString('hex') }, folder);
  return folder;
}

export async function fileOf(...texts: readonly string[]): Promise<string> {
  const path = join(await folderOfTest('audit-file'), 'kept.txt');
  await writeFile(path, texts.map((text) => `${text}\n`).join(''));
  return path;
}

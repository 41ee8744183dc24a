import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../shared/errors.ts';

/** The installation's own rows, which are of no data set: register, audit log, receipts, objections. Never destroyed by an agreement. */
export const ownData = { flowId: 'gateway', period: 'always' } as const;

const segment = z.strictObject({
  keyId: z.uuid(),
  flowId: z.string(),
  period: z.string(),
  /** Where it is in the file of the table. */
  at: z.int().nonnegative(),
  length: z.int().positive(),
  rows: z.int().nonnegative(),
});

const contents = z.strictObject({
  format: z.literal('haven-backup-1'),
  backupId: z.uuid(),
  madeAt: z.iso.datetime(),
  versions: z.strictObject({ haven: z.int(), vault: z.int() }),
  tables: z.array(
    z.strictObject({
      database: z.enum(['haven', 'vault']),
      table: z.string().regex(/^[a-z_]+\.[a-z0-9_]+$/),
      columns: z.array(z.string().regex(/^[a-z0-9_]+$/)).min(1),
      file: z.string().regex(/^[a-z0-9_.]+\.sealed$/),
      segments: z.array(segment),
    }),
  ),
  sequences: z.array(
    z.strictObject({ database: z.enum(['haven', 'vault']), name: z.string().regex(/^[a-z_]+\.[a-z0-9_]+$/), value: z.int() }),
  ),
});

/** What a backup holds and where. Names of flows and counts of rows; nothing of anybody. */
export type BackupContents = z.infer<typeof contents>;
export type BackupTable = BackupContents['tables'][number];
export type BackupSegment = z.infer<typeof segment>;

const mark = (authority: Buffer, text: Buffer): Buffer =>
  createHmac('sha256', Buffer.from(hkdfSync('sha256', authority, '', 'haven backup contents 1', 32)))
    .update(text)
    .digest();

/** The list of contents and what proves it: a segment that is left out of the list would otherwise not be missed. */
export function writeContents(authority: Buffer, value: BackupContents): { readonly text: Buffer; readonly mark: string } {
  const text = Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
  return { text, mark: `${mark(authority, text).toString('hex')}\n` };
}

/** @throws GatewayError BACKUP_UNREADABLE, BACKUP_DAMAGED */
export async function readContents(authority: Buffer, folder: string): Promise<BackupContents> {
  const unreadable = (cause: unknown): never => {
    throw new GatewayError('BACKUP_UNREADABLE', 'The folder holds no backup of this program: contents.json is missing or not readable.', {
      cause,
    });
  };
  const text = await readFile(join(folder, 'contents.json')).catch(unreadable);
  const given = Buffer.from((await readFile(join(folder, 'contents.mark'), 'utf8').catch(unreadable)).trim(), 'hex');
  const expected = mark(authority, text);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new GatewayError(
      'BACKUP_DAMAGED',
      'The list of contents of this backup was changed, or the backup was made with another key-encryption key.',
    );
  }
  const parsed = contents.safeParse(JSON.parse(text.toString('utf8')));
  return parsed.success ? parsed.data : unreadable(parsed.error);
}

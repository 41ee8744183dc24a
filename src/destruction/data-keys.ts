import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { appendFile, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { readPrivateFile } from '../shared/private-file.ts';

/** A key of backups: of one data set (flow) and one calendar month of what its records are about (`YYYY-MM`). */
export interface DataKey {
  readonly keyId: string;
  readonly flowId: string;
  readonly period: string;
}

/** Who destroyed a key, for whoever restores a backup that was made before. */
export interface Tombstone extends DataKey {
  readonly agreementId: string;
  readonly destructionId: string;
  readonly reason: string;
  readonly on: string;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);
const keyFile = z.strictObject({
  flow: z.string(),
  keys: z.array(z.strictObject({ keyId: z.uuid(), period: z.string(), wrapped: base64 })),
});
const tombstone = z.strictObject({
  keyId: z.string(),
  flowId: z.string(),
  period: z.string(),
  agreementId: z.string(),
  destructionId: z.string(),
  reason: z.string(),
  on: z.string(),
});

type KeyFile = z.infer<typeof keyFile>;

const associated = (key: DataKey): Buffer => Buffer.from(`haven data key|${key.keyId}|${key.flowId}|${key.period}`, 'utf8');

/**
 * The data keys of backups, in `<keys>/datasets`: a file for each flow, each key wrapped (AES-256-GCM) by the
 * key-encryption key `<keys>/backup-kek.key`. They are in no database and in no backup, so that a key that is destroyed
 * here is destroyed everywhere (NIST SP 800-88 rev. 2, cryptographic erase).
 */
export class DataKeys {
  readonly #folder: string;
  readonly #wrapping: Buffer;
  readonly #open = new Map<string, { readonly key: DataKey; readonly secret: Buffer }>();

  private constructor(folder: string, wrapping: Buffer) {
    this.#folder = folder;
    this.#wrapping = wrapping;
  }

  /** Opens every key there is; makes the folder and the key-encryption key on first use. @param keys the folder of keys */
  static async load(keys: string): Promise<DataKeys> {
    const folder = join(keys, 'datasets');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const made = new DataKeys(folder, await readWrappingKey(join(keys, 'backup-kek.key')));
    for (const name of (await readdir(folder)).filter((entry) => entry.endsWith('.json'))) {
      const file = keyFile.parse(JSON.parse(await readPrivateFile(join(folder, name))));
      for (const entry of file.keys) made.#remember(file.flow, entry);
    }
    return made;
  }

  /** The 32 bytes that authenticate what is not secret: the list of contents of a backup. */
  get authority(): Buffer {
    return this.#wrapping;
  }

  list(): readonly DataKey[] {
    return [...this.#open.values()].map(({ key }) => key);
  }

  secret(keyId: string): Buffer | undefined {
    return this.#open.get(keyId)?.secret;
  }

  /** A key for each of these, made where there is none. They are on disk before this returns. */
  async ensure(wanted: readonly { readonly flowId: string; readonly period: string }[]): Promise<ReadonlyMap<string, DataKey>> {
    const known = new Map(this.list().map((key) => [`${key.flowId} ${key.period}`, key]));
    const changed = new Set<string>();
    for (const { flowId, period } of wanted) {
      if (known.has(`${flowId} ${period}`)) continue;
      const key = { keyId: randomUUID(), flowId, period };
      this.#open.set(key.keyId, { key, secret: randomBytes(32) });
      known.set(`${flowId} ${period}`, key);
      changed.add(flowId);
    }
    for (const flowId of changed) await this.#save(flowId);
    return known;
  }

  /**
   * Destroys keys: says so first, where a restore will read it, then writes the files without them, overwrites the old
   * ones and removes them. Doing it again does nothing.
   */
  async destroy(tombstones: readonly Tombstone[]): Promise<void> {
    const present = tombstones.filter(({ keyId }) => this.#open.has(keyId));
    if (present.length > 0) await this.#bury(present);
    for (const { keyId } of present) {
      this.#open.get(keyId)?.secret.fill(0);
      this.#open.delete(keyId);
    }
    for (const flowId of new Set(present.map((one) => one.flowId))) await this.#save(flowId);
  }

  /** Records an end without a key, too: an agreement that was never backed up stays destroyed after a restore. */
  async #bury(tombstones: readonly Tombstone[]): Promise<void> {
    const lines = tombstones.map((one) => `${JSON.stringify(one)}\n`).join('');
    await appendFile(join(this.#folder, 'destroyed.ndjson'), lines, { mode: 0o600, flush: true });
  }

  bury(tombstones: readonly Tombstone[]): Promise<void> {
    return this.#bury(tombstones);
  }

  async tombstones(): Promise<readonly Tombstone[]> {
    const text = await readFile(join(this.#folder, 'destroyed.ndjson'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => tombstone.parse(JSON.parse(line)));
  }

  #remember(flowId: string, entry: KeyFile['keys'][number]): void {
    const key = { keyId: entry.keyId, flowId, period: entry.period };
    const bytes = Buffer.from(entry.wrapped, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#wrapping, bytes.subarray(0, 12));
      decipher.setAAD(associated(key));
      decipher.setAuthTag(bytes.subarray(44));
      this.#open.set(key.keyId, { key, secret: Buffer.concat([decipher.update(bytes.subarray(12, 44)), decipher.final()]) });
    } catch (cause) {
      throw new GatewayError('DATA_KEY_UNREADABLE', 'A data key of the backups does not open with the key-encryption key beside it.', {
        status: 500,
        exit: exitCode.configuration,
        cause,
      });
    }
  }

  #wrap(key: DataKey, secret: Buffer): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#wrapping, nonce);
    cipher.setAAD(associated(key));
    return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  async #save(flowId: string): Promise<void> {
    const keys = [...this.#open.values()].filter(({ key }) => key.flowId === flowId);
    const content: KeyFile = {
      flow: flowId,
      keys: keys.map(({ key, secret }) => ({ keyId: key.keyId, period: key.period, wrapped: this.#wrap(key, secret) })),
    };
    const path = join(this.#folder, `${flowId}.json`);
    const old = await open(path, 'r+').catch(() => undefined);
    const fresh = await open(`${path}.new`, 'w', 0o600);
    await fresh.writeFile(`${JSON.stringify(content)}\n`);
    await fresh.sync();
    await fresh.close();
    await rename(`${path}.new`, path);
    if (!old) return;
    const { size } = await old.stat();
    await old.write(randomBytes(Math.max(size, 1)), 0, size, 0);
    await old.sync();
    await old.close();
  }
}

async function readWrappingKey(path: string): Promise<Buffer> {
  const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (handle) {
    await handle.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await handle.sync();
    await handle.close();
  }
  const text = (await readPrivateFile(path)).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new GatewayError('BACKUP_KEY_UNREADABLE', 'The key-encryption key of the backups must be 64 hexadecimal digits.', {
      status: 500,
      exit: exitCode.configuration,
    });
  }
  return Buffer.from(text, 'hex');
}

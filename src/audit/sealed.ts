import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { type Queryable, transaction } from '../database/query.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { canonicalJson } from './canonical-json.ts';
import { decrypt, destroyOuterKeysBefore, encrypt, makeOuterKey, newestOuterKey, type OuterKey, readOuterKey } from './payload-keys.ts';
import { type AuditEntry, leafBytes, recordAudit } from './record.ts';

/** An entry whose subject can be erased: the pseudonym of a person, and whatever of the detail is only about them. */
export interface SealedEntry extends Omit<AuditEntry, 'subject'> {
  /** Whose key encrypts it: the pseudonym of a person, or the id of a data set. What a later erasure names. */
  readonly holder: string;
  readonly sealed: Readonly<Record<string, unknown>>;
}

export interface PayloadSealer {
  /** Writes one leaf that commits to the payload, in the transaction of its effect, in two round trips. */
  record(tx: Queryable, entry: SealedEntry, clock?: Clock): Promise<void>;
  /** The payload a leaf commits to; undefined when it was erased. @param sha256 as the leaf says, in hexadecimal */
  open(db: Queryable, sha256: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/** What is authenticated with a ciphertext, so that a key never passes for a payload. */
const aboutKey = 'audit-payload-key';
const aboutPayload = 'audit-payload';

const currentNumber = async (db: Queryable): Promise<number> =>
  Number((await db.query<{ number: number }>('select number from audit.payload_wrapping')).rows[0]?.number ?? 1);

/** @param folder keys of this installation; the outer key is made in it on first use */
export function createPayloadSealer(folder: string): PayloadSealer {
  let outer: OuterKey | undefined;

  async function outerKey(db: Queryable): Promise<OuterKey> {
    if (outer !== undefined) return outer;
    const number = await currentNumber(db);
    // The first is made on first use; never in place of one that was replaced.
    if (number === 1 && (await newestOuterKey(folder)) === 0) await makeOuterKey(folder, number);
    outer = await readOuterKey(folder, number);
    return outer;
  }

  async function keyFor(db: Queryable, holder: string): Promise<{ id: string; key: Buffer }> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { number, key } = await outerKey(db);
      const { rows } = await db.query<{ key_id: string; wrapped: Buffer }>('select key_id, wrapped from audit.key_for($1, $2, $3)', [
        ...[holder, number, encrypt(key, randomBytes(32), aboutKey)],
      ]);
      const row = rows[0];
      if (row !== undefined) return { id: row.key_id, key: decrypt(key, row.wrapped, aboutKey) };
      // The outer key was replaced while this process held the one before.
      outer = undefined;
    }
    throw new Error('the outer key of audit payloads keeps changing');
  }

  return {
    async record(tx, entry, clock = systemClock) {
      const { holder, sealed: payload, ...said } = entry;
      const { id, key } = await keyFor(tx, holder);
      const salt = randomBytes(32);
      const sealed = encrypt(key, Buffer.from(canonicalJson(payload), 'utf8'), aboutPayload);
      const sha256 = createHash('sha256').update(salt).update(sealed).digest('hex');
      await tx.query('select audit.append_sealed($1, $2, $3, $4)', [leafBytes(said, clock.now(), { sha256 }), id, salt, sealed]);
    },
    async open(db, sha256) {
      const { rows } = await db.query<{ wrapping: number; wrapped: Buffer; sealed: Buffer }>(
        `select k.wrapping, k.wrapped, p.sealed from audit.payload p join audit.payload_key k using (key_id)
         where p.commitment = decode($1, 'hex')`,
        [sha256],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const { key } = await readOuterKey(folder, row.wrapping);
      return JSON.parse(decrypt(decrypt(key, row.wrapped, aboutKey), row.sealed, aboutPayload).toString('utf8'));
    },
  };
}

export interface Erased {
  /** Keys destroyed: one for each holder about whom anything was logged. */
  readonly keys: number;
  /** Entries whose payload nobody can read any more. */
  readonly payloads: number;
}

/**
 * A lawful erasure (UK GDPR article 17) in the log: destroys the keys of these holders, so that what was logged about them
 * cannot be read, while every leaf keeps its hash and every proof holds. Its own leaf names the keys, not the holders.
 * Backups die when the outer key is next replaced (`replaceOuterKey`).
 * @param reason the decision it rests on: an id in the register or a case number, never a name
 */
export async function erasePayload(
  tx: Queryable,
  holders: readonly string[],
  who: { readonly actor: string; readonly reason: string; readonly clock?: Clock },
): Promise<Erased> {
  const { rows } = await tx.query<{ key_id: string; payloads: string }>('select key_id, payloads from audit.erase_keys($1)', [
    [...holders],
  ]);
  const count = (some: typeof rows): Erased => ({
    keys: some.length,
    payloads: some.reduce((sum, { payloads }) => sum + Number(payloads), 0),
  });
  for (let from = 0; from < rows.length; from += mostNamed) {
    const some = rows.slice(from, from + mostNamed);
    const detail = { ...count(some), keyIds: some.map(({ key_id }) => key_id), reason: who.reason };
    await recordAudit(tx, { type: 'audit.payload-erased', actor: who.actor, detail }, who.clock);
  }
  return count(rows);
}

/** Keys that one leaf names: an entry of the log is bounded. */
const mostNamed = 5_000;

/**
 * Lets go of the payloads nobody can read any more, in a database that was restored from before `replaceOuterKey`, and goes
 * on under the newest outer key of the folder. Does nothing where nothing is lost. @returns how many keys went
 */
export async function forgetLostPayloads(tx: Queryable, folder: string, actor: string, clock: Clock = systemClock): Promise<number> {
  const number = await newestOuterKey(folder);
  if (number <= (await currentNumber(tx))) return 0;
  const { rows } = await tx.query<{ forgotten: string }>('select audit.forget_lost_keys($1) as forgotten', [number]);
  const keys = Number(rows[0]?.forgotten ?? 0);
  await recordAudit(tx, { type: 'audit.lost-payloads-forgotten', actor, detail: { number, keys } }, clock);
  return keys;
}

/**
 * Puts every holder's key under a new outer key and destroys the old one: backups taken before no longer open what was
 * erased since, nor anything else. A destruction that erased something
 * ends with it. Safe beside a running gateway: whoever seals meanwhile waits. A database restored from before goes on with
 * `forgetLostPayloads`.
 * @returns the number of the new outer key
 */
export async function replaceOuterKey(pool: Pool, folder: string, actor: string, clock: Clock = systemClock): Promise<number> {
  const number = await transaction(pool, async (tx) => {
    // Locks, so that the number stays and no key is made meanwhile.
    const { rows } = await tx.query<{ key_id: string; wrapped: Buffer }>('select key_id, wrapped from audit.wrapped_keys()');
    const old = await readOuterKey(folder, await currentNumber(tx));
    await makeOuterKey(folder, old.number + 1);
    const next = await readOuterKey(folder, old.number + 1);
    const rewrapped = rows.map(({ wrapped }) => encrypt(next.key, decrypt(old.key, wrapped, aboutKey), aboutKey));
    const { rows: done } = await tx.query<{ rewrap: boolean }>('select audit.rewrap($1, $2, $3)', [
      ...[old.number, rows.map(({ key_id }) => key_id), rewrapped],
    ]);
    if (done[0]?.rewrap !== true) throw new Error('the outer key was replaced by another run');
    await recordAudit(tx, { type: 'audit.payload-key-replaced', actor, detail: { number: next.number, keys: rows.length } }, clock);
    return next.number;
  });
  // Only after the commit: until then the old key is the one that opens.
  await destroyOuterKeysBefore(folder, number);
  return number;
}

import { createHash, type KeyObject } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Pool } from 'pg';
import { transaction } from '../database/query.ts';
import { moveRequest } from '../objections/national/move.ts';
import { lockRequest, type RequestRow, requestsOf } from '../objections/national/request-row.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { openDataKey, openWithDataKey } from './open-identity.ts';

export interface ListParts {
  /** haven as haven_ndop: who is asked about, as recorded. */
  readonly national: Pool;
  /** haven_vault as haven_reidentifier. */
  readonly vault: Pool;
  readonly privateKey: KeyObject;
  readonly clock: Clock;
  readonly actor: string;
}

export interface WrittenList {
  readonly localId: string;
  readonly path: string;
  readonly asked: number;
  /** Held without an identity in the vault: they cannot be asked about, and are never releasable where an opt-out applies. */
  readonly notAskable: number;
}

/** Identities read from the vault at once. */
const chunk = 5_000;

/**
 * Writes the request files of one recorded decision that are not written yet. It is the one bulk opening of identities there
 * is: the people come from the decision and from nowhere else, the numbers go to a file with mode 0600 in numerical order,
 * beside no pseudonym and in no order that leads to one, and nothing of them is printed or logged (docs/adr/0009).
 */
export async function writeOptOutLists(parts: ListParts, exchangeId: string): Promise<readonly WrittenList[]> {
  const written: WrittenList[] = [];
  for (const request of await requestsOf(parts.national, exchangeId)) {
    if (request.state === 'decided') written.push(await writeList(parts, request));
  }
  return written;
}

async function writeList({ national, vault, privateKey, clock, actor }: ListParts, request: RequestRow): Promise<WrittenList> {
  const preparedAt = clock.now();
  const { numbers, missing } = await openAll(national, vault, privateKey, request.requestNo);
  if (numbers.length === 0) {
    throw new GatewayError('NDOP_NOBODY_ASKABLE', 'The vault knows no NHS number of anybody who is asked about.', { status: 409 });
  }
  const ending = request.lineEnding === 'CRLF' ? ',\r\n' : ',\n';
  const bytes = Buffer.from(numbers.sort().join(ending) + ending, 'latin1');
  await writePrivately(request.path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  bytes.fill(0);
  await transaction(national, async (tx) => {
    const now = await lockRequest(tx, request.localId);
    if (missing.length > 0) {
      await tx.query('delete from ndop.asked where request_no = $1 and landing_pseudonym = any ($2::text[])', [request.requestNo, missing]);
    }
    const detail = { asked: numbers.length, notAskable: missing.length, sha256 };
    const set = { asked: numbers.length, not_askable: missing.length, sha256, prepared_at: preparedAt };
    await moveRequest(tx, now, { to: 'prepared', actor, detail, set }, clock);
  });
  return { localId: request.localId, path: request.path, asked: numbers.length, notAskable: missing.length };
}

interface VaultRow {
  readonly landingPseudonym: string;
  readonly epoch: number;
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
  readonly dataKeyId: string;
}

async function openAll(
  national: Pool,
  vault: Pool,
  privateKey: KeyObject,
  requestNo: number,
): Promise<{ readonly numbers: string[]; readonly missing: readonly string[] }> {
  const numbers: string[] = [];
  const missing: string[] = [];
  const dataKeys = new Map<string, Buffer>();
  for (let last = ''; ; ) {
    const { rows: asked } = await national.query<{ pseudonym: string }>(
      `select landing_pseudonym as pseudonym from ndop.asked where request_no = $1 and landing_pseudonym > $2
       order by landing_pseudonym limit ${chunk}`,
      [requestNo, last],
    );
    if (asked.length === 0) break;
    last = asked.at(-1)?.pseudonym ?? '';
    const { rows } = await vault.query<VaultRow>(
      `select i.landing_pseudonym as "landingPseudonym", i.epoch, i.sealed, k.wrapped, k.data_key_id as "dataKeyId"
       from vault.identity i join vault.data_key k on k.data_key_id = i.data_key_id
       where i.landing_pseudonym = any ($1::text[])`,
      [asked.map(({ pseudonym }) => pseudonym)],
    );
    for (const row of rows) {
      const dataKey = dataKeys.get(row.dataKeyId) ?? openDataKey(row.wrapped, privateKey);
      dataKeys.set(row.dataKeyId, dataKey);
      numbers.push(canBeAsked(openWithDataKey(row, dataKey).nhsNumber));
    }
    const found = new Set(rows.map(({ landingPseudonym }) => landingPseudonym));
    missing.push(...asked.map(({ pseudonym }) => pseudonym).filter((pseudonym) => !found.has(pseudonym)));
  }
  for (const key of dataKeys.values()) key.fill(0);
  return { numbers, missing };
}

/** One invalid number voids a whole file, so a vault that holds one must be looked at before anything is sent. */
function canBeAsked(number: string): string {
  if (/^\d{10}$/.test(number)) return number;
  throw new GatewayError('NDOP_IDENTITY_UNUSABLE', 'An identity of the vault holds no ten-digit NHS number; ask the operator.', {
    status: 500,
  });
}

/** Whole or not at all, readable by this user alone from the first byte on. */
async function writePrivately(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.part`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    // An older file of this name would keep its mode.
    await handle.chmod(0o600);
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
}

import type { Pool } from 'pg';
import { recordAudit } from '../../audit/record.ts';
import { type Queryable, transaction } from '../../database/query.ts';
import { type Clock, type LocalDate, localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { applyLock, documentProblems, refuseAnotherFlow, storeVersion } from '../apply.ts';
import { diffDocuments } from '../diff.ts';
import { canonicalDocument, documentDigest } from '../document.ts';
import { loadRegister, readStored } from '../load.ts';
import type { PlaceDocument } from '../model.ts';
import type { Register } from '../register.ts';
import { rebase } from './rebase.ts';

interface DueChange {
  readonly change_no: string;
  readonly place_id: string;
  readonly base_version: string;
  readonly document: unknown;
  readonly base: unknown;
  readonly sha256: Buffer;
  readonly changes: string[];
  readonly approved_by: string;
}

/** Approved, notified where it must be, and its day has come. Written with an alias `c` of register.change. */
const isDue = `c.version is null and c.withdrawn_by is null and c.held_at is null and c.approved_by is not null
  and (cardinality(c.notices) = 0 or c.notified_by is not null)`;

/** Does a change wait whose day has come? Asked on every read of the register. */
export const anyDue = `exists (select from register.change c where ${isDue} and c.effective_on <= $1::date)`;

/**
 * Brings into force what is due, oldest day first; one that does not fit the register of its day any more is held with
 * its reasons, for a person. Runs under the lock of `applyRegister`, in the transaction of the caller.
 * @returns the numbers of the changes that came into force
 */
export async function bringIntoForce(tx: Queryable, clock: Clock, only?: number): Promise<number[]> {
  await tx.query('select pg_advisory_xact_lock($1)', [applyLock]);
  const { rows } = await tx.query<DueChange>(
    `select c.change_no, c.place_id, c.base_version, c.document, b.document as base, c.sha256, c.changes, c.approved_by
       from register.change c join register.version b on b.version = c.base_version
      where ${isDue} and c.effective_on <= $1::date and ($2::bigint is null or c.change_no = $2)
      order by c.effective_on, c.change_no`,
    [localDate(clock.now()), only ?? null],
  );
  const done: number[] = [];
  for (const due of rows) {
    const change = Number(due.change_no);
    const register = await loadRegister(tx);
    const fitted = await carryOver(tx, due, register);
    if ('reasons' in fitted) {
      await hold(tx, due, fitted.reasons, clock);
      continue;
    }
    const { document } = fitted;
    const how = { actor: due.approved_by, clock, change };
    const version = await storeVersion(tx, register, document, documentDigest(document), due.changes, how);
    await tx.query('update register.change set version = $2 where change_no = $1', [change, version]);
    done.push(change);
  }
  return done;
}

/** The approved change on top of the register as it is now: word for word what was approved, or the reasons against it. */
async function carryOver(
  tx: Queryable,
  due: DueChange,
  register: Register,
): Promise<{ readonly document: PlaceDocument } | { readonly reasons: readonly string[] }> {
  const current = register.places.get(due.place_id)?.document;
  const base = readStored(due.base, Number(due.base_version));
  const proposed = readStored(due.document, Number(due.base_version));
  const merged = current === undefined ? undefined : rebase(base, proposed, current);
  if (current === undefined || merged === undefined) return { reasons: ['the place is not in the register any more'] };
  if ('conflicts' in merged) return { reasons: merged.conflicts };
  const document = canonicalDocument(merged.document);
  // Both worded today: a release that says the same in other words must not hold what was approved under the one before.
  if (diffDocuments(current, document).join('\n') !== diffDocuments(base, proposed).join('\n')) {
    return { reasons: ['on the register of today it would change something else than was approved'] };
  }
  try {
    documentProblems(register, [document]);
    await refuseAnotherFlow(tx, document);
  } catch (error) {
    if (error instanceof GatewayError) return { reasons: error.message.split('\n') };
    throw error;
  }
  return { document };
}

async function hold(tx: Queryable, due: DueChange, reasons: readonly string[], clock: Clock): Promise<void> {
  const change = Number(due.change_no);
  await tx.query('update register.change set held_because = $2, held_at = $3 where change_no = $1', [change, reasons, clock.now()]);
  await recordAudit(tx, { type: 'register.change-held', actor: 'register', subject: due.place_id, detail: { change, reasons } }, clock);
}

/** The same in a transaction of its own, when anything is due: for the reader of the register and for the nightly job. */
export async function bringDueChangesIntoForce(pool: Pool, clock: Clock): Promise<number[]> {
  const today: LocalDate = localDate(clock.now());
  const { rows } = await pool.query<{ due: boolean }>(`select ${anyDue} as due`, [today]);
  return rows[0]?.due === true ? transaction(pool, (tx) => bringIntoForce(tx, clock)) : [];
}

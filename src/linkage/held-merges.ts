import { recordAudit } from '../audit/record.ts';
import type { Queryable, Transaction } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { applySuperseded } from './merge-persons.ts';

/** A merge a person must decide: which row of which delivery asked for it, and why it was not believed. Never whose it is. */
export interface HeldMerge {
  readonly held: number;
  readonly flow: string;
  /** Whose information governance leads decide. */
  readonly place: string;
  readonly delivery: string;
  readonly row: number;
  readonly reasons: readonly string[];
  readonly state: 'held' | 'approved' | 'refused';
  readonly heldAt: string;
  readonly decidedBy?: string;
}

/** @param all also what has been decided; otherwise only what waits, oldest first. @param place only what its flows asked for */
export async function listHeldMerges(db: Queryable, all = false, place?: string): Promise<HeldMerge[]> {
  const { rows } = await db.query<HeldMerge & { heldAtTime: Date; decided: string | null }>(
    `select h.held_no as held, f.flow_id as flow, f.place_id as place, d.delivery_id as delivery, h.row_no as row, h.reasons, h.state,
            h.held_at as "heldAtTime", h.decided_by as decided
       from linkage.held_merge h join landing.delivery d using (delivery_no) join register.flow f on f.flow_no = h.flow_no
      where ($1 or h.state = 'held') and ($2::text is null or f.place_id = $2) order by h.held_no`,
    [all, place ?? null],
  );
  return rows.map(({ heldAtTime, decided, ...row }) => ({
    ...row,
    heldAt: heldAtTime.toISOString(),
    ...(decided === null ? {} : { decidedBy: decided }),
  }));
}

export interface MergeDecision {
  readonly held: readonly number[];
  readonly decision: 'approve' | 'refuse';
  /** The person who decided, by their id in the register. */
  readonly actor: string;
}

/**
 * Carries out what a person decided, all of it or nothing. Call it while no delivery runs: one that has already looked a
 * person up would land rows of somebody who has become another.
 *
 * @returns the people who took over the records or the number of others
 * @throws GatewayError MERGE_NOT_HELD
 */
export async function decideHeldMerges(tx: Transaction, { held, decision, actor }: MergeDecision, clock: Clock): Promise<string[]> {
  const state = decision === 'approve' ? 'approved' : 'refused';
  const { rows } = await tx.query<{ held_no: number; flow_no: number; delivery_no: number; old_pseudonym: string; new_pseudonym: string }>(
    `update linkage.held_merge set state = $2, decided_by = $3, decided_at = $4 where held_no = any ($1::bigint[]) and state = 'held'
     returning held_no, flow_no, delivery_no, old_pseudonym, new_pseudonym`,
    [held, state, actor, clock.now()],
  );
  if (rows.length !== new Set(held).size) {
    throw new GatewayError('MERGE_NOT_HELD', 'One of these merges does not exist or has been decided before. Nothing was changed.', {
      status: 409,
    });
  }
  const joined: string[] = [];
  if (decision === 'approve') {
    await tx.query(
      'create temporary table superseded (old_pseudonym text not null, new_pseudonym text not null, person_id bigint, row_no bigint) on commit drop',
    );
    for (const merge of rows.sort((a, b) => a.held_no - b.held_no)) {
      await tx.query('truncate superseded');
      await tx.query('insert into superseded (old_pseudonym, new_pseudonym) values ($1, $2)', [merge.old_pseudonym, merge.new_pseudonym]);
      joined.push(...(await applySuperseded(tx, { flowNo: merge.flow_no, deliveryNo: merge.delivery_no })));
    }
  }
  await recordAudit(tx, { type: `merge.${state}`, actor, detail: { held: rows.map((row) => row.held_no) } }, clock);
  return joined;
}

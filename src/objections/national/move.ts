import { recordAudit } from '../../audit/record.ts';
import type { Transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import type { RequestRow } from './request-row.ts';
import { mayFollow, type RequestState } from './states.ts';

export interface Move {
  readonly to: RequestState;
  /** For `held` and `failed`: why, as a code. */
  readonly reason?: string;
  readonly actor: string;
  /** Counts and ids for the audit leaf. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Other columns of ndop.request that change with it, by their names (from code, never from input). */
  readonly set?: Readonly<Record<string, unknown>>;
}

/**
 * The only way a request changes its state: locked by the caller, allowed by the table of states, and written with its audit
 * leaf. False when it is in that state already (a step done twice changes nothing) or the table does not allow it.
 */
export async function moveRequest(tx: Transaction, request: RequestRow, move: Move, clock: Clock): Promise<boolean> {
  const { to, reason } = move;
  if (!mayFollow(request.state, to) || (request.state === to && request.reason === (reason ?? null))) return false;
  const extra = Object.entries(move.set ?? {});
  const assignments = extra.map(([column], index) => `, ${column} = $${index + 4}`).join('');
  await tx.query(`update ndop.request set state = $2, reason = $3${assignments} where request_no = $1`, [
    request.requestNo,
    to,
    reason ?? null,
    ...extra.map(([, value]) => value),
  ]);
  await recordAudit(
    tx,
    {
      type: `ndop.${to}`,
      actor: move.actor,
      subject: request.localId,
      detail: { exchange: request.exchangeId, from: request.state, ...(reason === undefined ? {} : { reason }), ...move.detail },
    },
    clock,
  );
  return true;
}

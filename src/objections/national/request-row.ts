import type { Queryable } from '../../database/query.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { RequestState } from './states.ts';

/** One request file as the database knows it; no person is in it. */
export interface RequestRow {
  readonly requestNo: number;
  readonly exchangeId: string;
  readonly localId: string;
  readonly mailbox: string;
  readonly lineEnding: 'LF' | 'CRLF';
  readonly path: string;
  readonly state: RequestState;
  readonly reason: string | null;
  readonly asked: number;
  readonly sha256: string | null;
  readonly messageId: string | null;
  readonly sending: boolean;
  readonly responseSha256: string | null;
  readonly preparedAt: Date | null;
}

const columns = `request_no as "requestNo", exchange_id as "exchangeId", local_id as "localId", mailbox, line_ending as "lineEnding", path,
  state, reason, asked, sha256, message_id as "messageId", sending_at is not null as sending, response_sha256 as "responseSha256",
  prepared_at as "preparedAt"`;

/** Locks the request of a LocalId until the transaction ends, so that of two readers of one reply the second sees the first. */
export async function lockRequest(tx: Queryable, localId: string): Promise<RequestRow> {
  const { rows } = await tx.query<RequestRow>(`select ${columns} from ndop.request where local_id = $1 for update`, [localId]);
  const [row] = rows;
  if (row === undefined)
    throw new GatewayError('NDOP_REQUEST_UNKNOWN', 'No request file of this name was ever written here.', { status: 404 });
  return row;
}

/** The request files of an exchange, in the order of their parts. */
export async function requestsOf(db: Queryable, exchangeId: string): Promise<readonly RequestRow[]> {
  const { rows } = await db.query<RequestRow>(`select ${columns} from ndop.request where exchange_id = $1 order by part`, [exchangeId]);
  if (rows.length === 0) throw new GatewayError('NDOP_EXCHANGE_UNKNOWN', 'There is no exchange with this id.', { status: 404 });
  return rows;
}

/** Request files that still wait for a reply, oldest first. */
export async function awaitingRequests(db: Queryable): Promise<readonly RequestRow[]> {
  const { rows } = await db.query<RequestRow>(
    `select ${columns} from ndop.request where state in ('prepared', 'sent', 'receipted', 'held') order by request_no`,
  );
  return rows;
}

/** Exchanges that are not over. */
export async function openExchanges(db: Queryable): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct exchange_id as id from ndop.request where state not in ('applied', 'failed') order by 1`,
  );
  return rows.map(({ id }) => id);
}

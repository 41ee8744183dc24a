import type { Queryable } from '../database/query.ts';
import type { FeedSpecification } from '../feeds/specification.ts';
import type { FlowTerms } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { findLanded } from './find-delivery.ts';
import type { DeliveryRecord } from './record-delivery.ts';

/**
 * May bytes that landed before mean something else today, although they are judged as they were? Only when the register of
 * the place has another version, when anybody objected or withdrew since, or when rows wait for what another file may have
 * said meanwhile; otherwise they need not even be read. Whether they do is seen by reading them.
 */
export async function mayMeanMore(
  db: Queryable,
  earlier: DeliveryRecord,
  now: { readonly registerVersion: number; readonly today: LocalDate },
): Promise<boolean> {
  if (earlier.registerVersion !== now.registerVersion || waitsForPatients(earlier) || waitsForAges(earlier)) return true;
  const { rows } = await db.query<{ spoken: boolean }>('select objections.spoken_since($1, $2) as spoken', [earlier.started, now.today]);
  return rows[0]?.spoken !== false;
}

/** Were the records of an earlier delivery judged by what they would be judged by now? What is not known was not (RULE-AGAIN-1). */
export const isJudgedAlike = (earlier: Pick<DeliveryRecord, 'judgedBy'>, now: Buffer | undefined): boolean =>
  earlier.judgedBy !== undefined && now !== undefined && earlier.judgedBy.equals(now);

/** Does a delivery hold rows that name a patient nobody had introduced? Sent again later, they may land. */
export function waitsForPatients({ quarantined }: Pick<DeliveryRecord, 'quarantined'>): boolean {
  return (quarantined.PATIENT_REFERENCE_UNRESOLVED ?? 0) > 0;
}

/** Does it hold rows withheld for an age that others may have told, or corrected, since? */
const waitsForAges = ({ withheld }: Pick<DeliveryRecord, 'withheld'>): boolean =>
  (withheld.AGE_UNKNOWN ?? 0) + (withheld.UNDER_AGE ?? 0) > 0;

interface Reading {
  readonly earlier: DeliveryRecord;
  /** What reading them again would do; nothing of it is committed yet. */
  readonly record: DeliveryRecord;
  readonly specification: Pick<FeedSpecification, 'deletion'>;
  /** True when every record said when its source changed it, so that what is older loses whenever it comes. */
  readonly tellsTimes?: boolean;
  readonly terms: Pick<FlowTerms, 'flowNo' | 'setting'>;
  readonly registerVersion: number;
  readonly judgedBy: Buffer;
  readonly today: LocalDate;
}

/**
 * Bytes that landed before change nothing, unless they say something new today: of somebody who withdrew an objection, of
 * somebody introduced since. What counts is what they leave behind: a record that comes and goes within the file is counted
 * on its way, and is nothing. Judged by something else they land whatever they leave: what is known of a person, an
 * objection, a local id may be new although no record is. Where a record tells no time of its own, an older delivery is
 * never read over a later one.
 */
export async function landsAgain(db: Queryable, reading: Reading): Promise<boolean> {
  const { earlier, specification } = reading;
  if (isJudgedAlike(earlier, reading.judgedBy) && !(await saysMore(db, reading))) return false;
  const replaces = specification.deletion.rule === 'full-snapshot' || specification.deletion.rule === 'latest-submission';
  return (reading.tellsTimes === true && !replaces) || isNewest(db, earlier);
}

async function saysMore(db: Queryable, reading: Reading): Promise<boolean> {
  const { earlier, record, terms } = reading;
  if (record.landed + record.updated + record.removed === 0 || !(await mayMeanMore(db, earlier, reading))) return false;
  return record.removed > 0 || leavesAnything(db, record, terms);
}

async function leavesAnything(db: Queryable, { deliveryNo }: DeliveryRecord, { flowNo, setting }: Pick<FlowTerms, 'flowNo' | 'setting'>) {
  const { rowCount } = await db.query(
    'select from environment.event where setting = $1::environment.setting and flow_no = $2 and delivery_no = $3 limit 1',
    [setting, flowNo, deliveryNo],
  );
  return rowCount !== 0;
}

async function isNewest(db: Queryable, { flowId, deliveryNo }: DeliveryRecord): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from landing.delivery where flow_id = $1 and delivery_no > $2 and state = 'landed' and destruction_id is null limit 1`,
    [flowId, deliveryNo],
  );
  return rowCount === 0;
}

/** @throws GatewayError BATCH_ID_REUSED: the id was given to bytes that are not the ones landing again */
export async function refuseReusedBatch(
  db: Queryable,
  flowId: string,
  batchId: string,
  earlier: DeliveryRecord | undefined,
): Promise<void> {
  const known = await findLanded(db, flowId, { batchId });
  if (known === undefined || known.deliveryId === earlier?.deliveryId) return;
  throw new GatewayError(
    'BATCH_ID_REUSED',
    'This batch id was already used for other content on this flow. Give the new content a new batch id.',
    { status: 409 },
  );
}

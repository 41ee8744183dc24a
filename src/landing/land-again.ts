import type { Queryable } from '../database/query.ts';
import type { FeedSpecification } from '../feeds/specification.ts';
import type { FlowTerms } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { findLanded } from './find-delivery.ts';
import type { DeliveryRecord } from './record-delivery.ts';

/**
 * May bytes that landed before mean something else today? Only when the register of the place has another version, when
 * anybody objected or withdrew since, or when rows wait for a patient whom another file may have introduced meanwhile;
 * otherwise they need not even be read. Whether they do is seen by reading them.
 */
export async function mayMeanMore(
  db: Queryable,
  earlier: DeliveryRecord,
  now: { readonly registerVersion: number; readonly today: LocalDate },
): Promise<boolean> {
  if (earlier.registerVersion !== now.registerVersion || waitsForPatients(earlier)) return true;
  const { rows } = await db.query<{ spoken: boolean }>('select objections.spoken_since($1, $2) as spoken', [earlier.started, now.today]);
  return rows[0]?.spoken !== false;
}

/** Does a delivery hold rows that name a patient nobody had introduced? Sent again later, they may land. */
export function waitsForPatients({ quarantined }: Pick<DeliveryRecord, 'quarantined'>): boolean {
  return (quarantined.PATIENT_REFERENCE_UNRESOLVED ?? 0) > 0;
}

/**
 * Bytes that landed before change nothing, unless they say something new today: of somebody who withdrew an objection, of
 * somebody introduced since, in a field that was not allowed. Where records tell no times of their own, an older delivery is never read over a later one.
 * What counts is what it leaves behind: a record that comes and goes within the file is counted on its way, and is nothing.
 * @param reading `record` is what reading them again would do; nothing of it is committed yet
 */
export async function landsAgain(
  db: Queryable,
  reading: {
    readonly earlier: DeliveryRecord;
    readonly record: DeliveryRecord;
    readonly specification: Pick<FeedSpecification, 'deletion' | 'format' | 'columns'>;
    readonly terms: Pick<FlowTerms, 'flowNo' | 'setting'>;
    readonly registerVersion: number;
    readonly today: LocalDate;
  },
): Promise<boolean> {
  const { earlier, record, specification } = reading;
  if (record.landed + record.updated + record.removed === 0 || !(await mayMeanMore(db, earlier, reading))) return false;
  if (record.removed === 0 && !(await leavesAnything(db, record, reading.terms))) return false;
  const replaces = specification.deletion.rule === 'full-snapshot' || specification.deletion.rule === 'latest-submission';
  const tellsTimes = specification.format === 'fhir-r4' || specification.columns.some(({ role }) => role === 'source-timestamp');
  return (tellsTimes && !replaces) || isNewest(db, earlier);
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

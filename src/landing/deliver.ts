import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Pool } from 'pg';
import type { BlackBoxConnection } from '../blackbox/connection.ts';
import { transaction } from '../database/query.ts';
import { admit } from '../register/admit.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { checkBatchId } from './batch-id.ts';
import { refuseDestroyed } from './destroyed.ts';
import { findLanded } from './find-delivery.ts';
import { isJudgedAlike, mayMeanMore } from './land-again.ts';
import type { Receipt } from './receipt.ts';
import { type DeliveryRecord, nothingCounted, recordDelivery, takeDeliveryNo, toReceipt } from './record-delivery.ts';

/** What a delivery needs of the application. */
export interface DeliveryServices {
  readonly gateway: Pool;
  readonly clock: Clock;
  register(): Promise<Register>;
  blackBox(): Promise<BlackBoxConnection>;
}

export interface DeliveryInput {
  readonly flowId: string;
  readonly batchId?: string;
  /** Who sends: a client id, or `command-line:<user>`. */
  readonly actor: string;
  /** A stream, or the path of a file, which can be recognised before it is read. */
  readonly content: AsyncIterable<Buffer> | { readonly path: string };
  readonly progress?: (rows: number) => void;
}

const unknownFlow = 'not-in-the-register';

/**
 * The gate. Asks the register before a byte is read; a refusal is a receipt, recorded and audited. An admitted delivery
 * goes to the black box as opaque bytes, which asks the register again: neither side trusts the other to have asked.
 *
 * @throws GatewayError BLACK_BOX_UNAVAILABLE, BLACK_BOX_FAILED, FILE_UNREADABLE: no receipt exists then, and nothing landed
 */
export async function deliver(services: DeliveryServices, input: DeliveryInput): Promise<Receipt> {
  const { gateway, clock } = services;
  const deliveryId = randomUUID();
  const started = clock.now();
  const register = await services.register();
  const admission = admit(register, input.flowId, localDate(started));
  // What the register does not know may be anything, an identifier included, and is not written down.
  const flowId = register.flows.has(input.flowId) ? input.flowId : unknownFlow;
  const batchId = checkBatchId(input.batchId);
  const record = (change: Partial<DeliveryRecord> & Pick<DeliveryRecord, 'state'>): Promise<Receipt> =>
    transaction(gateway, async (tx) => {
      const written: DeliveryRecord = {
        ...nothingCounted,
        deliveryNo: await takeDeliveryNo(tx),
        deliveryId,
        flowId,
        setting: undefined,
        batchId: undefined,
        sha256: undefined,
        bytes: 0,
        registerVersion: admission.registerVersion,
        actor: input.actor,
        started,
        finished: clock.now(),
        ...change,
      };
      await recordDelivery(tx, written);
      return toReceipt(written);
    });
  if (!admission.admitted) return record({ state: 'refused', refusals: admission.refusals });
  const destroyed = await refuseDestroyed(gateway, flowId, localDate(started));
  if (destroyed.length > 0) return record({ state: 'refused', refusals: destroyed });
  if ('path' in input.content) {
    const { sha256, bytes } = await digestFile(input.content.path);
    const earlier = await findLanded(gateway, flowId, { sha256 });
    // The very same bytes need not be read again to know that they change nothing, as long as nothing else has changed.
    const now = { registerVersion: admission.registerVersion, today: localDate(started) };
    if (earlier && !(await mayMeanMore(gateway, earlier, now))) {
      const judgedBy = await findJudgedBy(await services.blackBox(), flowId);
      if (isJudgedAlike(earlier, judgedBy)) {
        return record({
          ...sameAs(earlier),
          state: 'duplicate',
          duplicateOf: earlier.deliveryId,
          setting: admission.terms.setting,
          sha256,
          bytes,
          judgedBy,
        });
      }
    }
  }
  const content = 'path' in input.content ? createReadStream(input.content.path, { highWaterMark: 1_048_576 }) : input.content;
  const box = await services.blackBox();
  const parameters = {
    deliveryId,
    flowId,
    actor: input.actor,
    ...(batchId === undefined ? {} : { batchId }),
  };
  return (await box.call('/deliveries', parameters, content, input.progress)) as Receipt;
}

/** Asked of the box that would read it: its configuration is what counts, and ours may be another. */
async function findJudgedBy(box: BlackBoxConnection, flowId: string): Promise<Buffer | undefined> {
  const { sha256 } = (await box.call('/judged-by', { flowId })) as { readonly sha256?: string };
  return sha256 === undefined ? undefined : Buffer.from(sha256, 'hex');
}

const sameAs = (earlier: DeliveryRecord): Partial<DeliveryRecord> => ({
  received: earlier.received,
  unchanged: earlier.landed + earlier.updated + earlier.unchanged,
  withheld: earlier.withheld,
  quarantined: earlier.quarantined,
  outOfScope: earlier.outOfScope,
  numberExpected: earlier.numberExpected,
  numberUsable: earlier.numberUsable,
  numberVerified: earlier.numberVerified,
  personsExisting: earlier.personsExisting + earlier.personsNew,
});

async function digestFile(path: string): Promise<{ sha256: Buffer; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
  } catch (error) {
    throw new GatewayError('FILE_UNREADABLE', 'The file cannot be read. Check that it exists and that you may read it.', { cause: error });
  }
  return { sha256: hash.digest(), bytes };
}

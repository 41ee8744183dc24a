import { GatewayError } from '../shared/errors.ts';

/**
 * A batch id is kept and shown, and must not be somebody's number: ten digits as people write an NHS number are refused.
 *
 * @throws GatewayError BATCH_ID_INVALID
 */
export function checkBatchId(batchId: string | undefined): string | undefined {
  if (batchId === undefined) return undefined;
  if (/^[\w.:-]{1,200}$/.test(batchId) && !/(?<!\d)\d{3}[.:_-]?\d{3}[.:_-]?\d{4}(?!\d)/.test(batchId)) return batchId;
  throw new GatewayError(
    'BATCH_ID_INVALID',
    'A batch id has up to 200 letters, digits, points, colons, dashes and underscores, and nothing that looks like an NHS number.',
  );
}

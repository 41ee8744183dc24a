import type { Request } from 'express';
import { GatewayError } from '../shared/errors.ts';
import type { HttpSettings } from './settings.ts';

const refusedEncoding = () => new GatewayError('ENCODING_UNSUPPORTED', 'Send the body as it is, or compressed with gzip.', { status: 415 });
const tooLarge = () => new GatewayError('BODY_TOO_LARGE', 'The delivery is larger than this gateway accepts.', { status: 413 });
const incomplete = (cause?: unknown) =>
  new GatewayError('UPLOAD_INCOMPLETE', 'The upload ended before it was complete. Nothing was kept; send it again.', {
    status: 400,
    cause,
  });
const tooSlow = () => new GatewayError('UPLOAD_STALLED', 'The upload stopped arriving. Nothing was kept; send it again.', { status: 408 });

/** Checks what can be known before the first byte: kind, encoding, announced size. */
export function checkBody(request: Request, kinds: readonly string[], settings: HttpSettings): void {
  const kind = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!kinds.includes(kind)) {
    throw new GatewayError('CONTENT_TYPE_UNSUPPORTED', `Send one of these content types: ${kinds.join(', ')}.`, { status: 415 });
  }
  if (!['identity', 'gzip'].includes((request.headers['content-encoding'] ?? 'identity').toLowerCase())) throw refusedEncoding();
  if (Number(request.headers['content-length'] ?? 0) > settings.maximumUploadBytes) throw tooLarge();
}

/**
 * The body as it arrives, opaque and never gathered. It ends normally only when the whole body came: an aborted, stalled or
 * oversized upload throws, so that whoever reads it rolls back. The request itself is left open, so that it can be answered.
 */
export async function* readBody(request: Request, settings: HttpSettings): AsyncGenerator<Buffer, void, undefined> {
  const chunks = request.iterator({ destroyOnReturn: false });
  let received = 0;
  let stalled = false;
  try {
    for (;;) {
      // Only waiting for the sender counts: while the reader is busy, the silence is ours.
      const watch = setTimeout(() => {
        stalled = true;
        request.destroy();
      }, settings.idleMilliseconds);
      const next = await chunks.next().finally(() => clearTimeout(watch));
      if (next.done === true) break;
      const chunk = next.value as Buffer;
      received += chunk.length;
      if (received > settings.maximumUploadBytes) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw stalled ? tooSlow() : incomplete(error);
  } finally {
    await chunks.return?.();
  }
  if (!request.complete) throw stalled ? tooSlow() : incomplete();
}

/**
 * Reads on for a moment after an early refusal, so that a small sender has finished sending and hears the answer.
 * @returns whether the body was read to its end; otherwise the connection must be closed with the answer.
 */
export function discardRest(request: Request, limits = { bytes: 4 * 1024 * 1024, milliseconds: 2_000 }): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let left = limits.bytes;
    const finish = (whole: boolean) => {
      clearTimeout(watch);
      request.off('data', count);
      request.pause();
      resolve(whole);
    };
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) finish(false);
    };
    const watch = setTimeout(() => finish(false), limits.milliseconds);
    request.once('end', () => finish(true));
    request.once('close', () => finish(request.complete));
    request.once('error', () => finish(false));
    request.on('data', count);
    request.resume();
  });
}

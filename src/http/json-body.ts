import type { Request } from 'express';
import { GatewayError } from '../shared/errors.ts';
import { checkBody, readBody } from './body.ts';
import type { HttpSettings } from './settings.ts';

/** A document of a person is gathered whole, so it is much smaller than a delivery may be. */
const maximumBytes = 8 * 1024 * 1024;

/**
 * Whether a JSON text holds U+0000, or half of a surrogate pair: PostgreSQL keeps neither (documentation, §8.14). Either can
 * stand in it only as an escape, because the bytes were UTF-8.
 */
function holdsUnkeepable(json: string): boolean {
  if (!json.includes('\\u')) return false;
  const escapes = json.replaceAll('\\\\', '').replaceAll(/\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}/gi, '');
  return /\\u(?:0000|d[89a-f])/i.test(escapes);
}

/** The body as JSON. @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_JSON, TEXT_UNREADABLE */
export async function readJsonBody(request: Request, settings: HttpSettings): Promise<unknown> {
  const limits = { ...settings, maximumUploadBytes: Math.min(maximumBytes, settings.maximumUploadBytes) };
  checkBody(request, ['application/json'], limits);
  const chunks: Buffer[] = [];
  for await (const chunk of readBody(request, limits)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GatewayError('BODY_NOT_JSON', 'The body is not JSON.', { status: 400 });
  }
  if (!holdsUnkeepable(text)) return body;
  throw new GatewayError('TEXT_UNREADABLE', 'The body holds a text with a character that cannot be kept: U+0000, or half of a pair.', {
    status: 400,
  });
}

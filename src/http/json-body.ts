import type { Request } from 'express';
import { GatewayError } from '../shared/errors.ts';
import { type JsonFault, parseJson } from '../shared/json-text.ts';
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

const refusals: Readonly<Record<JsonFault, readonly [code: string, message: string]>> = {
  NOT_UTF8: ['BODY_NOT_UTF8', 'The body is not UTF-8. Send JSON as UTF-8 (RFC 8259 §8.1).'],
  NOT_JSON: ['BODY_NOT_JSON', 'The body is not JSON.'],
  MEMBER_TWICE: ['BODY_MEMBER_TWICE', 'An object of the body gives a member twice. Which one is meant cannot be known: remove one.'],
};

/**
 * The body as JSON.
 * @throws CONTENT_TYPE_UNSUPPORTED, ENCODING_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_UTF8, BODY_NOT_JSON, BODY_MEMBER_TWICE,
 * TEXT_UNREADABLE
 */
export async function readJsonBody(request: Request, settings: HttpSettings): Promise<unknown> {
  const limits = { ...settings, maximumUploadBytes: Math.min(maximumBytes, settings.maximumUploadBytes) };
  checkBody(request, ['application/json'], limits);
  if ((request.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
    throw new GatewayError('ENCODING_UNSUPPORTED', 'Send the body without a content encoding.', { status: 415 });
  const chunks: Buffer[] = [];
  for await (const chunk of readBody(request, limits)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const read = parseJson(bytes);
  if ('fault' in read) throw new GatewayError(...refusals[read.fault], { status: 400 });
  if (!holdsUnkeepable(bytes.toString('utf8'))) return read.value;
  throw new GatewayError('TEXT_UNREADABLE', 'The body holds a text with a character that cannot be kept: U+0000, or half of a pair.', {
    status: 400,
  });
}

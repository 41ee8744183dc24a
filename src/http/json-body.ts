import type { Request } from 'express';
import { GatewayError } from '../shared/errors.ts';
import { checkBody, readBody } from './body.ts';
import type { HttpSettings } from './settings.ts';

/** A document of a person is gathered whole, so it is much smaller than a delivery may be. */
const maximumBytes = 8 * 1024 * 1024;

/** The body as JSON. @throws CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_JSON */
export async function readJsonBody(request: Request, settings: HttpSettings): Promise<unknown> {
  const limits = { ...settings, maximumUploadBytes: Math.min(maximumBytes, settings.maximumUploadBytes) };
  checkBody(request, ['application/json'], limits);
  const chunks: Buffer[] = [];
  for await (const chunk of readBody(request, limits)) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new GatewayError('BODY_NOT_JSON', 'The body is not JSON.', { status: 400 });
  }
}

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { exitCode, GatewayError } from '../../../shared/errors.ts';

/** Our certificate and key, and the authorities MESH is known by: mutual TLS. All PEM. */
export interface MeshTls {
  readonly certificate: string;
  readonly key: string;
  readonly authorities?: string;
}

export interface MeshCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export type MeshTransport = (call: MeshCall) => Promise<IncomingMessage>;

export const meshUnavailable = (cause?: unknown): GatewayError =>
  new GatewayError('MESH_UNAVAILABLE', 'MESH does not answer. Nothing was lost; the exchange goes on from here when it does.', {
    status: 503,
    exit: exitCode.unavailable,
    cause,
  });

/** One connection to MESH at a time: one thread for each mailbox (MESH assurance). */
export function openTransport(url: string, timeoutSeconds: number, tls?: MeshTls): { send: MeshTransport; close(): void } {
  const base = new URL(url);
  const secure = base.protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({
        keepAlive: true,
        maxSockets: 1,
        minVersion: 'TLSv1.2',
        ...(tls === undefined ? {} : { cert: tls.certificate, key: tls.key }),
        ...(tls?.authorities === undefined ? {} : { ca: tls.authorities }),
      })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const send: MeshTransport = ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(`${base.origin}${base.pathname.replace(/\/$/, '')}${path}`, {
        method,
        agent,
        timeout: timeoutSeconds * 1_000,
        headers: { ...headers, 'content-length': String(body?.length ?? 0) },
      });
      request.once('response', (response) => {
        // A body that breaks off, or falls silent, ends the reading of it with an error.
        response.setTimeout(timeoutSeconds * 1_000, () => response.destroy(meshUnavailable()));
        resolve(response);
      });
      request.once('timeout', () => request.destroy(new Error('no answer in time')));
      request.once('error', (error) => reject(meshUnavailable(error)));
      request.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** The whole of a short answer. */
export async function readShort(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > 1_000_000) throw meshUnavailable();
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof GatewayError ? error : meshUnavailable(error);
  }
  return Buffer.concat(parts).toString('utf8');
}

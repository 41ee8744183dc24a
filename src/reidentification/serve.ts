import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { GatewayError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import { type Opened, type OpeningDecision, openingDecisionSchema } from './decision.ts';

const longestRequest = 4096;
const noDecision = new GatewayError('NO_DECISION', 'An identity is opened only for a recorded decision of somebody who may decide.', {
  status: 403,
});

export interface ReidentifierParts {
  /** Undefined: nobody may ask, and only /health is answered. */
  readonly token: string | undefined;
  readonly log: Logger;
  open(decision: OpeningDecision): Promise<Opened>;
  ping(): Promise<unknown>;
}

/** The one door of the re-identifier: POST /open with a decision. Everything else is refused, and nothing is logged but codes. */
export function serveReidentifier(parts: ReidentifierParts): Server {
  return createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      const fault = error instanceof GatewayError ? error : undefined;
      // Never the error itself: a message of the database could repeat what it met.
      if (fault === undefined || fault.status >= 500) parts.log.error({ code: fault?.code ?? 'unexpected' }, 'the re-identifier failed');
      const body = {
        code: fault?.code ?? 'REIDENTIFIER_FAILED',
        message: fault?.message ?? 'The identity could not be opened. Ask the operator.',
      };
      response.writeHead(fault?.status ?? 500, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
      request.resume();
    });
  });
}

async function answer(parts: ReidentifierParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET' && request.url === '/health') {
    await parts.ping();
    response.writeHead(200).end('ok\n');
    return;
  }
  if (!isToken(request.headers.authorization, parts.token)) throw noDecision;
  if (request.method !== 'POST' || request.url !== '/open') throw noDecision;
  const decision = openingDecisionSchema.safeParse(await readJson(request));
  if (!decision.success) throw noDecision;
  const opened = await parts.open(decision.data);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(opened));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestRequest) throw noDecision;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw noDecision;
  }
}

function isToken(header: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return false;
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

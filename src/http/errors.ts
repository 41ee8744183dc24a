import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { GatewayError } from '../shared/errors.ts';
import { discardRest } from './body.ts';
import { type Fault, faultOf, toOperationOutcome, toProblem } from './problem.ts';
import { recordOf } from './request-record.ts';
import { TooManyRequests } from './route.ts';

/** Everything that is not a route is not there. */
export function refuseUnknown(_request: Request, _response: Response, next: NextFunction): void {
  next(new GatewayError('NOT_FOUND', 'There is nothing at this address. GET /openapi.json lists what there is.', { status: 404 }));
}

/** Express answers OPTIONS by itself for every route, which would be an answer without a row in the matrix. */
export function refuseOtherMethods(request: Request, _response: Response, next: NextFunction): void {
  const allowed = request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST';
  next(allowed ? undefined : new GatewayError('METHOD_NOT_ALLOWED', 'Only GET, HEAD and POST are answered here.', { status: 405 }));
}

/** Names and places of an error without its message: messages of parsers and of PostgreSQL repeat the values they met. */
function whereFrom(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { code } = error as { code?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error ? { cause: whereFrom(error.cause) } : {};
  return { kind: error.name, ...(typeof code === 'string' ? { errorCode: code } : {}), frames: frames.slice(0, 12), ...cause };
}

/** The one place where anything thrown becomes an answer. The body of the request is never in it. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return async function answerError(error: unknown, request: Request, response: Response, _next: NextFunction): Promise<void> {
    const record = recordOf(response);
    if (request.destroyed && !request.complete) {
      // The caller left in the middle of an upload: whatever broke because of it is not a failure of ours.
      record.code = 'UPLOAD_INCOMPLETE';
      response.destroy();
      return;
    }
    const fault = faultOf(error);
    record.code = fault.code;
    if (fault.status >= 500) log.error({ reference: record.reference, ...whereFrom(error) }, 'request failed');
    if (response.headersSent) {
      // Too late to say so politely: a broken connection is how the caller learns that the answer is not whole.
      response.destroy();
      return;
    }
    if (!(await discardRest(request))) response.setHeader('connection', 'close');
    sendFault(request, response, fault, record.reference, error);
  };
}

function sendFault(request: Request, response: Response, fault: Fault, reference: string, error: unknown): void {
  const retryAfter = error instanceof TooManyRequests ? error.retryAfter : fault.retryAfter;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  if (fault.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (fault.status === 405) response.setHeader('allow', 'GET, HEAD, POST');
  response.status(fault.status).setHeader('cache-control', 'no-store');
  const fhir = request.path === '/fhir' || request.path.startsWith('/fhir/');
  const body = fhir ? toOperationOutcome(fault, reference) : toProblem(fault, reference);
  response.type(fhir ? 'application/fhir+json' : 'application/problem+json').send(JSON.stringify(body));
}

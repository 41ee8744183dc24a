import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import type { HttpMetrics } from './metrics.ts';

/** What is known about one request for the log and the metrics: never an address as sent, a query value, a header or a body. */
export interface RequestRecord {
  readonly reference: string;
  /** The pattern of the route (`/api/deliveries/:id`), or `none`. */
  route: string;
  clientId: string | undefined;
  /** Code of the fault answered, if any. */
  code: string | undefined;
}

const records = new WeakMap<Response, RequestRecord>();

export function recordOf(response: Response): RequestRecord {
  const record = records.get(response);
  if (record === undefined) throw new TypeError('the request was not recorded');
  return record;
}

/** The first thing every request meets: gives it an id of our own making and writes one line when it is over. */
export function recordRequests(log: Logger, metrics: HttpMetrics) {
  return function recordRequest(request: Request, response: Response, next: NextFunction): void {
    const record: RequestRecord = { reference: randomUUID(), route: 'none', clientId: undefined, code: undefined };
    records.set(response, record);
    response.setHeader('x-request-id', record.reference);
    const started = process.hrtime.bigint();
    response.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const { method } = request;
      const status = response.writableFinished ? response.statusCode : 499; // 499: the caller left before the answer
      metrics.observeRequest({ method, route: record.route, status, seconds });
      const { reference, route, clientId, code } = record;
      log.info({ reference, method, route, status, milliseconds: Math.round(seconds * 1000), clientId, code }, 'request');
    });
    next();
  };
}

import { GatewayError } from '../shared/errors.ts';

/** What the driver says without a code when a connection goes away under it, or none can be had (pg 8: client.js; pg-pool 3: index.js). */
const withoutCode = /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** Classes 08 (connection) and 57P (operator intervention) of the PostgreSQL manual, appendix A, and what the socket itself says. */
const codes = /^(08|57P|ECONNREFUSED$|ECONNRESET$|EPIPE$|ETIMEDOUT$)/;

/** Did the database go away, so that nothing is wrong with what it was asked? */
export function isDatabaseLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseLost);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code === '' ? withoutCode.test(error.message) : codes.test(code);
}

export const databaseLost = (cause: unknown): GatewayError =>
  new GatewayError('DATABASE_LOST', 'The connection to the database was lost. Nothing was taken; send it again.', { status: 503, cause });

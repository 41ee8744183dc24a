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

/** Lost while a commit is answered, nobody can say whether it happened: sending again is right either way, and says so. */
export const databaseLost = (cause: unknown): GatewayError =>
  new GatewayError(
    'DATABASE_LOST',
    'The connection to the database was lost. Send it again; what was taken already is recognised and changes nothing.',
    {
      status: 503,
      cause,
    },
  );

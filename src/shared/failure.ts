import { exitCode, GatewayError } from './errors.ts';

export interface Failure {
  readonly message: string;
  readonly exit: number;
  /** True when nobody foresaw it: the log gets its type and place. */
  readonly unexpected: boolean;
}

/** EX_SOFTWARE of sysexits: a fault of the program, not of its caller. */
const softwareFault = 70;

const connectionFailures = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EPIPE'];

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** PostgreSQL's classes 08 (connection), 57P (operator intervention) and 53 (resources) mean: not now (manual, appendix A). */
const isAway = (code: string): boolean => connectionFailures.includes(code) || /^(08|53|57P)/.test(code);

/** Class 28 is a wrong user or password, 3D000 a database that does not exist, 42501 a right that was not granted. */
const isMisconfigured = (code: string): boolean => /^(28|3D000|42501)/.test(code);

/**
 * What the command line says about an error, and how it exits. Messages of errors that are not ours are not repeated,
 * because PostgreSQL and parsers quote the value they could not take.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof GatewayError) return { message: `${error.message} [${error.code}]`, exit: error.exit, unexpected: false };
  if (error instanceof AggregateError && error.errors.length > 0) return describeFailure(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? (text(error.code) ?? '') : '';
  if (isAway(code)) {
    return {
      message: `A service this command needs does not answer (${code}). Is the database running?`,
      exit: exitCode.unavailable,
      unexpected: false,
    };
  }
  if (isMisconfigured(code)) {
    return {
      message: `The database refused this program (${code}). Check HAVEN_DATABASE_URL and HAVEN_SECRETS, or run \`haven migrate\`.`,
      exit: exitCode.configuration,
      unexpected: false,
    };
  }
  if (error instanceof Error && 'path' in error && 'syscall' in error) {
    return { message: `${text(error.path) ?? 'A file'} cannot be used (${code}).`, exit: exitCode.inputRefused, unexpected: false };
  }
  return { message: 'Something failed that should not have; the log on standard error says where.', exit: softwareFault, unexpected: true };
}

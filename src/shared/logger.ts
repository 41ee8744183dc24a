import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names under which a value could identify a person or open a door, wherever they appear in a logged object. */
const secretNames = [
  'nhsNumber',
  'nhs_number',
  'birthDate',
  'birth_date',
  'postcode',
  'localPatientId',
  'identity',
  'password',
  'token',
  'authorization',
  'cookie',
  'connectionString',
];

/**
 * An error of PostgreSQL or of a parser quotes the value it could not take (`invalid input syntax for type date: "…"`),
 * so of an error only its type and code are logged; the message only where we wrote it ourselves.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error ? error.code : undefined;
  const own = error.name === 'GatewayError' || error.name === 'ConfigurationError';
  const where = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: error.name, code, message: own ? error.message : undefined, where: where?.slice(0, 5), cause };
}

/** JSON lines on standard error: standard output belongs to what a command prints. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[withheld]' },
    },
    destination,
  );
}

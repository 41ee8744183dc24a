/** Exit codes of the command line (sysexits where one fits). */
export const exitCode = { done: 0, findings: 1, usage: 2, inputRefused: 65, unavailable: 69, configuration: 78 } as const;

/**
 * The one error family a caller may see. `code` is stable, `message` is plain English that says what to do and
 * never holds a value from the input; `cause` stays private (logs get its code, callers never do).
 */
export class GatewayError extends Error {
  readonly code: string;
  readonly status: number;
  readonly exit: number;

  constructor(code: string, message: string, options: { status?: number; exit?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.status = options.status ?? 400;
    // 503 is "not now": nothing is wrong with what was sent.
    this.exit = options.exit ?? (this.status === 503 ? exitCode.unavailable : exitCode.inputRefused);
  }
}

/** Configuration that cannot be used: every problem at once, because fixing them one by one wastes a person's day. */
export class ConfigurationError extends GatewayError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('CONFIGURATION_WRONG', `The configuration cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}`, {
      status: 500,
      exit: exitCode.configuration,
    });
    this.problems = problems;
  }
}

import { GatewayError } from '../../shared/errors.ts';
import { isReadable } from '../answer-format.ts';

/** Answers that were refused as a whole: every problem by question, no answer repeated. */
export class DeclarationRefusedError extends GatewayError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('DECLARATION_REFUSED', `No answer was taken:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, { status: 422 });
    this.name = 'DeclarationRefusedError';
    this.problems = problems;
  }
}

/** Reasons and offices are read by many, and some are in the log: whoever writes one refers to a case file and names nobody. */
export function refuseIdentifiers(text: string | undefined): void {
  if (text === undefined) return;
  if (!isReadable(text))
    throw new GatewayError('TEXT_UNREADABLE', 'The text holds control characters or halves of characters. Type it again.', { status: 422 });
  if (!looksLikeNhsNumber(text)) return;
  throw new GatewayError('TEXT_IDENTIFIES', 'The text holds ten digits like an NHS number. Refer to the case file instead.', {
    status: 422,
  });
}

/** Ten digits in a row, in the groups people write, whose check digit is right (NHS Data Dictionary: NHS NUMBER, modulus 11). */
export function looksLikeNhsNumber(text: string): boolean {
  return [...text.matchAll(/(?<!\d)(?<!\d[ -])\d{3}[ -]?\d{3}[ -]?\d{4}(?![ -]?\d)/g)].some(([found]) => {
    const digits = found.replace(/\D/g, '');
    const sum = [...digits.slice(0, 9)].reduce((total, digit, index) => total + Number(digit) * (10 - index), 0);
    return (11 - (sum % 11)) % 11 === Number(digits[9]);
  });
}

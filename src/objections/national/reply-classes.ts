/** What can come back for a request file. Nothing is read as a list before it is one of these (RULE-NDOP-1). */
export type ReplyClass = 'undelivered' | 'job-receipt' | 'invalid-numbers' | 'other-error' | 'empty' | 'cleaned-list' | 'unknown';

/** What is known of a reply before it is believed. `head` is its first bytes as Latin-1, never kept and never logged. */
export interface ReplyFacts {
  /** `Mex-MessageType`: DATA or REPORT; undefined for a file carried by hand. */
  readonly messageType?: string;
  readonly head: string;
  /** Whole length, in bytes. */
  readonly bytes: number;
}

/** What follows for the request: `answer` is compared and applied, `void` needs a new request, `hold` needs a person. */
export type ReplyAction = 'receipt' | 'answer' | 'void' | 'hold';

export interface ReplyRow {
  readonly class: ReplyClass;
  /** In words, for the rule book. */
  readonly when: string;
  readonly matches: (facts: ReplyFacts) => boolean;
  readonly action: ReplyAction;
  /** Code the request is held or void for. */
  readonly reason?: string;
  readonly because: string;
}

/** Bytes that are looked at to tell what a reply is. */
export const headBytes = 4_096;

const isData = ({ messageType }: ReplyFacts): boolean => messageType === undefined || messageType.toUpperCase() === 'DATA';

/** First lines up to the end of the head; the last one may be cut and is left out where there is more. */
function wholeLines({ head, bytes }: ReplyFacts): readonly string[] {
  const lines = head.split(/\r?\n/);
  return (bytes > head.length ? lines.slice(0, -1) : lines).filter((line) => line !== '');
}

function isJobReceipt(head: string): boolean {
  if (!/^\s*\{/.test(head)) return false;
  // A receipt longer than the head is still one when it names what receipts name.
  return /"(status|validate_non_empty_file|validate_is_unique_upload|validate_in_order)"\s*:/.test(head);
}

/** One line of a list: ten digits and, as the service writes it, a comma. */
export const listLine = /^\d{10},?$/;

/** The first row that matches decides. The order is the rule: reports and errors come before anything that looks like a list. */
export const replyRows: readonly ReplyRow[] = [
  {
    class: 'undelivered',
    when: 'message type REPORT',
    matches: ({ messageType }) => messageType !== undefined && messageType.toUpperCase() === 'REPORT',
    action: 'void',
    reason: 'NDOP_NOT_DELIVERED',
    because: 'MESH reports that nobody took the request within five days, or that it was refused: nobody was checked.',
  },
  {
    class: 'unknown',
    when: 'any other message type than DATA',
    matches: (facts) => !isData(facts),
    action: 'hold',
    reason: 'NDOP_REPLY_UNKNOWN',
    because: 'A kind of message that this version does not know is no answer.',
  },
  {
    class: 'job-receipt',
    when: 'JSON that names a status or a validation stage (Subject SUCCESS)',
    matches: ({ head }) => isJobReceipt(head),
    action: 'receipt',
    because: 'The service has the file and works on it. It is not the answer, and the file must not be sent again.',
  },
  {
    class: 'invalid-numbers',
    when: 'the single line "The file contains one or more invalid NHS Numbers."',
    matches: (facts) => /^the file contains one or more invalid nhs numbers\.?$/i.test(facts.head.trim()),
    action: 'void',
    reason: 'NDOP_NUMBERS_REFUSED',
    because: 'One invalid number voids the whole file: nobody was checked.',
  },
  {
    class: 'empty',
    when: 'nothing but line ends and spaces',
    matches: ({ head, bytes }) => bytes <= headBytes && head.trim() === '',
    action: 'hold',
    reason: 'NDOP_REPLY_EMPTY',
    because: 'Either everybody opted out or something failed; only a person can tell (RULE-NDOP-3).',
  },
  {
    class: 'cleaned-list',
    when: 'every line seen is ten digits with or without a comma behind',
    matches: (facts) => {
      const lines = wholeLines(facts);
      return lines.length > 0 && lines.every((line) => listLine.test(line));
    },
    action: 'answer',
    because: 'The numbers WITHOUT an opt-out; who was asked about and is not in it has opted out.',
  },
  {
    class: 'other-error',
    when: 'a line without a digit',
    matches: (facts) => wholeLines(facts).length > 0 && wholeLines(facts).every((line) => !/\d/.test(line)),
    action: 'hold',
    reason: 'NDOP_REPLY_ERROR',
    because: 'The service says something in words that this version does not know.',
  },
  {
    class: 'unknown',
    when: 'anything else',
    matches: () => true,
    action: 'hold',
    reason: 'NDOP_REPLY_UNKNOWN',
    because: 'What is not understood is not an answer.',
  },
];

/** What a reply is, by the first row that matches. The last row always does. */
export function classifyReply(facts: ReplyFacts): ReplyRow {
  const row = replyRows.find(({ matches }) => matches(facts));
  if (row === undefined) throw new TypeError('the last row of replyRows matches everything');
  return row;
}

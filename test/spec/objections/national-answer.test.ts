import { describe, expect, it } from 'vitest';
import { type AnswerProblem, type JudgedAnswer, judgeAnswer } from '../../../src/objections/national/judge-answer.ts';
import { requestStates } from '../../../src/objections/national/states.ts';

type Case = Partial<JudgedAnswer['counts']> & Partial<Omit<JudgedAnswer, 'counts'>>;

/** An answer about 40 people of whom 10 opted out, a quarter of them, on its way in, but for what is given. */
const judge = ({ state = 'sent', repeated = false, accepted = false, holdAboveShare = 0.25, ...counts }: Case) =>
  judgeAnswer({ state, repeated, accepted, holdAboveShare, counts: { asked: 40, returned: 30, optedOut: 10, foreign: 0, ...counts } });

type Line = readonly [what: string, answer: Case, problem: AnswerProblem | undefined];

const book: Readonly<Record<string, readonly Line[]>> = {
  'RULE-NDOP-2: every number of the reply was asked about, or nothing of it is kept': [
    ['a number that was not asked about', { foreign: 1 }, 'NDOP_REPLY_FOREIGN_NUMBERS'],
    ['one that was not, accepted by a person', { foreign: 1, accepted: true }, 'NDOP_REPLY_FOREIGN_NUMBERS'],
    ['none but numbers that were not', { returned: 0, optedOut: 40, foreign: 40 }, 'NDOP_REPLY_FOREIGN_NUMBERS'],
    ['none that was not', { foreign: 0 }, undefined],
  ],
  'RULE-NDOP-3: an empty reply, and one that is nearly so, waits for a person': [
    ['nobody in the list', { returned: 0, optedOut: 40 }, 'NDOP_REPLY_EMPTY'],
    ['nobody in a list about one person', { asked: 1, returned: 0, optedOut: 1 }, 'NDOP_REPLY_EMPTY'],
    ['nobody in the list, accepted by a person', { returned: 0, optedOut: 40, accepted: true }, undefined],
    ['one person in the list, where fewer than 20 were asked about', { asked: 19, returned: 1, optedOut: 18 }, undefined],
    ['one person more than the share, where 20 were', { asked: 20, returned: 14, optedOut: 6 }, 'NDOP_REPLY_IMPLAUSIBLE'],
    ['exactly the share', { asked: 20, returned: 15, optedOut: 5 }, undefined],
    ['more than the share', { returned: 29, optedOut: 11 }, 'NDOP_REPLY_IMPLAUSIBLE'],
    ['more than the share, accepted by a person', { returned: 29, optedOut: 11, accepted: true }, undefined],
    ['more than a smaller share', { holdAboveShare: 0.2 }, 'NDOP_REPLY_IMPLAUSIBLE'],
    ['everybody in the list', { returned: 40, optedOut: 0 }, undefined],
  ],
  'a reply to a request that waits for none': [
    ['the bytes that were kept', { state: 'answered', repeated: true }, 'again'],
    ['the bytes that were kept, applied since', { state: 'applied', repeated: true }, 'again'],
    ['other bytes', { state: 'answered' }, 'NDOP_NOT_AWAITED'],
    ['other bytes, accepted by a person', { state: 'answered', accepted: true }, 'NDOP_NOT_AWAITED'],
    ['a list after the request was void', { state: 'failed' }, 'NDOP_NOT_AWAITED'],
    ['the same bytes while it still waits, as after a hold', { state: 'held', repeated: true }, undefined],
  ],
};

for (const [rule, lines] of Object.entries(book)) {
  describe(rule, () => {
    it.each(lines)('%s', (_what, answer, problem) => {
      expect(judge(answer)).toBe(problem);
    });
  });
}

it('is kept while the request waits, and in no other state', () => {
  expect(requestStates.filter((state) => judge({ state }) === undefined)).toEqual(['prepared', 'sent', 'receipted', 'held']);
});

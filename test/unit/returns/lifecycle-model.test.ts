import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isFrozen,
  type ReturnStanding,
  refusalsOfAmendment,
  refusalsOfReview,
  refusalsOfSignOff,
  refusalsOfSubmission,
  type SheetStanding,
  stateOf,
  type VersionState,
} from '../../../src/returns/lifecycle/state.ts';

const sheets = ['Cover', 'National Conditions', 'Narrative'] as const;
const people = ['ann', 'bob', 'cat'] as const;
const questions = ['one', 'two'] as const;
type Sheet = (typeof sheets)[number];
type Who = (typeof people)[number];

type Command =
  | {
      readonly do: 'answer';
      readonly sheet: Sheet;
      readonly question: (typeof questions)[number];
      readonly value: string;
      readonly by: Who;
    }
  | { readonly do: 'review'; readonly sheet: Sheet; readonly by: Who }
  | { readonly do: 'own'; readonly sheet: Sheet; readonly by: Who }
  | { readonly do: 'find'; readonly error: boolean }
  | { readonly do: 'acknowledge' | 'sign' | 'submit' | 'amend'; readonly by: Who };

const [sheet, by] = [fc.constantFrom(...sheets), fc.constantFrom(...people)];
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      sheet,
      question: fc.constantFrom(...questions),
      value: fc.constantFrom('', 'a', 'b'),
      by,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('review' as const), sheet, by }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('own' as const), sheet, by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('find' as const), error: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('acknowledge' as const, 'sign' as const, 'submit' as const, 'amend' as const), by }),
  },
);

interface Cell {
  readonly value: string;
  readonly by: Who;
}

/** The return as its tables keep it; what may be done next is asked of the rules alone. */
class Kept {
  version = 1;
  state: VersionState = 'draft';
  cells = new Map<string, Cell>();
  owners = new Map<Sheet, Who>();
  reviews = new Map<Sheet, { answers: string; by: Who }>();
  error = false;
  acknowledged = false;

  answersOf(name: Sheet): string {
    return JSON.stringify(questions.map((question) => this.cells.get(`${name}.${question}`)?.value ?? ''));
  }
  standing(): ReturnStanding {
    const standings = sheets.map((name): SheetStanding => {
      const cells = questions.map((question) => this.cells.get(`${name}.${question}`));
      const answered = cells.filter((cell) => (cell?.value ?? '') !== '').length;
      const review = this.reviews.get(name);
      return {
        ...{ name, answered, total: questions.length, answers: this.answersOf(name), owner: this.owners.get(name) },
        ...{ reviewed: review?.answers, reviewedBy: review?.by, authors: [...new Set(cells.flatMap((cell) => cell?.by ?? []))] },
      };
    });
    return {
      ...{ state: this.state, rehearsal: false, periodOver: true, current: true, unaccepted: [], sheets: standings },
      ...{ answers: sheets.map((name) => this.answersOf(name)).join(), unacknowledged: this.error && !this.acknowledged ? ['RULE'] : [] },
    };
  }
  follow(): void {
    if (!isFrozen(this.state)) this.state = stateOf(this.standing().sheets);
  }
}

/** Does what is asked when the rules allow it. @returns whether they did */
function perform(kept: Kept, asked: Command): boolean {
  const standing = kept.standing();
  const isOneOf = (who: Who) => (all: readonly string[]) => all.includes(who);
  switch (asked.do) {
    case 'answer':
      if (isFrozen(kept.state)) return false;
      kept.cells.set(`${asked.sheet}.${asked.question}`, { value: asked.value, by: asked.by });
      break;
    case 'own':
      kept.owners.set(asked.sheet, asked.by);
      break;
    case 'find':
      if (isFrozen(kept.state)) return false;
      kept.error = asked.error;
      kept.acknowledged = false;
      break;
    case 'acknowledge':
      if (isFrozen(kept.state)) return false;
      kept.acknowledged = true;
      break;
    case 'review': {
      const about = standing.sheets.find(({ name }) => name === asked.sheet) as SheetStanding;
      if (refusalsOfReview(standing, about, asked.by, isOneOf(asked.by)).length > 0) return false;
      kept.reviews.set(asked.sheet, { answers: about.answers, by: asked.by });
      break;
    }
    case 'sign':
      if (refusalsOfSignOff(standing, standing.answers, isOneOf(asked.by)).length > 0) return false;
      kept.state = 'signed-off';
      break;
    case 'submit':
      if (refusalsOfSubmission(kept.state).length > 0) return false;
      kept.state = 'submitted';
      break;
    case 'amend':
      if (refusalsOfAmendment(kept.state).length > 0) return false;
      kept.version += 1;
      kept.state = 'draft';
      kept.reviews.clear();
      kept.acknowledged = false;
  }
  kept.follow();
  return true;
}

/** Everything answered by one, reviewed by the next and, unless people came in between, ready for a third to sign. */
const ready: readonly Command[] = [
  ...sheets.flatMap((name): Command[] => [
    { do: 'own', sheet: name, by: 'bob' },
    ...questions.map((question): Command => ({ do: 'answer', sheet: name, question, value: 'a', by: 'ann' })),
  ]),
  ...sheets.map((name): Command => ({ do: 'review', sheet: name, by: 'bob' })),
];
const some = fc.array(command, { maxLength: 20 });
const run = fc.oneof(
  some,
  fc
    .tuple(some, fc.array(command, { maxLength: 2 }), some)
    .map(([before, between, after]): Command[] => [...before, ...ready, ...between, { do: 'sign', by: 'cat' }, ...after]),
);

it('never signs what was not complete, reviewed by its owners and signed by somebody who answered nothing, whatever people do', () => {
  let signed = 0;
  fc.assert(
    fc.property(run, (commands) => {
      const kept = new Kept();
      // What happened, told again without the rules: the last change and the last review of each sheet, in order.
      const happened: { at: number; asked: Command; owner: Who | undefined }[] = [];
      let frozen: string | undefined;
      for (const [at, asked] of commands.entries()) {
        const before = kept.state;
        const owner = 'sheet' in asked ? kept.owners.get(asked.sheet) : undefined;
        const done = perform(kept, asked);
        if (done) happened.push({ at, asked, owner });
        // Frozen from sign-off on: the answers, and the state but for one step.
        if (isFrozen(before) && asked.do !== 'amend') {
          expect(sheets.map((name) => kept.answersOf(name)).join()).toBe(frozen);
          expect([before, kept.state]).toEqual(asked.do === 'submit' && done ? ['signed-off', 'submitted'] : [before, before]);
        }
        if (asked.do === 'amend' && done) expect(isFrozen(before)).toBe(true);
        if (asked.do !== 'sign' || !done) continue;
        signed += 1;
        frozen = sheets.map((name) => kept.answersOf(name)).join();
        const begun = happened.findLastIndex((one) => one.asked.do === 'amend');
        expect(kept.error && !kept.acknowledged).toBe(false);
        for (const name of sheets) {
          const about = happened.filter(({ asked: one }) => 'sheet' in one && one.sheet === name);
          const review = about.findLast(({ asked: one }) => one.do === 'review');
          expect(review, name).toBeDefined();
          expect(happened.indexOf(review as (typeof happened)[number])).toBeGreaterThan(begun);
          expect((review as { asked: { by: Who } }).asked.by).toBe(review?.owner);
          for (const question of questions) {
            const cell = kept.cells.get(`${name}.${question}`);
            expect(cell?.value).toMatch(/^[ab]$/);
            expect(cell?.by).not.toBe(asked.by);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
  // The run proves nothing when no return was ever signed in it.
  expect(signed).toBeGreaterThan(20);
});

import { flatten, isAbout, type NamedQuarter } from './words.ts';

/** A figure beside the target it is held against, both in the same unit. */
export interface AgainstTarget {
  readonly value: number;
  readonly target: number;
}

/** Whether more or less of a metric is better; where nobody says, `above` and `below` mean nothing. */
export type Better = 'higher' | 'lower';

const number = String.raw`(\d[\d,]*(?:\.\d+)?)\s*(%|per ?cent)?`;
const target = `(?:target|goal|plan|trajectory|ambition)`;
const held = String.raw`(?:against|versus|vs\.?|compared (?:with|to))`;
const article = `(?:a |an |the |our |its )?(?:[a-z-]+ ){0,2}?`;
const valueFirst = new RegExp(`${number},? ${held} ${article}${target}(?: of| is| was|:)? ${number}`, 'gi');
const targetFirst = new RegExp(`${target}(?: of| is| was|:)? ${number}[^.%]{0,60}? (?:is|was|at|achieved|reached) ${number}`, 'gi');

const toNumber = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

/** Where a text goes over to the figures of another time: `…, up from 91 % last quarter`, `… and in Q2 …`. */
const otherFigures =
  /[;()]|(?<!\bvs)[.!?](?=\s|$)|(?:,|\band\b|\bbut\b)\s+(?=(?:(?:in|for|at|during) )?(?:the )?(?:Q[1-4]|last|previous)\b)|,\s+(?=(?:up\b|down\b|from\b|compared (?:with|to) \d))/i;

/**
 * Figures a commentary holds against a target: `93% against a target of 91.7%`.
 * @param quarter the quarter it is about; figures of another one contradict nothing in this
 */
export function figuresAgainstTarget(text: string, quarter?: NamedQuarter): AgainstTarget[] {
  return flatten(text)
    .split(otherFigures)
    .filter((piece) => isAbout(piece, quarter) !== false)
    .flatMap((piece) => {
      const read = (pattern: RegExp, order: (first: number, second: number) => AgainstTarget): AgainstTarget[] =>
        [...piece.matchAll(pattern)].flatMap(([, first, unit, second, otherUnit]) =>
          (unit === undefined) === (otherUnit === undefined) ? [order(toNumber(first), toNumber(second))] : [],
        );
      const found = read(valueFirst, (value, of) => ({ value, target: of }));
      return found.length > 0 ? found : read(targetFirst, (of, value) => ({ value, target: of }));
    });
}

const months = /\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b/;
const sentenceEnd = /(?<!\bvs)[.;!?](?=\s|$)|[()]/;
const clauseEnd = /,(?!\d)|:|[–—]|\s-\s|\b(?:and|but|while|whilst|although|though|yet|after|before|since|because)\b/i;

/** The clauses of a text that are about the quarter: a time holds until the end of its sentence, or until another is named. */
function clausesAbout(text: string, quarter: NamedQuarter | undefined): string[] {
  return flatten(text)
    .split(sentenceEnd)
    .flatMap((sentence) => {
      let about: boolean | undefined;
      return sentence.split(clauseEnd).filter((clause) => {
        about = isAbout(clause, quarter) ?? (months.test(clause) ? false : about);
        return about !== false;
      });
    });
}

const goal = String.raw`(?:the |our |its |this )?(?:\w+ )?(?:target|goal|plan|trajectory)\b`;
const standing = String.raw`\b(?:is|are|was|were|remains?|now|currently|significantly|slightly|well|just|running)`;
const phrase = (pattern: string): RegExp => new RegExp(pattern, 'i');

const missed = [
  phrase(String.raw`\boff[- ](?:target|goal|track|plan|trajectory)\b`),
  phrase(`${standing} (?:behind|short of) ${goal}`),
  phrase(String.raw`\b(?:missing|missed|(?:fails?|failed|failing) to (?:meet|achieve)) ${goal}`),
];
const notMet = phrase(
  String.raw`\b(?:not|cannot|unlikely to)(?: (?!only\b|just\b)\w+)? (?:on (?:track|target)\b|(?:meet|meeting|achieve|achieving|hit|hitting) (?:\w+ )?${goal})`,
);
const met = phrase(
  String.raw`\bon track to (?:meet|achieve|hit) (?:\w+ )?${goal}|\b(?:meets|meeting|exceeds|exceeded|exceeding|achieved) (?:\w+ )?${goal}`,
);
const beyond = { above: phrase(`${standing} above ${goal}`), below: phrase(`${standing} (?:below|under) ${goal}`) };

/** What is denied, feared or wished for was not said to be so. */
const denied = /\b(?:no|not|never|none|nobody|neither|nor|without|hardly|cannot)\b|n't\b/i;
const supposed = /\b(?:if|would|could|may|might|should|unless|risks?|avoid\w*|prevent\w*|rather than|instead of)\b/i;
const wished =
  /\b(?:will|shall|expect\w*|aim\w*|hop(?:e|es|ed|ing)|plan(?:s|ned|ning)? (?:is )?to|inten[dt]\w*|in order|ambition\w*|anticipat\w*|forecast\w*|likely|confident|to be|towards|seek\w*|need\w*|must)\b/i;

/** Does a text say that a target is being missed? Below it is worse only where more is better. */
export function saysMissed(text: string, better?: Better, quarter?: NamedQuarter): boolean {
  const worse = better === undefined ? [] : [beyond[better === 'higher' ? 'below' : 'above']];
  return clausesAbout(text, quarter)
    .filter((clause) => !supposed.test(clause))
    .some((clause) => notMet.test(clause) || (!denied.test(clause) && [...missed, ...worse].some((pattern) => pattern.test(clause))));
}

/** Does a text say that a target is being met? Hoping to meet it is not meeting it. */
export function saysMet(text: string, better?: Better, quarter?: NamedQuarter): boolean {
  const beaten = better === undefined ? [] : [beyond[better === 'higher' ? 'above' : 'below']];
  return (
    !saysMissed(text, better, quarter) &&
    clausesAbout(text, quarter)
      .filter((clause) => ![denied, supposed, wished].some((pattern) => pattern.test(clause)))
      .some((clause) => [met, ...beaten].some((pattern) => pattern.test(clause)))
  );
}

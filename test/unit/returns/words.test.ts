import { describe, expect, it } from 'vitest';
import { figuresAgainstTarget, saysMet, saysMissed } from '../../../src/returns/rules/targets.ts';
import {
  figuresOf,
  isAbout,
  quarterOfPeriod,
  quartersNamed,
  saysNoData,
  saysNothing,
  wordsOnly,
} from '../../../src/returns/rules/words.ts';

describe('reading what people write about a quarter', () => {
  it.each(['', '  ', 'n/a', 'N/A.', 'na', 'nil comment', 'no comment', 'No comments', 'None', 'not applicable', 'Nothing to report', '-'])(
    'says nothing: %j',
    (text) => expect(saysNothing(text)).toBe(true),
  );
  it.each(['No', 'n/a for now', 'No comment was received', 'Nil return from one supplier', '0'])('says something: %j', (text) =>
    expect(saysNothing(text)).toBe(false),
  );

  it.each([
    ['Our current performance for Q1 16/17 is 91.2% against a target of 91.7%.', [{ value: 91.2, target: 91.7 }]],
    ['circa 75% against a target of 86%', [{ value: 75, target: 86 }]],
    ['1,150 versus the plan of 1,100', [{ value: 1150, target: 1100 }]],
    ['90 per cent vs. our local target 92 per cent', [{ value: 90, target: 92 }]],
    ['a target of 86% and performance was 75%', [{ value: 75, target: 86 }]],
    [
      '74% against a target of 80% and 81% against a target of 80%',
      [
        { value: 74, target: 80 },
        { value: 81, target: 80 },
      ],
    ],
    ['1,150 days against a target of 3.5%', []],
    ['1,150 against a target of 3.5%', []],
    ['the target of 86% was set in 2015', []],
    ['nobody gave a figure', []],
  ])('holds figures against targets: %s', (text, expected) => expect(figuresAgainstTarget(text)).toEqual(expected));

  it.each([
    ['Q1 16/17', [[1, 2016]]],
    ['quarter 3 of 2015-16', [[3, 2015]]],
    ['Q4', [[4, 2016]]],
    [
      'Q2 2017/18 and Q3 16/17',
      [
        [2, 2017],
        [3, 2016],
      ],
    ],
    ['Q5 and FAQ1', []],
    ['July 16 - March 17', []],
  ])('knows the quarters in %s', (text, expected) =>
    expect(quartersNamed(text, 2016).map(({ quarter, year }) => [quarter, year])).toEqual(expected),
  );

  it.each([
    ['2016-04-01', 1, 2016],
    ['2016-07-01', 2, 2016],
    ['2016-12-31', 3, 2016],
    ['2017-01-01', 4, 2016],
    ['2017-03-31', 4, 2016],
  ])('%s is in quarter %i of %i', (from, quarter, year) => expect(quarterOfPeriod({ from })).toEqual({ quarter, year }));

  it.each([
    ['93% against a target of 91.7%', 1],
    ['1,204 admissions and 12.5 days', 2],
    ['in 2016/17, for Q2 16/17, after 91 days', 0],
  ])('counts figures, not targets, years and days: %s', (text, expected) => expect(figuresOf(text)).toBe(expected));

  it('compares texts by their words', () => {
    expect(wordsOnly('Both,\n  monitored and MANAGED!')).toBe(wordsOnly('both monitored and managed'));
    expect(wordsOnly('92.5%')).not.toBe(wordsOnly('925%'));
  });

  it.each([
    ['Data will not be available until Sep 17', true],
    ['Numerator and Denominators are not available', true],
    ['The figures are not yet available', true],
    ['Data are available', false],
    ['Data are in. The room is not available', false],
  ])('there are no data: %s', (text, expected) => expect(saysNoData(text)).toBe(expected));

  it.each([
    ['is above target', true, false],
    ['is below target', false, true],
    ['is at target', false, false],
  ])('what %s means depends on whether more is better', (text, whereLess, whereMore) => {
    expect([saysMissed(text, 'lower'), saysMissed(text, 'higher'), saysMissed(text)]).toEqual([whereLess, whereMore, false]);
    expect([saysMet(text, 'higher'), saysMet(text, 'lower'), saysMet(text)]).toEqual([whereLess, whereMore, false]);
  });

  it.each([
    ['off target', true],
    ['not off target', false],
    ['not currently off track', false],
    ['is behind the trajectory', true],
    ['failed to achieve its target', true],
    ['will not meet the full target', true],
    ['cannot meet its target', true],
    ['will meet the target', false],
    ['not meeting people where they are', false],
    ['is not on track', true],
  ])('misses its target: %s', (text, expected) => expect(saysMissed(text)).toBe(expected));

  it.each([
    ['on track to meet the target', true],
    ['exceeded its target', true],
    ['not on track to meet the target', false],
    ['unlikely to meet the target', false],
    ['on track', false],
    ['met with the partners', false],
  ])('meets its target: %s', (text, expected) => expect(saysMet(text)).toBe(expected));

  const second = { quarter: 2, year: 2016 };
  it.each([
    ['In Q1 we fell short', false],
    ['for Q2 16/17', true],
    ['Q2 2015/16', false],
    ['in 2016/17', true],
    ['in 2015/16', false],
    ['last quarter', false],
    ['our current performance for Q1', true],
    ['the wards are full', undefined],
  ])('of quarter 2 of 2016 is: %s', (text, expected) => expect(isAbout(text, second)).toBe(expected));

  it.each([
    ['In Q1 we had 91.2% against a target of 91.7%; in Q2 93% against a target of 91.7%.', [93]],
    ['93% against a target of 91.7% (Q1: 91.2% against a target of 91.7%)', [93]],
    ['In Q1, 91.2% against a target of 91.7% and in Q2 90% against a target of 91.7%', [90]],
    ['90% against a target of 91.7%, down from 91.2% last quarter', [90]],
    ['90% against a target of 91.7%, compared with 91.2% last quarter', [90]],
    ['Last year: 90% against a target of 91.7%', []],
  ])('holds figures of the quarter against targets, and of no other: %s', (text, expected) =>
    expect(figuresAgainstTarget(text, second).map(({ value }) => value)).toEqual(expected),
  );

  // What is denied, feared, wished for, or was so at another time, contradicts nothing.
  it.each([
    'We have missed no target this quarter.',
    'The service has never missed its target.',
    'We have not missed our target.',
    'We missed the target in Q1 but are now above it.',
    'In Q1, for the first time, we missed the target.',
    'After missing its target last year the service recovered.',
    'There is no risk of failing to meet the target.',
    'Without further funding we would not meet the target.',
    'No ward is behind target, and none of the localities is off track.',
    'We are not only on track: the wards are proud of it.',
    'Performance was below target in Q1 2016/17 and is above it now.',
    'Performance is below target in April, as every year.',
  ])('misses no target in quarter 2: %s', (text) => expect(saysMissed(text, 'higher', second)).toBe(false));

  it.each([
    'In Q1 we met the target. In Q2 we missed the target.',
    'Pressure continues and we are behind the plan.',
    'We are not on track, although we were last quarter.',
  ])('misses its target in quarter 2: %s', (text) => expect(saysMissed(text, 'higher', second)).toBe(true));

  it.each([
    'We expect to meet the target by the end of the year.',
    'Our ambition is to exceed the target.',
    'In order to meet the target, a new service begins.',
    'We aim to be on track to meet the target.',
    'In Q1 we exceeded the target.',
    'Nobody is meeting the target.',
  ])('meets no target in quarter 2: %s', (text) => expect(saysMet(text, 'lower', second)).toBe(false));

  it('knows that data of another quarter are none of this', () => {
    expect(saysNoData('The data were not available in Q1. They are now.', second)).toBe(false);
    expect(saysNoData('The data of Q2 are not yet available.', second)).toBe(true);
  });
});

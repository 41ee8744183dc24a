import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowEnd, FlowGroup } from '../../../../src/register/documents/flow-groups.ts';
import {
  aboveStyle,
  headingStyle,
  layOut,
  lineHeight,
  lineStyle,
  padding,
  textHeight,
} from '../../../../src/register/documents/map-layout.ts';
import { textWidth, wrapText } from '../../../../src/register/documents/svg-text.ts';

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const overlap = (a: Rectangle, b: Rectangle): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('Acute hospital services', 'WWWWWWWWWW'.repeat(6), 'Mid and South Essex NHS Foundation Trust', '<b>&"\' ]]>'),
);
const key = fc.constantFrom('gp-practices', 'acute', 'community', 'council', 'linked');
const end = fc.record({
  key,
  name: words,
  setting: fc.constant('gp'),
  organisations: fc.array(fc.record({ ods: fc.constantFrom('A', 'B', 'C', 'D', 'E'), name: words }), { minLength: 1, maxLength: 6 }),
});
const group: fc.Arbitrary<FlowGroup> = fc.record({
  agreement: fc.constant('a'),
  from: end as fc.Arbitrary<FlowEnd>,
  through: fc.array(words, { maxLength: 2 }),
  to: end as fc.Arbitrary<FlowEnd>,
  dataSets: fc.array(fc.record({ feed: fc.constant('f'), title: words, flows: fc.integer({ min: 1, max: 40 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  running: fc.boolean(),
  since: fc.constant(null),
  reasons: fc.array(fc.record({ code: fc.constant('C'), clause: fc.constant('c'), message: words }), { maxLength: 3 }),
  flows: fc.constant(['flow']),
  observed: fc.constant(null),
});

describe('the layout of a flow map', () => {
  it('never lets boxes or labels overlap, or text leave its box, whatever the register says', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 12 }), (groups) => {
        const { width, height, boxes, arrows } = layOut(groups);
        const labels = arrows.map(({ labelX: x, to, y, above, below }) => ({
          ...{ x, y: y - 4 - above.length * lineHeight, width: to - x },
          height: (above.length + below.length) * lineHeight + 10,
        }));
        const all: Rectangle[] = [...boxes, ...labels];
        const faults = all.flatMap((one, index) => [
          ...all.slice(index + 1).filter((other) => overlap(one, other)),
          ...(Math.min(one.x, one.y) < 0 || one.x + one.width > width || one.y + one.height > height ? [one] : []),
        ]);
        expect(faults).toEqual([]);
        for (const box of boxes) {
          expect(textHeight(box.entries)).toBeLessThanOrEqual(box.height - 2 * padding);
          const room = box.width - padding;
          const wide = (line: string): boolean => textWidth(line, lineStyle) > room;
          expect(box.entries.flatMap(({ lines }) => lines.filter(wide))).toEqual([]);
          expect(box.entries.flatMap(({ heading }) => heading.filter((line) => textWidth(line, headingStyle) > room))).toEqual([]);
        }
        for (const { above, below, labelX, to } of arrows) {
          const wide = [
            ...above.filter((line) => textWidth(line, aboveStyle) > to - labelX),
            ...below.filter((line) => textWidth(line, lineStyle) > to - labelX),
          ];
          expect(wide).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is the same for the same flows', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), (groups) => {
        expect(layOut(groups)).toEqual(layOut(structuredClone(groups)));
      }),
      { numRuns: 20 },
    );
  });
});

describe('lines of text', () => {
  it('break at spaces, cut a word that is too long, and say when something is left out', () => {
    const style = { size: 10 };
    expect(wrapText('one two  three', 50, style, 5)).toEqual(['one two', 'three']);
    expect(wrapText('WWWWWWWW', 31, style, 5)).toEqual(['WWW', 'WWW', 'WW']);
    expect(wrapText('one two three four', 50, style, 2)).toEqual(['one two', 'three …']);
    expect(wrapText('', 42, style, 2)).toEqual([]);
    expect(wrapText('a\u0000b\ud800', 100, style, 2)).toEqual(['a\ufffdb\ufffd']);
  });
});

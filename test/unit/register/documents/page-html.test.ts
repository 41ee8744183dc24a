import { describe, expect, it } from 'vitest';
import { codeWords } from '../../../../src/register/documents/code-words.ts';
import { type Cell, table } from '../../../../src/register/documents/page.ts';
import { pageHtml } from '../../../../src/register/documents/page-html.ts';
import { pageMarkdown } from '../../../../src/register/documents/page-markdown.ts';

const pageOf = (...cells: readonly Cell[]) => ({
  title: 'A page',
  intro: [],
  sections: [
    {
      id: 'a.section',
      heading: 'One',
      blocks: [
        table(
          'Cells',
          cells.map((_, column) => `Column ${column}`),
          [cells],
          'None',
        ),
      ],
    },
  ],
});

describe('a cell of a page', () => {
  it.each([
    ['am.sharing.gp.hospital', 'am.<wbr/>sharing.<wbr/>gp.<wbr/>hospital'],
    ['OPEN_API_NOT_LIVE', 'OPEN_<wbr/>API_<wbr/>NOT_<wbr/>LIVE'],
    ['One sentence. Another.', 'One sentence. Another.'],
    ['reg. 5 & art. 6', 'reg. 5 &amp; art. 6'],
  ])('%j may be broken where an id has a joint, and nowhere in a word', (text, written) => {
    expect(pageHtml(pageOf(text))).toContain(`<th scope="row">${written}</th>`);
  });

  it('can lead somewhere, among lines that do not, on the page and in Markdown', () => {
    const page = pageOf('First', [{ href: 'other.html#x.y', text: 'x.y' }, 'and 3 more']);
    expect(pageHtml(page)).toContain('<ul><li><a href="other.html#x.y">x.<wbr/>y</a></li><li>and 3 more</li></ul>');
    expect(pageMarkdown(page)).toContain('[x.y](other.html#x.y)<br>and 3 more');
  });

  it('stands in a section that a link can name', () => {
    expect(pageHtml(pageOf('First'))).toContain('<section id="a.section">');
  });
});

it.each([
  ['NHS_NUMBER_ABSENT', 'NHS number absent'],
  ['OBJECTION_NDOP', 'national data opt-out'],
  ['OBJECTION_OF_A_NEW_KIND', 'objection of a new kind'],
])('the code %s is said as %s', (code, words) => {
  expect(codeWords(code)).toBe(words);
});

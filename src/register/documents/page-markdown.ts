import type { Block, Cell, Link, Page, Section } from './page.ts';

/** The page as GitHub-flavoured Markdown, to paste into a form or to compare with last year's. Drawings are left out: the tables say the same. */
export function pageMarkdown(page: Page): string {
  const parts = [`# ${plain(page.title)}`, ...page.intro.map(plain), ...page.sections.flatMap((section) => sectionLines(section, 2))];
  return `${parts.join('\n\n')}\n`;
}

function sectionLines({ heading, blocks, sections = [] }: Section, level: number): string[] {
  const own = [`${'#'.repeat(level)} ${plain(heading)}`, ...blocks.map(blockText).filter((text) => text !== '')];
  return [...own, ...sections.flatMap((section) => sectionLines(section, level + 1))];
}

/** Register text is text: no markup or HTML of it comes to life. */
const plain = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#~&]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, ' ');

const lineText = (line: string | Link): string => (typeof line === 'string' ? plain(line) : `[${plain(line.text)}](${line.href})`);

const inline = (cell: Cell): string => (typeof cell === 'string' ? plain(cell) : cell.map(lineText).join('<br>'));

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return plain(block.text);
    case 'list':
      return block.items.map((item) => `- ${plain(item)}`).join('\n');
    case 'facts':
      return block.facts.map(([term, value]) => `- **${plain(term)}**: ${inline(value)}`).join('\n');
    case 'gap':
      return `> **To be completed by ${plain(block.who)}:** ${plain(block.what)}`;
    case 'picture':
      return '';
    case 'links':
      return block.links.map(({ href, text }) => `- [${plain(text)}](${href})`).join('\n');
    case 'table':
      if (block.rows.length === 0) return plain(block.none);
      return [
        `**${plain(block.caption)}**\n`,
        line(block.head.map(plain)),
        line(block.head.map(() => '---')),
        ...block.rows.map((row) => line(row.map(inline))),
      ].join('\n');
  }
}

import { Html, html } from '../../shared/html.ts';
import type { Block, Cell, Link, Page, Section } from './page.ts';
import { documentStyle } from './page-style.ts';
import { sentence } from './words.ts';

/** The page as HTML to read, print and send: it loads nothing and runs nothing. */
export function pageHtml(page: Page): string {
  return html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<style>${new Html(documentStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p>Linked data for health and social care</p></header>
<main id="main">
<h1>${page.title}</h1>
${page.intro.map((words) => html`<p>${words}</p>\n`)}
${page.sections.map((section) => sectionHtml(section, 2))}
</main>
</body>
</html>
`.text;
}

function sectionHtml({ id, heading, blocks, sections = [] }: Section, level: number): Html {
  const tag = new Html(`h${level}`);
  return html`<section${id === undefined ? '' : html` id="${id}"`}>
<${tag}>${heading}</${tag}>
${blocks.map(blockHtml)}
${sections.map((section) => sectionHtml(section, level + 1))}</section>
`;
}

/** Ids and codes are one long word to a browser: they may be broken after their dots and underscores, and nowhere else. */
const breakable = (text: string): Html =>
  html`${text.split(/(?<=\w[._])(?=\w)/).map((part, index) => html`${index === 0 ? '' : wordBreak}${part}`)}`;
const wordBreak = new Html('<wbr/>');

const lineHtml = (line: string | Link): Html =>
  typeof line === 'string' ? breakable(line) : html`<a href="${line.href}">${breakable(line.text)}</a>`;

const items = (lines: readonly (string | Link)[]): Html => html`<ul>${lines.map((line) => html`<li>${lineHtml(line)}</li>`)}</ul>`;

const cellHtml = (cell: Cell): Html => {
  if (typeof cell === 'string') return breakable(cell);
  return cell.length === 1 ? lineHtml(cell[0] ?? '') : items(cell);
};

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'text':
      return html`<p>${block.text}</p>\n`;
    case 'list':
      return html`${items(block.items)}\n`;
    case 'facts':
      return html`<dl>${block.facts.map(([term, value]) => html`<dt>${term}</dt><dd>${cellHtml(value)}</dd>\n`)}</dl>\n`;
    case 'gap':
      return html`<p class="gap"><strong>To be completed by ${block.who}</strong> ${sentence(block.what)}</p>\n`;
    case 'picture':
      return html`<figure class="wide" tabindex="0" role="region" aria-label="${block.label}">${block.svg}</figure>\n`;
    case 'links':
      return html`<ul>${block.links.map(({ href, text }) => html`<li><a href="${href}">${text}</a></li>\n`)}</ul>\n`;
    case 'table':
      return block.rows.length === 0 ? html`<p>${block.none}</p>\n` : tableHtml(block);
  }
}

const tableHtml = ({
  caption,
  head,
  rows,
}: Extract<Block, { kind: 'table' }>): Html => html`<div class="wide" tabindex="0" role="region" aria-label="${caption}">
<table><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
  ([first = '', ...others]) =>
    html`<tr><th scope="row">${cellHtml(first)}</th>${others.map((cell) => html`<td>${cellHtml(cell)}</td>`)}</tr>\n`,
)}</tbody></table></div>
`;

import { pageStyle } from '../../shared/page-style.ts';

/** The pages of the gateway, and what a paper of a board needs: the NHS design system's colours, A4, no answer cut in two. */
export const boardPaperStyle = `${pageStyle}
main { max-width: 70rem; }
header p { max-width: 70rem; }
table { font-size: 1rem; margin: 1rem 0 2rem; }
tbody th { font-weight: normal; }
table.answers tbody th { width: 45%; }
table.some tbody th { width: 34%; }
table.many { min-width: 44rem; }
table.many tbody th { width: 24%; }
table.many th, table.many td { padding-right: 0.5rem; overflow-wrap: break-word; }
table.matrix { table-layout: fixed; min-width: 44rem; }
table.matrix th, table.matrix td { padding-right: 0.5rem; hyphens: none; overflow-wrap: normal; }
tbody th, td { overflow-wrap: break-word; }
.long { white-space: pre-line; }
.inset { border-left: 8px solid #005eb8; background: #f0f4f5; padding: 0.75rem 1rem; margin: 1.5rem 0; }
.warning { border: 4px solid #ffb81c; padding: 0.75rem 1rem; margin: 1.5rem 0; font-weight: bold; }
.tag { display: inline-block; padding: 0 0.5rem; border: 1px solid currentColor; font-weight: bold; white-space: nowrap; }
.tag.yes { background: #cce5d8; color: #00401e; }
.tag.no, .tag.error { background: #f7d4d1; color: #6b130d; }
.tag.warning-tag { background: #ffedca; color: #4d3700; }
.tag.information { background: #cce0f1; color: #002f5c; }
.secondary { color: #425563; font-size: 0.9375rem; }
figure { margin: 1rem 0; }
figure svg { width: 100%; max-width: 52rem; height: auto; display: block; }
figcaption { font-weight: bold; margin-bottom: 0.5rem; }
.key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; font-size: 1rem; }
.sign { display: inline-block; width: 1.75rem; height: 1.5rem; line-height: 1.5rem; text-align: center; font-weight: bold; border: 1px solid #4c6272; vertical-align: top; }
.sign.open-api { background: #003087; color: #fff; }
.sign.interim { background: #aed6f1; }
.sign.no-data { background: repeating-linear-gradient(45deg, #b89b2f 0 2px, #fff3c4 2px 8px); }
.sign.unanswered { background: #d8dde0; }
@page { size: A4; margin: 15mm; }
@media print {
  :root, body { font-size: 10pt; }
  body { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header { background: none; color: #005eb8; border-bottom: 2px solid #005eb8; padding: 0 0 4mm; }
  .skip { display: none; }
  main { max-width: none; padding: 0; }
  h1 { font-size: 18pt; }
  h2 { font-size: 14pt; }
  h2, h3, caption, figcaption { break-after: avoid; }
  table { font-size: 9pt; }
  thead { display: table-header-group; break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  tr, figure, .inset, .warning { break-inside: avoid; }
  tr.long-row { break-inside: auto; }
  .wide { overflow: visible; }
  table.matrix, table.many { min-width: 0; font-size: 8pt; }
  figure svg { max-width: 150mm; }
}
`;

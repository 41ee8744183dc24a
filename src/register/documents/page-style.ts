import { pageStyle } from '../../shared/page-style.ts';

/** The pages of the gateway, and what a document needs on paper and for what is still to be written. */
export const documentStyle = `${pageStyle}
main { max-width: 75rem; }
header p { max-width: 75rem; }
h4 { font-size: 1.0625rem; margin-bottom: 0.25rem; }
table { font-size: 1rem; margin: 1rem 0 2rem; }
td ul, th ul, dd ul { margin: 0; padding-left: 1.1rem; }
tbody th, td { overflow-wrap: break-word; min-width: 6rem; }
.gap { border-left: 8px solid #005eb8; background: #f0f4f5; padding: 0.75rem 1rem; }
.gap strong { display: block; }
figure { margin: 1rem 0; }
figure svg { width: 100%; min-width: 52rem; height: auto; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root { font-size: 10pt; }
  body { font-size: 10pt; }
  header, .skip { display: none; }
  main { max-width: none; padding: 0; }
  table { font-size: 8.5pt; }
  h2, h3, h4 { break-after: avoid; }
  tr, .gap { break-inside: avoid; }
  .wide { overflow: visible; }
  tbody th, td { overflow-wrap: anywhere; min-width: 0; }
  figure svg { min-width: 0; }
  .gap { background: none; }
}
`;

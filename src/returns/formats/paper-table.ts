import { type Html, html } from '../../shared/html.ts';

/** A table of a board paper; `rows` are finished, and as wide as `head`. @param shape class that sets the widths of its columns */
export const paperTable = (caption: string, head: readonly string[], rows: readonly Html[], shape = 'answers'): Html =>
  html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table class="${shape}"><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
`;

import { Html, html } from '../../shared/html.ts';
import type { Return } from '../return.ts';
import { digestOf } from '../save.ts';
import type { ReturnTemplate } from '../template.ts';
import { completenessSection, dayInWords, findingsSection, inWords, provenanceSection, sharingSection } from './board-paper-parts.ts';
import { answersSections } from './board-paper-sheets.ts';
import { boardPaperStyle } from './board-paper-style.ts';

const stateWords: Readonly<Record<Return['state'], string>> = {
  draft: 'Draft: nobody has reviewed it yet',
  reviewed: 'Reviewed, and not yet signed off',
  'signed-off': 'Signed off on behalf of the Health and Wellbeing Board',
  submitted: 'Signed off and submitted',
};

/**
 * A return as a paper for a board: to read on a screen, with a screen reader, or printed as PDF. It loads nothing and runs
 * nothing. Contacts stay out of it, because board papers are public.
 */
export function boardPaper(document: Return, template: ReturnTemplate): string {
  const title = `${document.title}: ${document.placeName}`;
  return html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(boardPaperStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p>${document.placeName} Health and Wellbeing Board</p></header>
<main id="main">
<h1>${title}</h1>
${document.note === null ? html`` : html`<p class="warning">${document.note}</p>\n`}<div class="inset"><p>${stateWords[document.state]}. Made on ${dayInWords(document.builtOn)}, for ${inWords(document.period)}.</p></div>
${completenessSection(document, template)}${findingsSection(document.findings)}${sharingSection(document)}${answersSections(document, template)}${provenanceSection(document, digestOf(document).toString('hex'))}</main>
</body>
</html>
`.text;
}

import { Html, html } from '../shared/html.ts';
import { pageStyle } from '../shared/page-style.ts';
import type { HeldFlow, HeldProject, SubjectAccessAnswer } from './answer.ts';
import { sayBasis, sayCode, sayDate, sayMonths, sayName, sayPounds, sayPurpose, sayValue } from './say.ts';

type Shown = string | number | readonly string[];

const items = (lines: readonly string[]): Html => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
const shown = (value: Shown): Html =>
  typeof value === 'object' ? (value.length > 1 ? items(value) : html`${value[0] ?? 'none'}`) : html`${value}`;

const list = (pairs: readonly (readonly [string, Shown])[]): Html =>
  html`<dl>${pairs.map(([term, value]) => html`<dt>${term}</dt><dd>${shown(value)}</dd>\n`)}</dl>`;

/** Everything of a row that is recorded, in words. */
const recorded = (record: Readonly<Record<string, unknown>>): (readonly [string, string])[] =>
  Object.entries(record)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [sayName(name), sayValue(value, name)]);

/** The first cell of a row is its header. */
function table(caption: string, head: readonly string[], rows: readonly (readonly Shown[])[]): Html {
  if (rows.length === 0) return html`<p>${caption}: none.</p>`;
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}">
<table><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([first = '', ...others]) =>
      html`<tr><th scope="row">${shown(first)}</th>${others.map((cell) => html`<td>${shown(cell)}</td>`)}</tr>\n`,
  )}</tbody></table></div>`;
}

const agreementFacts = ({ sender, agreement }: HeldFlow): Html =>
  agreement === undefined
    ? html`<p>This flow is no longer in the register. Ask the information governance lead why these records are still held.</p>`
    : list([
        ['Sent by', sender ?? 'not recorded'],
        ['Agreement', `${agreement.title}, until ${sayDate(agreement.validTo)}`],
        [
          'Legal basis',
          `${sayBasis(agreement.legalBasis.kind)}, ${sayName(agreement.legalBasis.state).toLowerCase()}: ${agreement.legalBasis.clause}${agreement.legalBasis.reference === undefined ? '' : `, ${agreement.legalBasis.reference}`}`,
        ],
        ['Used for', agreement.purposes.map(sayPurpose)],
        ['Responsible (controllers)', agreement.controllers],
        ['Working for them (processors)', agreement.processors],
        ['Kept for', sayMonths(agreement.retentionMonths)],
      ]);

const columns = ['From', 'To', 'What', 'Provider', 'Codes', 'Cost', 'More'];

/** What one flow said, under the agreement it runs under; a column in which nothing is recorded is left out. */
function flowSection(flow: HeldFlow): Html {
  const { title, setting, sighting, events } = flow;
  const said = recorded(sighting ?? {});
  const rows = events.map((event): Shown[] => [
    event.from === null ? 'no date' : sayDate(event.from),
    event.to === null ? '' : sayDate(event.to),
    sayName(event.kind),
    event.provider ?? '',
    event.codes.length === 0 ? '' : event.codes.map(sayCode),
    event.costPence === null ? '' : sayPounds(event.costPence),
    event.attributes === null ? '' : recorded(event.attributes).map(([name, value]) => `${name}: ${value}`),
  ]);
  const isTold = columns.map((_, column) => rows.some((row) => column === 0 || row[column] !== ''));
  const told = <One>(all: readonly One[]): One[] => all.filter((_, column) => isTold[column]);
  return html`<section><h3>${title} (${sayName(setting)})</h3>
${agreementFacts(flow)}${said.length === 0 ? '' : html`<h4>What it said about you</h4>\n${list(said)}`}
${table(`Records: ${title}`, told(columns), rows.map(told))}</section>
`;
}

const style = `${pageStyle}
main, header p { max-width: 70rem; }
h4 { font-size: 1.0625rem; margin-bottom: 0.25rem; }
table { font-size: 1rem; margin: 1rem 0 2rem; }
tbody th, td { overflow-wrap: break-word; min-width: 5rem; }
td:last-child { min-width: 12rem; }
td ul, dd ul { margin: 0; padding-left: 1.1rem; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root, body { font-size: 10pt; }
  header, .skip { display: none; }
  main { max-width: none; padding: 0; }
  table { font-size: 8.5pt; }
  h2, h3, h4 { break-after: avoid; }
  tr { break-inside: avoid; }
  .wide { overflow: visible; }
}
`;

const objectionRows = (answer: SubjectAccessAnswer): Shown[][] =>
  answer.objections.map((one) => [
    sayName(String(one.kind)),
    sayValue(one.setOn),
    one.withdrawnOn == null ? 'in force' : sayValue(one.withdrawnOn),
    sayValue(one.source),
    one.about == null ? 'everything' : sayName(String(one.about)),
    one.decidedBy == null ? 'you' : sayValue(one.decidedBy),
  ]);

const checkRows = (answer: SubjectAccessAnswer): Shown[][] =>
  answer.nationalChecks.map((check) => [
    sayValue(check.request),
    sayPurpose(String(check.purpose)),
    sayValue(check.approval),
    sayValue(check.askedOn),
    check.answeredOn == null ? 'not yet' : sayValue(check.answeredOn),
    check.optedOut === null ? 'not known yet' : check.optedOut === true ? 'yes' : 'no',
  ]);

const projectRow = ({ title, project, organisation, purposes, licenceUntil }: HeldProject, sees: string): Shown[] => [
  title ?? project,
  organisation ?? 'not recorded',
  purposes.map(sayPurpose),
  licenceUntil === null ? 'not recorded' : sayDate(licenceUntil),
  sees,
];

function identity(answer: SubjectAccessAnswer): Html {
  if (answer.person === null && answer.flows.length === 0) return html`<p>No record about you is held here.</p>`;
  const numbers = answer.identity.map(({ nhsNumber }) => nhsNumber).join(', ') || 'not kept';
  return html`<p>NHS number: ${numbers}</p>\n${list(recorded(answer.person ?? {}))}`;
}

/** The answer in plain English, to be printed or read with a screen reader; it loads nothing and runs nothing. Its JSON holds the codes as they are held. */
export function answerPage(answer: SubjectAccessAnswer): string {
  return html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What is held about you: ${answer.placeName}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p>Linked data for health and social care</p></header>
<main id="main">
<h1>What is held about you</h1>
<p>${answer.placeName}. Answered on ${sayDate(answer.answeredOn)} by ${answer.decidedBy}, request ${answer.request}.</p>
<p>How you were identified, and why this is answered: ${answer.decision}</p>
<h2>Who you are</h2>
${identity(answer)}
<h2>Records, by where they came from</h2>
${answer.flows.length === 0 ? html`<p>None.</p>` : answer.flows.map(flowSection)}
<h2>Objections and opt-outs</h2>
${table('Objections recorded', ['What', 'Set on', 'Withdrawn on', 'Source', 'About', 'Decided by'], objectionRows(answer))}
${table('Checks for a national data opt-out', ['Request', 'For', 'Approval', 'Asked on', 'Answered on', 'You have opted out'], checkRows(answer))}
<h2>How records were joined</h2>
${list([
  ['Confidence that the records are yours', sayValue(answer.linkage.grade)],
  ['Doubts', answer.linkage.doubts],
  ['NHS numbers known', answer.linkage.numbers],
  ['Numbers merged', answer.linkage.merges],
])}
<h2>Calculated from the records</h2>
${answer.summary === null ? html`<p>No counts were made.</p>` : list(recorded(answer.summary))}
${table(
  'Scores',
  ['Model', 'Version', 'For', 'As of', 'Score', 'Band', 'Tier', 'Why'],
  answer.scores.map((s) => [
    s.model === 'hfrs' ? 'Hospital Frailty Risk Score' : sayName(s.model),
    ...[s.version, sayPurpose(s.purpose), sayDate(s.indexDate), s.score, s.band, s.tier],
    s.reasons.join(', ') || 'none',
  ]),
)}
<h2>Who can see records about you, under another name</h2>
${table(
  'Licensed projects',
  ['Project', 'Organisation', 'For', 'Until', 'Sees you now'],
  [...answer.projects.map((p) => projectRow(p, 'Yes')), ...answer.projectsBefore.map((p) => projectRow(p, 'No: taken out'))],
)}
<h2>Who looked</h2>
${table(
  'Entries of the log about you',
  ['When', 'What', 'Who', 'Project', 'Purpose'],
  answer.looked.map((l) => [
    ...[sayDate(l.at), sayName(l.what), l.who, l.project ?? 'none', l.purpose === null ? 'not recorded' : sayPurpose(l.purpose)],
  ]),
)}
<h2>What you should know</h2>
${items(answer.notes)}
</main>
</body>
</html>
`.text;
}

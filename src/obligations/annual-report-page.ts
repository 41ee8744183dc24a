import { codeWords, objectionWords } from '../register/documents/code-words.ts';
import { basisWords, longDate, purposeWords } from '../register/documents/words.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { AnnualReport, Protected } from './annual-report.ts';

const escapeHtml = (text: string | number | boolean | null): string =>
  String(text ?? 'none').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

type Cell = string | number | null;

/** A day as people write it; any other text as it is. */
const date = (text: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? longDate(text as LocalDate) : text);
const words = (dictionary: Readonly<Record<string, string>>, id: string): string => dictionary[id] ?? id.replaceAll('-', ' ');

function table(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[], none: string): string {
  if (rows.length === 0) return `<p>${escapeHtml(none)}</p>`;
  const shown = (cell: Cell | undefined): string =>
    escapeHtml(typeof cell === 'number' ? cell.toLocaleString('en-GB') : date(cell ?? 'none'));
  const line = ([first, ...cells]: readonly Cell[]): string =>
    `<tr><th scope="row">${shown(first)}</th>${cells.map((cell) => `<td>${shown(cell)}</td>`).join('')}</tr>`;
  return `<table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${head.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join('')}</tr></thead>
<tbody>${rows.map(line).join('\n')}</tbody></table>`;
}

const reasons = (counts: Readonly<Record<string, Protected>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${codeWords(reason)}: ${count}`)
    .join('; ') || 'none';

const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

const style = `body{font:16px/1.5 Arial,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#212b32}
table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}caption{text-align:left;font-weight:bold;margin-bottom:.5rem}
tbody th{font-weight:normal}th,td{border-bottom:1px solid #aeb7bd;padding:.4rem;text-align:left;vertical-align:top}dt{font-weight:bold}dd{margin:0 0 .5rem}
@media print{body{margin:0;max-width:none;font-size:11pt}tr{break-inside:avoid}}`;

/** The report as a page to print and send, in plain English; it loads nothing and runs nothing. */
export function annualReportPage(report: AnnualReport): string {
  const { agreement, place, legalBasis, year } = report;
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Annual report ${year}: ${escapeHtml(agreement.title)}</title><style>${style}</style></head><body><main>
<h1>Annual report ${year}</h1>
<p>${escapeHtml(agreement.title)}, ${escapeHtml(place.name)}. Made on ${escapeHtml(date(report.madeOn))} from version ${report.registerVersion} of the register and from the audit log.</p>
<p>Counts of people and of their records are protected: 1 to 7 is shown as *, and every other number is rounded to the nearest 5.</p>
<h2>What the data are used for</h2>
<dl>
<dt>State of the agreement</dt><dd>${escapeHtml(report.standing.replaceAll('-', ' '))}, ${escapeHtml(date(agreement.from))} to ${escapeHtml(date(agreement.to))}</dd>
<dt>Purposes</dt><dd>${escapeHtml(list(report.purposes.map((purpose) => words(purposeWords, purpose))))}</dd>
<dt>Legal basis</dt><dd>${escapeHtml(words(basisWords, legalBasis.kind))}${legalBasis.reference === null ? '' : `, ${escapeHtml(legalBasis.reference)}`}${legalBasis.until === null ? '' : `, until ${escapeHtml(date(legalBasis.until))}`}</dd>
<dt>Who decides (controllers)</dt><dd>${escapeHtml(list(report.controllers))}</dd>
<dt>Who works for them (processors)</dt><dd>${escapeHtml(list(report.processors))}</dd>
</dl>
<h2>What was received</h2>
${table(
  'Flows of the year',
  ['Flow', 'Sender', 'Deliveries', 'Refused', 'Records received', 'Landed or changed', 'Removed', 'Withheld', 'Put aside as faulty'],
  report.flows.map((one) => [
    one.title,
    one.sender,
    one.deliveries,
    one.refused,
    one.received,
    one.landed,
    one.removed,
    reasons(one.withheld),
    reasons(one.quarantined),
  ]),
  'This agreement has no flows.',
)}
<h2>Objections</h2>
<p>Nobody has to say why they object. No objection is not consent.</p>
${table(
  'People who object',
  ['Kind', 'In force at the end of the period', 'Set in the year', 'Withdrawn in the year', 'In force in the whole gateway'],
  report.objections.map(({ kind, inForce, set, withdrawn, wholeGateway }) => [objectionWords(kind), inForce, set, withdrawn, wholeGateway]),
  'No objections are recorded.',
)}
<h2>What changed</h2>
${table(
  'Changes of the register of this place',
  ['On', 'By', 'What changed'],
  report.changes.map(({ on, by, words }) => [on, by, words.join('; ') || 'nothing in words']),
  'Nothing changed.',
)}
${table(
  'Notices of change (condition 9)',
  ['Notice', 'Due', 'State'],
  report.notices.map(({ title, due, state }) => [title, due, state]),
  'No change needed a notice.',
)}
<h2>Breaches</h2>
${table(
  'Breaches discovered in the year',
  ['Number', 'Discovered', 'People', 'Identifiable', 'Risk', 'State', 'What was done'],
  report.breaches.map((one) => [
    one.no,
    one.discovered,
    one.persons,
    one.identifiable ? 'yes' : 'no',
    one.risk.replaceAll('-', ' '),
    one.state,
    list(one.done),
  ]),
  'No breach was recorded.',
)}
<h2>What had to be done</h2>
${table(
  'Tasks due in the year, training included',
  ['Task', 'Clause', 'Due', 'State'],
  report.obligations.map(({ title, clause, due, state }) => [title, clause, due, state.replaceAll('-', ' ')]),
  'Nothing was due.',
)}
${table(
  'Data security assessments of controllers and processors',
  ['Organisation', 'Newest status', 'Until'],
  report.assurance.map(({ organisation, status, until }) => [organisation, status.replaceAll('-', ' '), until]),
  'None is recorded.',
)}
<h2>What was destroyed</h2>
${table(
  'Certified destructions',
  ['Certificate', 'On', 'Because of', 'Keys destroyed'],
  report.destruction.map(({ id, on, reason, keys }) => [id, on, reason, keys]),
  'Nothing was destroyed.',
)}
<h2>Who had access</h2>
${table(
  'Decisions on what staff asked to do in this place',
  ['Role', 'Action', 'Staff', 'Allowed', 'Refused'],
  report.access.map(({ role, action, people, allowed, refused }) => [role, action, people, allowed, refused]),
  'Nobody asked.',
)}
</main></body></html>
`;
}

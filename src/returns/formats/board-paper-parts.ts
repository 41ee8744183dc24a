import { type Html, html } from '../../shared/html.ts';
import { matrixSettings } from '../../shared/settings.ts';
import { checklistOf } from '../checklist.ts';
import { printAnswer } from '../print.ts';
import { type Question, questionsOf } from '../question.ts';
import { type AnsweredQuestion, answersOf, type Finding, type Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { normalAnswer } from '../workbook/written-cell.ts';
import { matrixOf, matrixStates, settingNames } from './matrix-state.ts';
import { matrixKey, matrixSvg } from './matrix-svg.ts';

/** Contacts are for the national team. A board paper is public, and needs none of them. */
const contacts: ReadonlySet<string> = new Set(['cover.completed-by', 'cover.email', 'cover.contact-number']);

const table = (caption: string, head: readonly string[], rows: readonly Html[]): Html =>
  html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
`;

/** Sections in printed order, and whether each may be sent. */
export function completenessSection(document: Return, template: ReturnTemplate): Html {
  const rows = checklistOf(document, template).map(({ sheet, answered, total, complete }) => {
    const tag = complete ? html`<span class="tag yes">Yes</span>` : html`<span class="tag no">No</span>`;
    return html`<tr><th scope="row">${sheet}</th><td>${answered} of ${total}</td><td>${tag}</td></tr>\n`;
  });
  return html`<section><h2>Is it complete?</h2>
${table('Questions answered, by section', ['Section', 'Answered', 'Complete'], rows)}</section>
`;
}

const severityNames = { error: 'Contradiction', warning: 'To check', information: 'To know' } as const;
const severityTags = { error: 'error', warning: 'warning-tag', information: 'information' } as const;

/** Every finding, worst first, with what to do; the questions of each are named in the return itself. */
export function findingsSection(findings: readonly Finding[]): Html {
  if (findings.length === 0)
    return html`<section><h2>What needs attention</h2><p>The checks found nothing that contradicts itself.</p></section>\n`;
  const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
  const said = (['error', 'warning', 'information'] as const).flatMap((severity) =>
    count(severity) === 0 ? [] : [`${severityNames[severity].toLowerCase()}: ${count(severity)}`],
  );
  const rows = findings.map(
    ({ severity, message, remedy, rule, questions }) =>
      html`<tr><th scope="row"><span class="tag ${severityTags[severity]}">${severityNames[severity]}</span> ${message} <span class="secondary">(${rule}, ${questions.length} ${questions.length === 1 ? 'answer' : 'answers'})</span></th><td>${remedy}</td></tr>\n`,
  );
  return html`<section><h2>What needs attention</h2>
<p>The gateway checks every answer against the others and against what it observed. By kind: ${said.join('; ')}.</p>
${table('Findings, worst first', ['What was found', 'What to do'], rows)}</section>
`;
}

/** The six by six matrix: drawn, and behind the drawing the same as a table. Empty for a template that does not ask. */
export function sharingSection(document: Return): Html {
  const matrix = matrixOf(document);
  if (matrix === undefined) return html``;
  const title = `How information about people who use services is shared digitally, ${document.period.from} to ${document.period.to}`;
  const all = matrix.flat();
  const shared = all.filter(({ state }) => state === 'open-api' || state === 'interim').length;
  const rows = matrix.map(
    (cells, row) =>
      html`<tr><th scope="row">From ${settingNames[matrixSettings[row] ?? 'gp']}</th>${cells.map(({ state }) => html`<td>${matrixStates[state].words}</td>`)}</tr>\n`,
  );
  return html`<section><h2>Who shares with whom</h2>
<p>${shared} of ${all.length} ways between settings share information digitally. A thick frame marks sharing within one setting.</p>
<figure><figcaption>${title}</figcaption>${matrixSvg(matrix, title)}${matrixKey()}</figure>
${table('The same in words', ['From', ...matrixSettings.map((setting) => `To ${settingNames[setting]}`)], rows)}</section>
`;
}

const origins = { observed: 'Observed', declared: 'Declared', 'carried forward': 'Carried forward, to be confirmed' } as const;

function answerRow(question: Question, cell: AnsweredQuestion | undefined): Html {
  const answer = normalAnswer(question.input, cell?.answer ?? null);
  const shown = contacts.has(question.id)
    ? html`<span class="secondary">Left out of this public paper</span>`
    : answer === null
      ? html`<span class="secondary">Not answered</span>`
      : html`<span class="long">${printAnswer(question.input, answer)}</span>`;
  const origin = cell?.provenance == null ? '' : origins[cell.provenance];
  const long = typeof answer === 'string' && answer.length > 600 ? html` class="long-row"` : html``;
  return html`<tr${long}><th scope="row">${question.text}</th><td>${shown}</td><td>${origin}</td></tr>\n`;
}

/** Every question of every sheet with its answer; the matrix, which has its own section, is not told twice. */
export function answersSections(document: Return, template: ReturnTemplate): Html {
  const cells = answersOf(document);
  const drawn = matrixOf(document) !== undefined;
  const questions = questionsOf(template).filter(({ id }) => !(drawn && id.startsWith('am.sharing.')));
  const sections = template.sheetsPrinted.map(({ name }) => {
    const rows = questions.filter(({ sheet }) => sheet === name).map((question) => answerRow(question, cells.get(question.id)));
    return rows.length === 0 ? html`` : html`<h3>${name}</h3>\n${table(name, ['Question', 'Answer', 'Where from'], rows)}`;
  });
  return html`<section><h2>The answers</h2>
${sections}</section>
`;
}

/** Where the answers come from, and how anybody can check. */
export function provenanceSection(document: Return, sha256: string): Html {
  const cells = [...answersOf(document).values()];
  const by = (provenance: string): number => cells.filter((cell) => cell.provenance === provenance).length;
  const flows = new Set(cells.flatMap(({ evidence }) => (evidence?.flows ?? []).filter(({ seen }) => seen).map(({ id }) => id)));
  const evidence = cells.find((cell) => cell.evidence?.audit)?.evidence;
  const facts: readonly (readonly [string, string])[] = [
    ['Observed by the gateway', `${by('observed')} answers, from ${flows.size} flows that delivered in the period`],
    ['Declared by people', `${by('declared')} answers`],
    ['Carried forward from an earlier return', `${by('carried forward')} answers`],
    ['Not answered', `${cells.filter(({ answer }) => answer === null).length} questions`],
    ...(evidence?.registerVersion == null ? [] : [['Register of flows', `version ${evidence.registerVersion}`] as const]),
    ...(evidence?.audit
      ? [['Audit log', `${evidence.audit.treeSize} entries, root ${evidence.audit.rootHash.slice(0, 16)}`] as const]
      : []),
    ['Digest of the return (SHA-256)', sha256],
  ];
  return html`<section><h2>Where the answers come from</h2>
<p>An observed answer is what the gateway saw in deliveries of the period, under agreements in force. It never replaces an answer that a person gave: where the two differ, that is a finding above. The evidence behind each answer is in the evidence file of the return.</p>
<dl>${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>\n`)}</dl></section>
`;
}

import { longDate, plural } from '../../register/documents/words.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { type Html, html } from '../../shared/html.ts';
import { matrixSettings } from '../../shared/settings.ts';
import { checklistOf } from '../checklist.ts';
import { answersOf, type Finding, type Period, type Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { matrixOf, matrixStates, settingNames } from './matrix-state.ts';
import { matrixKey, matrixSvg } from './matrix-svg.ts';
import { paperTable } from './paper-table.ts';

/** Dates of a return are ISO by its schema. */
export const dayInWords = (date: string): string => longDate(date as LocalDate);

/** `1 January 2017 to 31 March 2017`. */
export const inWords = ({ from, to }: Period): string => `${dayInWords(from)} to ${dayInWords(to)}`;

/** Sections in printed order, and whether each may be sent. */
export function completenessSection(document: Return, template: ReturnTemplate): Html {
  const rows = checklistOf(document, template).map(({ sheet, answered, total, complete }) => {
    const tag = complete ? html`<span class="tag yes">Yes</span>` : html`<span class="tag no">No</span>`;
    return html`<tr><th scope="row">${sheet}</th><td>${answered} of ${total}</td><td>${tag}</td></tr>\n`;
  });
  return html`<section><h2>Is it complete?</h2>
${paperTable('Questions answered, by section', ['Section', 'Answered', 'Complete'], rows)}</section>
`;
}

const severityNames = { error: 'Contradiction', warning: 'To check', information: 'To know' } as const;
const severityTags = { error: 'error', warning: 'warning-tag', information: 'information' } as const;

interface FindingGroup extends Pick<Finding, 'rule' | 'severity' | 'message' | 'remedy'> {
  readonly times: number;
  readonly answers: number;
}

/** The same finding about several settings or quarters is one line of a paper. */
function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const groups = new Map<string, FindingGroup & { readonly about: ReadonlySet<string> }>();
  for (const { rule, severity, message, remedy, questions } of findings) {
    const key = JSON.stringify([rule, message]);
    const known = groups.get(key);
    const about = new Set([...(known?.about ?? []), ...questions]);
    groups.set(key, { rule, severity, message, remedy, times: (known?.times ?? 0) + 1, answers: about.size, about });
  }
  return [...groups.values()];
}

/** Every finding, worst first, with what to do; the questions of each are named in the return itself. */
export function findingsSection(findings: readonly Finding[]): Html {
  if (findings.length === 0)
    return html`<section><h2>What needs attention</h2><p>The checks found nothing that contradicts itself.</p></section>\n`;
  const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
  const said = (['error', 'warning', 'information'] as const).flatMap((severity) =>
    count(severity) === 0 ? [] : [`${severityNames[severity].toLowerCase()}: ${count(severity)}`],
  );
  const rows = groupFindings(findings).map(({ severity, message, remedy, rule, times, answers }) => {
    const where = answers === 0 ? 'the whole return' : `${times === 1 ? '' : `${times} times, `}${plural(answers, 'answer')}`;
    return html`<tr><th scope="row"><span class="tag ${severityTags[severity]}">${severityNames[severity]}</span> ${message} <span class="secondary">${rule}: ${where}</span></th><td>${remedy}</td></tr>\n`;
  });
  return html`<section><h2>What needs attention</h2>
<p>The gateway checks every answer against the others and against what it observed. By kind: ${said.join('; ')}.</p>
${paperTable('Findings, worst first', ['What was found', 'What to do'], rows)}</section>
`;
}

/** The six by six matrix: drawn, and behind the drawing the same as a table. Empty for a template that does not ask. */
export function sharingSection(document: Return): Html {
  const matrix = matrixOf(document);
  if (matrix === undefined) return html``;
  const title = `How information about people who use services is shared digitally, ${inWords(document.period)}`;
  const all = matrix.flat();
  const shared = all.filter(({ state }) => state === 'open-api' || state === 'interim').length;
  const rows = matrix.map(
    (cells, row) =>
      html`<tr><th scope="row">${settingNames[matrixSettings[row] ?? 'gp']}</th>${cells.map(({ state }) => html`<td>${matrixStates[state].words}</td>`)}</tr>\n`,
  );
  return html`<section><h2>Who shares with whom</h2>
<p>${shared} of ${all.length} ways between settings share information digitally. A dashed frame marks sharing within one setting.</p>
<figure><figcaption>${title}</figcaption>${matrixSvg(matrix, title)}${matrixKey()}</figure>
${paperTable('The same in words', ['From', ...matrixSettings.map((setting) => `To ${settingNames[setting]}`)], rows, 'matrix')}</section>
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

import type { DecisionRow, DecisionTable } from './decision-table.ts';
import { objectionKinds } from './kinds.ts';

const list = (values: readonly string[] | '*'): string => (values === '*' ? 'any' : values.join(', '));

const line = (row: DecisionRow): string => {
  const purposes = row.everyPurpose ? `only ${list(row.purposes)}` : list(row.purposes);
  const bases = row.requires === undefined ? list(row.bases) : `${list(row.bases)}, where \`${row.requires}\` is evidenced`;
  const outcome = row.outcome === 'use' ? 'use' : `**withhold** ${row.reason}`;
  return `| ${[row.id, purposes, bases, list(row.forms), list(row.origins), outcome, row.because, row.source].join(' | ')} |`;
};

/** The rule book as people read it: the same rows that decide, in the same order (docs/rules/objections.md). */
export function renderRuleBook(table: DecisionTable): string {
  const parts = [
    '# Objections: what is withheld, and why',
    '',
    `Generated from \`config/objections/decision-table.json\`, version ${table.version}; do not edit. Tests decide with the same rows.`,
    '',
    '- For each objection in force and each purpose, the **first** row that speaks of the combination decides. Something is used only if every objection and every purpose allows it.',
    '- A combination no row speaks of is withheld as `OBJECTION_UNDECIDED` until a person decides.',
    "- No objection is not consent: it only means that nobody objected. Whether a flow is lawful is the register's to say.",
    '- A row that says *only* speaks when the data serve nothing but those purposes. Otherwise they land, and whoever uses them for one of those purposes asks again.',
    '- A row whose basis is *evidenced* speaks only where whoever discloses has seen the document that says so.',
    '- Where a national opt-out would withhold, a national list that is stale, missing or silent about the person withholds too (`NATIONAL_CHECK_STALE`, `NATIONAL_CHECK_MISSING`, `NATIONAL_CHECK_NOT_COVERED`; RULE-OPT-4, RULE-NDOP-4).',
    '- Type 1 and the national opt-out have one answer: the later of set and withdrawn wins; on the same day the objection stands. Every other objection stands until its own source withdraws it.',
    '- A right to object may be about one purpose. What serves other purposes too lands, and a use for that purpose alone is withheld.',
    '- An objection reaches back: what it covers is removed, and every summary, score and list made from it (RULE-OPT-3). Death changes nothing (RULE-OPT-5). A withdrawal acts on data that arrive from then on.',
    '- Type 2 objections ended on 11 October 2018. They are counted when they arrive and never acted on (RULE-OPT-1).',
    '- The letters a to g are the rows of RULE-OPT-2: direct care, consent, required by law, public interest, section 251, not identifiable, payment.',
  ];
  for (const kind of objectionKinds) {
    parts.push(
      '',
      `## ${kind}`,
      '',
      '| row | purposes | legal bases | form | origin | outcome | because | source |',
      '|---|---|---|---|---|---|---|---|',
    );
    for (const row of table.byKind.get(kind) ?? []) parts.push(line(row));
  }
  return `${parts.join('\n')}\n`;
}

import { ruleSubjects } from './findings.ts';
import type { Thresholds } from './thresholds.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The rules of a return as a page for the people who sign it. A test fails while the committed page differs. */
export function renderReturnRules(thresholds: Thresholds): string {
  const {
    nhsNumberOnCorrespondence: correspondence,
    retrieveByNhsNumber: retrieve,
    openApi,
    personalHealthBudgets,
    informationGovernance,
  } = thresholds;
  const percent = (share: number | null) => (share === null ? 'not asked' : `${share * 100} %`);
  return [
    '# Returns: how a cell is answered, and what is a contradiction',
    '',
    `Generated from \`src/returns/rules\` and \`config/returns/thresholds.json\`, version ${thresholds.version}; do not edit. The tables in \`test/spec/returns\` test each rule.`,
    '',
    '- A human answer stands. What the gateway observed stands beside it, and a difference is a finding.',
    '- What was seen in the period fills a cell that no human answered (`observed`).',
    '- What only the register says is proposed under its name (`declared`), with the flag `NO_DATA_IN_PERIOD` where no delivery was seen. No data in the period is not the same as not shared.',
    '- Nothing is guessed: the rest stays unanswered. A person signs.',
    '- Counts in evidence: 1 to 7 are shown as `*`, others to the nearest 5; percentages are worked out from those.',
    '',
    '## Thresholds',
    '',
    '| rule | threshold | reason |',
    '|---|---|---|',
    `| ${correspondence.id} | usable ${percent(correspondence.completeness)}, verified ${percent(correspondence.verified)}, at least ${correspondence.minimumRecords} records | ${cell(correspondence.reason)} |`,
    `| ${retrieve.id} | verified ${percent(retrieve.verified)}, at least ${retrieve.minimumRecords} records | ${cell(retrieve.reason)} |`,
    ...[openApi, personalHealthBudgets, informationGovernance].map(({ id, reason }) => `| ${id} | recorded facts | ${cell(reason)} |`),
    '',
    '## Findings',
    '',
    'An `error` cannot be true as it stands. A `warning` needs a person to look. `information` contradicts nothing. Messages name cells and never repeat what somebody wrote.',
    '',
    '`haven return check FILE` prints the findings of a return.json, of declared answers or of a workbook, and exits 0 without a contradiction, 1 with one, 2 for wrong usage, 65 for a file that is not a return and 78 for a wrong configuration.',
    '',
    ...ruleSubjects.flatMap(({ title, rules }) => [
      `### ${title}`,
      '',
      '| rule | severity | what it says | what to do | learnt from |',
      '|---|---|---|---|---|',
      ...rules.map(
        ({ id, severity, message, remedy, source }) => `| ${id} | ${severity} | ${cell(message)} | ${cell(remedy)} | ${cell(source)} |`,
      ),
      '',
    ]),
  ].join('\n');
}

import { elevenConditions } from './conditions.ts';
import { breachLadder, escalationLadder, type ObligationRule, obligationRules } from './rules.ts';

const row = ({ id, what, from, due, owner, clause, source }: ObligationRule): string =>
  `| ${[id, what, from, due, owner, clause, source].join(' | ')} |`;

const rung = ({ after, to }: { readonly after: number; readonly to: string }): string => `| ${after} | ${to} |`;

/** The rule book as people read it: the same rows that make the tasks (docs/rules/obligations.md). */
export function renderRuleBook(): string {
  return `${[
    '# Obligations: what has to be done, by whom and by when',
    '',
    'Generated from the tables in `src/obligations`; do not edit. Tasks are made of the same rows.',
    '',
    '- Tasks are derived from the register. Deriving them again adds nothing twice; a task the register no longer gives rise to is closed with the reason, and none is ever deleted.',
    '- What comes every year is a task for each year since it began. What was missed stays late; the next year does not hide it.',
    '- An agreement that was never in force obliges nobody. One that is suspended still does. One that has ended leaves its data behind: somebody has to return or destroy them.',
    '- An approval under section 251 has the eleven standard conditions, whether or not somebody typed them into the register.',
    '- Somebody says where the evidence is kept; **somebody else** accepts it. Evidence that the register itself gives waits to be accepted as well.',
    '- Evidence that nobody has accepted does not stop a task from being late.',
    '',
    '## Rules',
    '',
    '| rule | what | from | due | owner | clause | source |',
    '|---|---|---|---|---|---|---|',
    ...Object.values(obligationRules).map(row),
    '',
    '## The eleven standard conditions',
    '',
    '| condition | text | rule |',
    '|---|---|---|',
    ...elevenConditions.map(({ text, task }, index) => `| ${index + 1} | ${text} | ${ruleOf(task)} |`),
    '',
    '## Who is told when a task is late',
    '',
    '| days after the date | told |',
    '|---|---|',
    ...escalationLadder.map(rung),
    '',
    'For the tasks of a breach:',
    '',
    '| days after the date | told |',
    '|---|---|',
    ...breachLadder.map(rung),
    '',
    '## The clocks of a breach',
    '',
    '- Ten working days begin on the day after it was discovered. Saturdays, Sundays and the bank holidays of England do not count (`config/calendar/england-bank-holidays.json`).',
    '- The 72 hours of the Commissioner begin when it was discovered and run through nights, weekends and holidays. A risk that nobody has judged counts as one.',
    '- A breach is closed by somebody else than reported it, when the risk was judged and every task was accepted.',
  ].join('\n')}\n`;
}

function ruleOf(task: (typeof elevenConditions)[number]['task']): string {
  if (task === 'annual-report' || task === 'training' || task === 'processor-audit') return obligationRules[task].id;
  const statement = obligationRules['condition-statement'].id;
  if (task === 'change-notice') return `${statement}, ${obligationRules['change-notice'].id}`;
  return task === 'breach-report'
    ? `${statement}, ${obligationRules['breach-to-cag'].id}, ${obligationRules['breach-remedy'].id}`
    : statement;
}

import { type Calculation, calculationsOf, type Question, questionsOf } from './question.ts';
import type { Condition, ReturnTemplate } from './template.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (ids: readonly string[]): string => ids.map((id) => `\`${id}\``).join(', ');

function conditionText(condition: Condition): string {
  if ('blank' in condition) return `\`${condition.blank}\` is blank`;
  if ('question' in condition) return `\`${condition.question}\` is ${condition.in.map((answer) => `'${answer}'`).join(' or ')}`;
  return condition.differ.map(([left, right]) => `\`${left}\` differs from \`${right}\``).join(', or ');
}

/** Conditional cells under the same condition, but for the row they stand in, on one line. */
function conditionalLines(questions: readonly Question[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { id, requiredWhen } of questions) {
    if (requiredWhen === undefined) continue;
    const row = 'question' in requiredWhen && requiredWhen.question.replace(/\.[^.]+$/, '');
    const condition = conditionText(requiredWhen);
    const shared = row && id.startsWith(`${row}.`) && row.startsWith('nc.') ? condition.replace(row, 'nc.…') : condition;
    lines.set(shared, [...(lines.get(shared) ?? []), id]);
  }
  return [...lines].map(([condition, ids]) => `| ${code(ids)} | ${condition} |`);
}

const formulaText = ({ formula, of, from }: Calculation): string =>
  ({
    'per-100000': `${code(of)} per 100,000 of the population`,
    population: 'the population of the place',
    sum: of.length === 1 ? `the same as ${code(of)}` : `the sum of ${code(of)}`,
    previous: `${code(of)} of ${from.join(', else ')}`,
    given: 'filled in nationally for the place',
    'remaining-characters': `the limit of characters less those of ${code(of)}`,
  })[formula];

function templatePage(template: ReturnTemplate): string[] {
  const questions = questionsOf(template);
  const { number, text } = template.limits;
  const uncounted = questions.filter(({ counted }) => !counted);
  const conditional = conditionalLines(questions);
  return [
    `## ${template.id}`,
    '',
    `${template.title}. ${template.period.from} to ${template.period.to}${template.due === undefined ? '' : `, due ${template.due}`}.`,
    '',
    template.source,
    '',
    `Numbers from ${number.min.toLocaleString('en-GB')} to ${number.max.toLocaleString('en-GB')}; text up to ${text.toLocaleString('en-GB')} characters.`,
    '',
    '| sheet | questions |',
    '|---|---:|',
    ...template.sheetsPrinted.map(({ name, questions: count }) => `| ${name} | ${count} |`),
    `| all | ${template.sheetsPrinted.reduce((sum, sheet) => sum + sheet.questions, 0)} |`,
    '',
    '| drop-down | options, in exact case; in italics those nobody chose in print |',
    '|---|---|',
    ...Object.entries(template.lists).map(
      ([name, { options, notSeenInPrint }]) =>
        `| ${name} | ${options.map((option) => cell(notSeenInPrint.includes(option) ? `*${option}*` : option)).join('; ')} |`,
    ),
    '',
    ...(conditional.length === 0 ? [] : ['| a blank counts as answered, unless | |', '|---|---|', ...conditional, '']),
    ...(uncounted.length === 0
      ? []
      : [
          `Not counted by themselves: ${uncounted.map(({ id, countedWith }) => (countedWith === undefined ? `\`${id}\`` : `\`${id}\` (with \`${countedWith}\`)`)).join(', ')}.`,
          '',
        ]),
    '| pre-populated | is |',
    '|---|---|',
    ...calculationsOf(template).map((calculation) => `| \`${calculation.id}\` | ${formulaText(calculation)} |`),
    '',
    ...(template.repairs.length === 0
      ? []
      : [
          '| damaged in print: where | printed | read as | why |',
          '|---|---|---|---|',
          ...template.repairs.map(({ where, printed, read, reason }) => `| ${[where, printed, read, reason].map(cell).join(' | ')} |`),
          '',
        ]),
  ];
}

/** What each template asks, as a page for those who fill it or add another. A test fails while the committed page differs. */
export function renderTemplateBook(templates: readonly ReturnTemplate[]): string {
  return [
    '# Return templates',
    '',
    'Generated from `config/returns`; do not edit. `test/spec/returns/template-cells.test.ts` tests every drop-down value, limit and conditional below.',
    '',
    'A new return is a file in `config/returns`: its shape is `docs/generated/return-template.schema.json`, its name is its id, and it is refused with every problem at once when its counts, lists, conditions or checklist do not agree. Answers of a place go in `config/returns/declared/PLACE/TEMPLATE.json`.',
    '',
    ...templates.flatMap(templatePage),
  ].join('\n');
}

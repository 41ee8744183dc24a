import { calculationsOf, questionsOf } from './question.ts';
import type { Condition, ReturnTemplate } from './template.ts';

const cellsIn = (condition: Condition): string[] =>
  'question' in condition ? [condition.question] : 'blank' in condition ? [condition.blank] : condition.differ.flat();

function* checklistProblems(template: ReturnTemplate, counted: ReadonlySet<string>): Generator<string> {
  const checklists = template.sheets.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'checklist' ? [block] : [])));
  if (checklists.length === 0) return;
  const sections = checklists.flatMap((block) => block.sections);
  const checked = sections.flatMap(({ tables }) =>
    tables.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.filter((id) => id !== null))),
  );
  if (new Set(checked).size !== checked.length) yield 'the checklist holds a question twice';
  for (const id of checked) if (!counted.has(id)) yield `the checklist holds ${id}, which is not a counted question`;
  const there = new Set(checked);
  for (const id of counted) if (!there.has(id)) yield `the checklist lacks question ${id}`;
}

/** Sheets that the gateway itself puts into a workbook. */
const ownSheets = ['evidence', 'findings', '_lists', '_haven'];

/** What a workbook cannot hold (ECMA-376 part 1 §18.2.19; the address of a cell has one letter). */
function* workbookProblems({ sheets }: ReturnTemplate): Generator<string> {
  const names = sheets.map(({ name }) => name.toLowerCase());
  if (new Set(names).size !== names.length) yield 'a sheet is there twice';
  for (const { name, blocks } of sheets) {
    if (name.length > 31 || /[[\]:*?/\\]|^'|'$/.test(name) || ownSheets.includes(name.toLowerCase()))
      yield `sheet ${name} cannot be named so in a workbook: at most 31 characters, none of []:*?/\\, and not ${ownSheets.join(', ')}`;
    if (blocks.some((block) => block.kind === 'grid' && block.columns.length > 25)) yield `sheet ${name} has more than 25 columns`;
  }
}

function* problemsOf(template: ReturnTemplate): Generator<string> {
  const questions = questionsOf(template);
  const calculations = calculationsOf(template);
  const byId = new Map(questions.map((question) => [question.id, question]));
  const known = new Set([...byId.keys(), ...calculations.map(({ id }) => id)]);
  if (known.size !== questions.length + calculations.length) yield 'a question id is used twice';
  for (const { id, input, requiredWhen, countedWith, sheet } of questions) {
    if (input.kind === 'choice' && template.lists[input.list] === undefined)
      yield `question ${id} names the list ${input.list}, which the template lacks`;
    if (input.kind === 'text' && input.maxLength > template.limits.text)
      yield `question ${id} takes longer text than the limits of the template`;
    if (requiredWhen !== undefined && !cellsIn(requiredWhen).every((cell) => known.has(cell)))
      yield `question ${id} depends on a question that is not there`;
    const deciding = requiredWhen !== undefined && 'question' in requiredWhen ? byId.get(requiredWhen.question)?.input : undefined;
    const options = deciding?.kind === 'choice' ? template.lists[deciding.list]?.options : undefined;
    if (
      options !== undefined &&
      requiredWhen !== undefined &&
      'in' in requiredWhen &&
      !requiredWhen.in.every((one) => options.includes(one))
    )
      yield `question ${id} depends on an answer that nobody can give`;
    const whole = countedWith === undefined ? undefined : byId.get(countedWith);
    if (countedWith !== undefined && (whole?.counted !== true || whole.sheet !== sheet))
      yield `question ${id} is counted with a question that its sheet does not count`;
  }
  for (const { id, of, formula, from } of calculations) {
    if (formula === 'previous' ? from.length === 0 || of.length !== 1 : !of.every((cell) => known.has(cell)))
      yield `calculation ${id} rests on a question that is not there`;
  }
  for (const [name, { options }] of Object.entries(template.lists)) {
    if (new Set(options).size !== options.length) yield `list ${name} holds an option twice`;
  }
  const sheets = new Set(template.sheets.map(({ name }) => name));
  yield* workbookProblems(template);
  for (const { name } of template.sheetsPrinted) if (!sheets.has(name)) yield `sheet ${name} is printed but not there`;
  for (const name of sheets) {
    const printed = template.sheetsPrinted.find((sheet) => sheet.name === name)?.questions ?? 0;
    const count = questions.filter(({ sheet, counted }) => counted && sheet === name).length;
    if (printed !== count) yield `sheet ${name} holds ${count} questions, printed ${printed}`;
  }
  for (const { blocks } of template.sheets) {
    for (const block of blocks) {
      if (block.kind !== 'grid') continue;
      for (const row of block.rows) {
        if ('cells' in row && row.cells.length !== block.columns.length) yield `row '${row.text}' has not one cell for each column`;
      }
    }
  }
  yield* checklistProblems(template, new Set(questions.filter(({ counted }) => counted).map(({ id }) => id)));
  if (template.period.to < template.period.from) yield 'the period ends before it begins';
}

/** What the schema cannot say: lists that are named but missing, ids used twice, conditions on nothing, counts that differ. */
export const templateProblems = (template: ReturnTemplate): string[] =>
  [...problemsOf(template)].map((problem) => `${template.id}: ${problem}`);

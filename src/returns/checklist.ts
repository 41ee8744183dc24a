import { fittingValues, isComplete } from './completion.ts';
import { type Question, questionsOf } from './question.ts';
import { type Return, valuesOf } from './return.ts';
import type { ChecklistBlock, ReturnTemplate } from './template.ts';

/** A question as the checklist shows it: a red 'No' or a green 'Yes'. */
export type ChecklistCell = { readonly question: string; readonly complete: boolean } | null;

export interface ChecklistSection {
  readonly heading: string;
  readonly sheet: string;
  readonly tables: readonly {
    readonly columns: readonly string[];
    readonly rows: readonly { readonly text: string; readonly cells: readonly ChecklistCell[] }[];
  }[];
  readonly answered: number;
  readonly total: number;
  readonly complete: boolean;
}

const checklistBlock = (template: ReturnTemplate): ChecklistBlock | undefined =>
  template.sheets.flatMap(({ blocks }) => blocks).find((block) => block.kind === 'checklist');

/** One section for each printed sheet, one line for each question: for a template that prints no checklist of its own. */
function plainSections(template: ReturnTemplate, questions: readonly Question[]): ChecklistBlock['sections'] {
  return template.sheetsPrinted.map(({ name }, index) => ({
    heading: `${index + 1}. ${name}`,
    sheet: name,
    tables: [{ rows: questions.filter(({ sheet, counted }) => counted && sheet === name).map(({ id, text }) => ({ text, cells: [id] })) }],
  }));
}

/** The checklist of a filled return: for each counted question whether it is answered, laid out as printed. Pure. */
export function checklistOf(document: Return, template: ReturnTemplate): ChecklistSection[] {
  const questions = questionsOf(template);
  const byId = new Map(questions.map((question) => [question.id, question]));
  const values = valuesOf(document);
  const fitting = fittingValues(template, questions, (cell) => values.get(cell) ?? null);
  const check = (id: string | null): ChecklistCell => {
    const question = id === null ? undefined : byId.get(id);
    if (id === null || question === undefined) return null;
    return { question: id, complete: isComplete(question, questions, fitting) };
  };
  const sections = checklistBlock(template)?.sections ?? plainSections(template, questions);
  return sections.map(({ heading, sheet, tables }) => {
    const filled = tables.map(({ columns = [], rows }) => ({
      columns,
      rows: rows.map(({ text, cells }) => ({ text, cells: cells.map(check) })),
    }));
    const cells = filled.flatMap(({ rows }) => rows.flatMap((row) => row.cells)).filter((cell) => cell !== null);
    const answered = cells.filter(({ complete }) => complete).length;
    return { heading, sheet, tables: filled, answered, total: cells.length, complete: answered === cells.length };
  });
}

/** The sections that are not complete. The print: 'Only when all 7 cells are green should the template be sent.' */
export const incompleteSections = (document: Return, template: ReturnTemplate): string[] =>
  checklistOf(document, template)
    .filter(({ complete }) => !complete)
    .map(({ sheet }) => sheet);

/** May the return be sent? Only when every section is complete. */
export const isReadyToSend = (document: Return, template: ReturnTemplate): boolean => incompleteSections(document, template).length === 0;

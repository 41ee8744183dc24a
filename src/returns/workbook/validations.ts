import type { AnswerInput, ReturnTemplate } from '../template.ts';
import { listsSheet } from './identity.ts';

/** A cell and what may be written into it. */
export interface ValidatedCell {
  readonly address: string;
  readonly input: AnswerInput;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** ECMA-376 part 1 §18.3.1.32: an inline list is at most 255 characters, and a comma ends an option. */
const standsInline = (options: readonly string[]): boolean =>
  options.join(',').length <= 255 && options.every((option) => !/[,"]/.test(option));

/** Lists of a template that do not fit into a cell's rule, in the order of their columns on the hidden sheet. */
export const longLists = (template: ReturnTemplate): readonly (readonly [name: string, options: readonly string[]])[] =>
  Object.entries(template.lists).flatMap(([name, { options }]) => (standsInline(options) ? [] : [[name, options] as const]));

interface CellRule {
  readonly attributes: string;
  readonly formulas: readonly string[];
  readonly error: string;
}

function ruleOf(template: ReturnTemplate, input: AnswerInput, first: string): CellRule | undefined {
  const { min, max } = template.limits.number;
  const between = 'operator="between"';
  switch (input.kind) {
    case 'choice': {
      const options = template.lists[input.list]?.options;
      if (options === undefined) return undefined;
      const column = longLists(template).findIndex(([name]) => name === input.list);
      const letter = String.fromCharCode(65 + column);
      const list = column < 0 ? `"${options.join(',')}"` : `'${listsSheet}'!$${letter}$1:$${letter}$${options.length}`;
      return { attributes: 'type="list"', formulas: [list], error: 'Choose one of the options of the list.' };
    }
    case 'count':
      return {
        attributes: `type="whole" ${between}`,
        formulas: [String(min), String(max)],
        error: `Give a whole number from ${min} to ${max}.`,
      };
    case 'money':
    case 'number':
      return {
        attributes: `type="decimal" ${between}`,
        formulas: [String(min), String(max)],
        error: `Give a number from ${min} to ${max}.`,
      };
    case 'percent':
      return { attributes: `type="decimal" ${between}`, formulas: ['0', '1'], error: 'Give a percentage from 0% to 100%.' };
    case 'date':
      // From the first day on which all programs agree to the last day a workbook knows.
      return { attributes: `type="date" ${between}`, formulas: ['61', '2958465'], error: `Give a date: ${input.format}.` };
    case 'date-or-live':
      return {
        attributes: 'type="custom"',
        formulas: [`OR(EXACT(${first},"Live"),AND(ISNUMBER(${first}),${first}>=61))`],
        error: `Give a date, ${input.format}, or the word Live.`,
      };
    case 'text':
      return {
        attributes: 'type="textLength" operator="lessThanOrEqual"',
        formulas: [String(input.maxLength)],
        error: `Give at most ${input.maxLength} characters.`,
      };
  }
}

/** The `dataValidations` element of a sheet: one rule for all cells that share it; empty when there is none. */
export function dataValidations(template: ReturnTemplate, cells: readonly ValidatedCell[]): string {
  const groups = new Map<string, ValidatedCell[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.input);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  const rules = [...groups.values()].flatMap((group) => {
    const [first] = group;
    const rule = first && ruleOf(template, first.input, first.address);
    if (rule === undefined) return [];
    const formulas = rule.formulas.map((formula, index) => `<formula${index + 1}>${escapeXml(formula)}</formula${index + 1}>`);
    const shared = 'allowBlank="1" showErrorMessage="1" errorTitle="Haven Gateway"';
    return `<dataValidation ${rule.attributes} ${shared} error="${escapeXml(rule.error)}" sqref="${group.map(({ address }) => address).join(' ')}">${formulas.join('')}</dataValidation>`;
  });
  return rules.length === 0 ? '' : `<dataValidations count="${rules.length}">${rules.join('')}</dataValidations>`;
}

import { GatewayError } from '../../shared/errors.ts';

/** Why a whole workbook is refused: stable codes, and what to do. None of it is read then. */
export const workbookRefusals = {
  WORKBOOK_NOT_FOUND: 'The file cannot be read. Check its path.',
  WORKBOOK_TOO_LARGE:
    'The workbook is larger than any filled return can be. Blank rows that were given a format make it so: delete them, or start again from a new copy.',
  WORKBOOK_OLD_FORMAT: 'The file has the format of Excel 97 to 2003. Save it as an Excel workbook (.xlsx) and send that.',
  WORKBOOK_ENCRYPTED: 'The workbook is protected by a password to open it. Remove the password and send it again.',
  WORKBOOK_NOT_XLSX: 'The file is not an Excel workbook (.xlsx). Save it as one and send that.',
  WORKBOOK_MACROS: 'The workbook holds macros. Save it as an Excel workbook (.xlsx) without them.',
  WORKBOOK_EXTERNAL_LINKS:
    'The workbook takes values from elsewhere. Break its links and data connections, so that the values stand in it.',
  WORKBOOK_EMBEDDED_OBJECTS: 'The workbook holds embedded objects or controls. Remove them: a return holds cells alone.',
  WORKBOOK_DAMAGED: 'The workbook is damaged. Open it in a spreadsheet program, save it and send it again.',
  WORKBOOK_UNSAFE_XML: 'The workbook declares a document type or entities, which no spreadsheet program writes. It is not read.',
  WORKBOOK_TOO_MANY_SHEETS: 'The workbook has more sheets than a return can have. Start again from a new copy.',
  WORKBOOK_IDENTITY_MISSING:
    'The workbook does not say which return it is: the gateway wrote no such file, or its hidden sheet was removed. Fill in a copy that `haven return build` wrote.',
  WORKBOOK_IDENTITY_DAMAGED:
    'The hidden sheet that says which return this is was changed. Fill in a new copy that `haven return build` wrote.',
  WORKBOOK_OTHER_TEMPLATE: 'The workbook is of another return or another quarter. Give the one that was asked for.',
  WORKBOOK_OTHER_PLACE: 'The workbook is of another place. Give the one of this place.',
  WORKBOOK_TEMPLATE_CHANGED: 'The template has changed since the workbook was written. Build the return again and fill in the new copy.',
  WORKBOOK_SHEETS_CHANGED:
    'Sheets of the workbook were renamed, removed, added or moved. Put them back as they were, or start from a new copy.',
  WORKBOOK_OUT_OF_DATE:
    'Answers that the workbook changes were changed by somebody else since it was written. Build the return again and fill in the new copy.',
  WORKBOOK_REHEARSAL: 'The workbook is of a rehearsal, which is practice: its answers are not declared.',
} as const;
export type WorkbookRefusal = keyof typeof workbookRefusals;

/** @param more said after the usual words; never what the file holds */
export const refuseWorkbook = (code: WorkbookRefusal, more?: string, cause?: unknown): GatewayError =>
  new GatewayError(code, more === undefined ? workbookRefusals[code] : `${workbookRefusals[code]} ${more}`, { cause });

/** What is wrong with one cell: stable codes, and what to do. One of them is enough for no answer to be taken. */
export const cellProblems = {
  CELL_LABEL_CHANGED: 'A text of the form was changed or moved. Put it back as it was; rows and columns stay where they are.',
  CELL_PREPOPULATED_CHANGED: 'A pre-populated cell was typed over. Put its value back: it is worked out, not asked.',
  CELL_UNEXPECTED: 'The form has no cell here. Clear it.',
  CELL_FORMULA: 'The cell holds a formula. Paste its value instead.',
  CELL_ERROR_VALUE: 'The cell holds an error. Give a value.',
  CELL_TRUTH_VALUE: 'The cell holds a logical value. Give an answer of the form.',
  CELL_DATE_AS_TEXT: 'The date is written as text. Type it again as a date.',
  CELL_DATE_AS_NUMBER: 'The date is a bare number. Type it again as a date.',
  CELL_DATE_INVALID: 'The cell holds no date that exists, or a date with a time of day. Give the day alone.',
  CELL_NUMBER_AS_TEXT: 'The number is written as text. Type it again as a number, without words or units.',
  CELL_NUMBER_INVALID: 'The cell holds no number that can be read. Type it again.',
  CELL_PERCENT_AS_NUMBER: 'The percentage is a bare number. Type it again with the % sign.',
  CELL_OUT_OF_RANGE: 'The number is outside its limits or has decimals where none are asked.',
  CELL_NUMBER_IN_TEXT: 'A text was typed as a number, which loses leading noughts. Format the cell as text and type it again.',
  CELL_TEXT_TOO_LONG: 'The text is longer than the cell of the form takes. Shorten it.',
  CELL_TEXT_UNREADABLE: 'The text holds control characters. Type it again.',
  CELL_NOT_AN_OPTION: 'The answer is not one of the options of its list, in exactly their spelling. Choose one.',
} as const;
export type CellProblemCode = keyof typeof cellProblems;

export interface CellProblem {
  readonly code: CellProblemCode;
  /** Sheet of the form, and the address in it. */
  readonly sheet: string;
  readonly cell: string;
  readonly question?: string;
  readonly message: string;
}

import type { Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { submissionName } from '../workbook/file-name.ts';
import { type SavedVersion, writeWorkbook } from '../workbook/write.ts';
import { boardPaper } from './board-paper.ts';
import { returnCsv } from './csv.ts';
import { measureBundle, type ReportOptions } from './fhir-measure-report.ts';

/** Forms a return can be had in, with the ending of its file and its media type. */
export const returnFormats = {
  xlsx: { ending: 'xlsx', mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
  html: { ending: 'html', mediaType: 'text/html; charset=utf-8' },
  csv: { ending: 'csv', mediaType: 'text/csv; charset=utf-8; header=present' },
  json: { ending: 'json', mediaType: 'application/json' },
  fhir: { ending: 'fhir.json', mediaType: 'application/fhir+json' },
} as const;
export type ReturnFormat = keyof typeof returnFormats;

export const isReturnFormat = (text: string): text is ReturnFormat => Object.hasOwn(returnFormats, text);

export interface ExportOptions extends ReportOptions {
  /** Written into the workbook, so that it is known when it comes back. */
  readonly saved?: SavedVersion;
}

export interface ExportedFile {
  /** Named as the template asks: `County Durham HWB.xlsx`. */
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

const asJson = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

async function contentOf(document: Return, template: ReturnTemplate, format: ReturnFormat, options: ExportOptions): Promise<Buffer> {
  switch (format) {
    case 'xlsx':
      return writeWorkbook(document, template, options.saved);
    case 'html':
      return Buffer.from(boardPaper(document, template));
    case 'csv':
      return Buffer.from(returnCsv(document, template));
    case 'json':
      return asJson(document);
    case 'fhir':
      return asJson(measureBundle(document, template, options));
  }
}

/** A return in one of its forms. Pure: the same return gives the same file, but for the time in the directory of a workbook. */
export async function exportReturn(
  document: Return,
  template: ReturnTemplate,
  format: ReturnFormat,
  options: ExportOptions = {},
): Promise<ExportedFile> {
  const { ending, mediaType } = returnFormats[format];
  return {
    name: `${submissionName(document, template)}.${ending}`,
    mediaType,
    content: await contentOf(document, template, format, options),
  };
}

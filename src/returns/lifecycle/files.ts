import { evidenceFile } from '../file.ts';
import { exportReturn, isReturnFormat, returnFormats } from '../formats/export.ts';
import { matrixCsv } from '../matrix.ts';
import type { Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { submissionName } from '../workbook/file-name.ts';

/** Every form a version of a return can be had in: those of `haven return export`, its evidence, and the matrix by itself. */
export const returnFileForms = ['json', 'xlsx', 'html', 'csv', 'fhir', 'evidence', 'matrix'] as const;
export type ReturnFileForm = (typeof returnFileForms)[number];

export const returnFileTypes: Readonly<Record<ReturnFileForm, string>> = {
  json: returnFormats.json.mediaType,
  xlsx: returnFormats.xlsx.mediaType,
  html: returnFormats.html.mediaType,
  csv: returnFormats.csv.mediaType,
  fhir: returnFormats.fhir.mediaType,
  evidence: 'application/json',
  matrix: 'text/csv; charset=utf-8',
};

export interface ReturnFile {
  /** Named as the template asks. */
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

/** One file of a return; a workbook says which kept version it is of, so that it is known when it comes back. */
export async function makeReturnFile(
  form: ReturnFileForm,
  document: Return,
  template: ReturnTemplate,
  returnId: string,
): Promise<ReturnFile> {
  const mediaType = returnFileTypes[form];
  const name = submissionName(document, template);
  if (form === 'matrix') return { name: `${name} matrix.csv`, mediaType, content: Buffer.from(matrixCsv(document)) };
  if (isReturnFormat(form)) return exportReturn(document, template, form, { saved: { id: returnId } });
  return { name: `${name} evidence.json`, mediaType, content: Buffer.from(`${JSON.stringify(evidenceFile(document), undefined, 2)}\n`) };
}

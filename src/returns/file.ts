import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { canonicalJson } from '../audit/canonical-json.ts';
import { GatewayError } from '../shared/errors.ts';
import { faultOfFile, type JsonFault, parseJson } from '../shared/json-text.ts';
import { type Return, returnSchema } from './return.ts';

/** Largest file accepted as a return: a complete one with its evidence is under one megabyte. */
const largest = 16 * 1024 * 1024;

const notAReturn = (fault?: JsonFault): GatewayError =>
  new GatewayError(
    'RETURN_UNREADABLE',
    `The file ${fault === undefined ? 'is not a return' : faultOfFile[fault]}. Give the return.json that \`haven return build\` wrote.`,
  );

/** Reads a return.json. @throws GatewayError RETURN_UNREADABLE, which says where, never what */
export async function readReturn(path: string): Promise<Return> {
  return (await readReturnFile(path)).document;
}

/** The same with the digest of what the file says, however it is indented: what the log holds of a return that was kept. */
export async function readReturnFile(path: string): Promise<{ readonly document: Return; readonly sha256: string }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new GatewayError('RETURN_NOT_FOUND', 'The file cannot be read. Check its path.', { cause: error });
  });
  if (bytes.length > largest) throw notAReturn();
  const read = parseJson(bytes);
  if ('fault' in read) throw notAReturn(read.fault);
  const { value } = read;
  const result = returnSchema.safeParse(value);
  // As the file says it: a later release's schema might add to it.
  if (result.success) return { document: result.data, sha256: createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex') };
  const places = result.error.issues.slice(0, 5).map(({ path: at }) => at.join('.') || 'the file');
  throw new GatewayError('RETURN_UNREADABLE', `The file is not a return. Correct: ${places.join('; ')}.`);
}

/** Evidence by question, for the file that goes beside the workbook. */
export const evidenceFile = (document: Return) => ({
  template: document.template,
  place: document.place,
  period: document.period,
  rehearsal: document.rehearsal,
  evidence: Object.fromEntries(
    document.sheets.flatMap(({ questions }) =>
      questions.map(({ id, answer, provenance, filledBy, reviewedBy, evidence }) => [
        id,
        { answer, provenance, filledBy, reviewedBy, evidence },
      ]),
    ),
  ),
});

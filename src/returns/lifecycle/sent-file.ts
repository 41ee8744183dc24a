import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { GatewayError } from '../../shared/errors.ts';
import { answersOf, type Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { readWorkbook } from '../workbook/read.ts';
import { describeChange } from './words.ts';

/** Hex SHA-256 of the file that was sent, however large. @throws GatewayError FILE_UNREADABLE */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new GatewayError('FILE_UNREADABLE', 'The file cannot be read. Check that it exists and that you may read it.', { cause: error });
  }
  return hash.digest('hex');
}

/**
 * Compares a workbook of ours that was sent with what was signed. A file that is not one of ours, the national body's own
 * template for example, is known by its digest alone.
 * @throws GatewayError FILE_DIFFERS with the questions; WORKBOOK_* when it is of ours and of another return
 */
export async function compareWithSigned(path: string, document: Return, template: ReturnTemplate): Promise<'same' | 'not ours'> {
  if (!path.toLowerCase().endsWith('.xlsx')) return 'not ours';
  const request = { place: document.place, template: template.id, load: async () => template };
  const reading = await readWorkbook(await readFile(path), request).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'WORKBOOK_IDENTITY_MISSING') return undefined;
    throw error;
  });
  if (reading === undefined) return 'not ours';
  const signed = answersOf(document);
  const differing =
    'answers' in reading
      ? [...reading.answers].filter(([id, answer]) => describeChange(signed.get(id)?.answer, answer) !== undefined).map(([id]) => id)
      : reading.problems.map(({ sheet, cell }) => `${sheet}!${cell}`);
  if (differing.length === 0) return 'same';
  const shown = differing.slice(0, 12).join(', ');
  const more = differing.length > 12 ? ` and ${differing.length - 12} more` : '';
  throw new GatewayError(
    'FILE_DIFFERS',
    `The workbook does not hold what was signed, at: ${shown}${more}. Amend the return, or send the signed file.`,
    {
      status: 409,
    },
  );
}

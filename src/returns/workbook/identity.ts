import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../audit/canonical-json.ts';
import type { Answer } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';

/** Hidden sheets: the one that says which return the file is, and the drop-down lists that are too long to stand in a cell's rule. */
export const identitySheet = '_haven';
export const listsSheet = '_lists';

const marker = 'Haven Gateway return';
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const shortDigest = z.string().regex(/^[0-9a-f]{32}$/);

/** One cell of the printed sheets as it was written: an answer to read back, or a cell that must not have changed. */
const writtenCellSchema = z.strictObject({
  sheet: z.string().min(1).max(31),
  address: z.string().regex(/^[A-Z]{1,3}[1-9]\d{0,6}$/),
  kind: z.enum(['answer', 'label', 'prepopulated']),
  question: z.string(),
  digest: shortDigest.describe('Of the value that was written: says whether it changed, without repeating it'),
});
export type IdentifiedCell = z.infer<typeof writtenCellSchema>;

const identitySchema = z.strictObject({
  format: z.literal('1'),
  template: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  templateDigest: digest,
  place: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  periodFrom: z.iso.date(),
  periodTo: z.iso.date(),
  rehearsal: z.enum(['yes', 'no']),
  builtOn: z.iso.date(),
  returnId: z.union([z.uuid(), z.literal('')]).describe('Empty when the return was exported from a file'),
  returnVersion: z.string().regex(/^\d{0,6}$/),
  returnDigest: digest.describe('SHA-256 of the canonical JSON of the return'),
});
export type WorkbookIdentity = z.infer<typeof identitySchema>;

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** Which wording a workbook was made of: any change of a template makes older workbooks of it unreadable, never misread. */
export const templateDigest = (template: ReturnTemplate): string => sha256(canonicalJson(template));

/** Digest of a cell's value where it stands. Twelve digits of a number: some programs keep no more than fifteen when they save. */
export function cellDigest(sheet: string, address: string, value: Answer): string {
  const text = typeof value === 'string' ? value.replaceAll(/\r\n?/g, '\n') : value;
  const kept = typeof text === 'number' ? Number(text.toPrecision(12)) : text === '' ? null : text;
  // JSON.stringify, not canonical JSON: half of a surrogate pair is no reason to fail here.
  return sha256(JSON.stringify([sheet, address, kept])).slice(0, 32);
}

/** Empty cells at the end of a row are not stored, so they are not part of it. */
const trimRow = (row: readonly string[]): string[] => row.slice(0, row.findLastIndex((value) => value !== '') + 1);

/** The rows of the hidden sheet; the last of them guards the others against a slip of the hand, not against forgery. */
export function identityRows(identity: WorkbookIdentity, cells: readonly IdentifiedCell[]): string[][] {
  const rows = [
    [marker, 'Do not change this sheet: the gateway reads the workbook by it'],
    ...Object.entries(identity).map(([key, value]) => ['identity', key, value]),
    ...cells.map(({ sheet, address, kind, question, digest }) => ['cell', sheet, address, kind, question, digest]),
  ].map(trimRow);
  return [...rows, ['digest', sha256(JSON.stringify(rows))]];
}

export interface ReadIdentity {
  readonly identity: WorkbookIdentity;
  readonly cells: readonly IdentifiedCell[];
}

/** Reads the rows back; undefined when they are not what {@link identityRows} wrote, or name a cell twice. */
export function readIdentity(rows: readonly (readonly string[])[]): ReadIdentity | undefined {
  const [guard, ...body] = [rows.at(-1), ...rows.slice(0, -1)];
  if (body[0]?.[0] !== marker || guard?.[0] !== 'digest' || guard[1] !== sha256(JSON.stringify(body))) return undefined;
  const identity = identitySchema.safeParse(
    Object.fromEntries(body.flatMap(([kind, key = '', value = '']) => (kind === 'identity' ? [[key, value]] : []))),
  );
  const cells = z
    .array(writtenCellSchema)
    .safeParse(
      body.flatMap(([kind, sheet, address, cellKind, question = '', digest]) =>
        kind === 'cell' ? [{ sheet, address, kind: cellKind, question, digest }] : [],
      ),
    );
  if (!identity.success || !cells.success) return undefined;
  // A cell named twice would be read twice, and one that holds a long text ten thousand times.
  const addresses = new Set(cells.data.map(({ sheet, address }) => `${sheet}!${address}`));
  return addresses.size === cells.data.length ? { identity: identity.data, cells: cells.data } : undefined;
}

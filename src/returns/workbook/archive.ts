import type { Readable } from 'node:stream';
import { type Entry, fromBufferPromise } from 'yauzl';
import { refuseWorkbook, type WorkbookRefusal } from './refusals.ts';

/** Sizes no filled return comes near: one with every text at its longest, and each of its signs escaped, has a part of 7 MB. */
export const archiveLimits = { file: 16 * 2 ** 20, part: 16 * 2 ** 20, total: 32 * 2 ** 20, parts: 400 } as const;

/** A workbook file that may be opened: a zip archive whose parts are known, of known size, and none of them active. */
export interface WorkbookArchive {
  readonly names: ReadonlySet<string>;
  /** The bytes of a part, inflated as they are read; never more than the archive says. */
  read(name: string): Promise<Readable>;
}

const compoundFile = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const zipMagic = Buffer.from('504b0304', 'hex');

/** What parts of these names make of a workbook (ECMA-376 part 1 §12; [MS-OFFMACRO2] for macros). */
const unwanted: readonly (readonly [RegExp, WorkbookRefusal])[] = [
  [/vbaproject|vbadata|^xl\/(intl)?macrosheets\/|^xl\/dialogsheets\//i, 'WORKBOOK_MACROS'],
  [/^xl\/(externallinks|querytables)\/|^xl\/connections\.xml$|^xl\/model\/|^customdata\//i, 'WORKBOOK_EXTERNAL_LINKS'],
  [/^xl\/(embeddings|activex|ctrlprops|webextensions)\/|oleobject/i, 'WORKBOOK_EMBEDDED_OBJECTS'],
  [/^xl\/workbook\.bin$/i, 'WORKBOOK_NOT_XLSX'],
];

function checkKind(bytes: Buffer): void {
  if (bytes.length > archiveLimits.file) throw refuseWorkbook('WORKBOOK_TOO_LARGE');
  if (bytes.subarray(0, 8).equals(compoundFile)) {
    // [MS-OFFCRYPTO] §1.3.1: an encrypted .xlsx is a compound file with a stream of this name.
    const encrypted = bytes.includes(Buffer.from('EncryptedPackage', 'utf16le'));
    throw refuseWorkbook(encrypted ? 'WORKBOOK_ENCRYPTED' : 'WORKBOOK_OLD_FORMAT');
  }
  if (!bytes.subarray(0, 4).equals(zipMagic)) throw refuseWorkbook('WORKBOOK_NOT_XLSX');
}

function checkEntries(entries: ReadonlyMap<string, Entry>): void {
  let total = 0;
  for (const [name, entry] of entries) {
    if (entry.isEncrypted()) throw refuseWorkbook('WORKBOOK_ENCRYPTED');
    total += entry.uncompressedSize;
    if (entry.uncompressedSize > archiveLimits.part || total > archiveLimits.total) throw refuseWorkbook('WORKBOOK_TOO_LARGE');
    const found = unwanted.find(([pattern]) => pattern.test(name));
    if (found) throw refuseWorkbook(found[1]);
  }
  if (!entries.has('[Content_Types].xml') || !entries.has('xl/workbook.xml')) throw refuseWorkbook('WORKBOOK_NOT_XLSX');
}

/**
 * Opens the bytes of a workbook and reads nothing but its directory. Sizes are judged by what the directory says, and whoever
 * reads a part gets no more bytes than that, so a bomb is refused before it is inflated.
 * @throws GatewayError WORKBOOK_* (./refusals.ts)
 */
export async function openArchive(bytes: Buffer): Promise<WorkbookArchive> {
  checkKind(bytes);
  const entries = new Map<string, Entry>();
  const folded = new Set<string>();
  try {
    const zip = await fromBufferPromise(bytes, { strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      // Part names are equal without regard to case (ECMA-376 part 2 §6.2.2.3): two of them would mean two readings.
      const name = entry.fileName.toLowerCase();
      if (folded.has(name) || entries.size >= archiveLimits.parts) throw refuseWorkbook('WORKBOOK_DAMAGED');
      folded.add(name);
      entries.set(entry.fileName, entry);
    }
    checkEntries(entries);
    return {
      names: new Set(entries.keys()),
      read: async (name) => {
        const entry = entries.get(name);
        if (entry === undefined) throw refuseWorkbook('WORKBOOK_DAMAGED');
        return zip.openReadStreamPromise(entry).catch((error: unknown) => {
          throw refuseWorkbook('WORKBOOK_DAMAGED', undefined, error);
        });
      },
    };
  } catch (error) {
    throw error instanceof Error && error.name === 'GatewayError' ? error : refuseWorkbook('WORKBOOK_DAMAGED', undefined, error);
  }
}

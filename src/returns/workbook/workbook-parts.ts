import { posix } from 'node:path';
import type { WorkbookArchive } from './archive.ts';
import { refuseWorkbook } from './refusals.ts';
import type { DateSystem } from './serial-date.ts';
import { parseXml } from './xml.ts';

/** More than any template has, with every sheet the gateway adds. */
const mostSheets = 40;

export interface WorkbookParts {
  /** In the order of the workbook: name and part. */
  readonly sheets: readonly { readonly name: string; readonly part: string }[];
  readonly dates: DateSystem;
  readonly sharedStrings?: string;
  readonly styles?: string;
}

interface Relationship {
  readonly type: string;
  readonly target: string;
}

const truthy = (value: string | undefined): boolean => value === '1' || value === 'true';

/** Every relationship of the archive: one that leads out of it is refused, but for a link a person may click. */
async function readRelationships(archive: WorkbookArchive): Promise<ReadonlyMap<string, Relationship>> {
  const ofWorkbook = new Map<string, Relationship>();
  for (const name of archive.names) {
    if (!name.endsWith('.rels')) continue;
    await parseXml(await archive.read(name), {
      open: (element, { Id = '', Type = '', Target = '', TargetMode }) => {
        if (element !== 'Relationship') return;
        const type = Type.slice(Type.lastIndexOf('/') + 1);
        if (TargetMode === 'External' && type !== 'hyperlink') throw refuseWorkbook('WORKBOOK_EXTERNAL_LINKS');
        if (name === 'xl/_rels/workbook.xml.rels' && TargetMode !== 'External') {
          ofWorkbook.set(Id, { type, target: Target.startsWith('/') ? Target.slice(1) : posix.normalize(`xl/${Target}`) });
        }
      },
    });
  }
  return ofWorkbook;
}

async function checkContentTypes(archive: WorkbookArchive): Promise<void> {
  await parseXml(await archive.read('[Content_Types].xml'), {
    open: (_, { ContentType = '' }) => {
      if (/macroEnabled|vbaProject/i.test(ContentType)) throw refuseWorkbook('WORKBOOK_MACROS');
    },
  });
}

/**
 * What the workbook is made of. It may name each part once: a part read under two names would be counted twice.
 * @throws GatewayError WORKBOOK_* (./refusals.ts)
 */
export async function readWorkbookParts(archive: WorkbookArchive): Promise<WorkbookParts> {
  await checkContentTypes(archive);
  const relationships = await readRelationships(archive);
  const listed: { name: string; id: string }[] = [];
  let dates: DateSystem = '1900';
  await parseXml(await archive.read('xl/workbook.xml'), {
    open: (element, attributes) => {
      if (element === 'workbookPr' && truthy(attributes.date1904)) dates = '1904';
      if (element === 'externalReference') throw refuseWorkbook('WORKBOOK_EXTERNAL_LINKS');
      if (element === 'sheet') listed.push({ name: attributes.name ?? '', id: idOf(attributes) });
    },
  });
  if (listed.length > mostSheets) throw refuseWorkbook('WORKBOOK_TOO_MANY_SHEETS');
  const sheets = listed.map(({ name, id }) => {
    const found = relationships.get(id);
    if (found?.type !== 'worksheet' || !archive.names.has(found.target)) throw refuseWorkbook('WORKBOOK_DAMAGED');
    return { name, part: found.target };
  });
  if (new Set(sheets.map(({ part }) => part)).size !== sheets.length) throw refuseWorkbook('WORKBOOK_DAMAGED');
  const partOf = (type: string) => {
    const target = [...relationships.values()].find((one) => one.type === type)?.target;
    return target !== undefined && archive.names.has(target) ? target : undefined;
  };
  const [sharedStrings, styles] = [partOf('sharedStrings'), partOf('styles')];
  return { sheets, dates, ...(sharedStrings !== undefined && { sharedStrings }), ...(styles !== undefined && { styles }) };
}

/** The relationship of a sheet, whatever prefix the file gives to its namespace. */
const idOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes).find(([name]) => name !== 'sheetId' && /:id$/.test(name))?.[1] ?? '';

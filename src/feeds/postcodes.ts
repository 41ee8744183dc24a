import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Digested } from '../shared/digest.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { listFolder } from './read-folder.ts';

/** Where a postcode lies: lower layer super output area of 2011, and ward ('' when the file gives none). */
export interface PostcodeArea {
  readonly lsoa: string;
  readonly ward: string;
}

/** Areas by compact postcode, and the digest of the files they were read from. */
export type PostcodeAreas = ReadonlyMap<string, PostcodeArea> & Digested;

/** Header names of the ONS Postcode Directory, so that its own file can be put in the folder. */
const columns = { postcode: ['pcds', 'pcd8', 'pcd7', 'pcd'], lsoa: ['lsoa11', 'lsoa11cd'], ward: ['osward', 'ward', 'wd'] } as const;
const manyProblems = 20;

/**
 * Loads `directory/geography/*.csv` (config/geography/README.md says the format) into exact look-ups by compact postcode
 * (`SS09AC`). A directory of all England is a million and a half entries: put in the region the place needs.
 *
 * @throws ConfigurationError with every problem (the first twenty of a file)
 */
export async function loadPostcodes(directory: string): Promise<PostcodeAreas> {
  const folder = join(directory, 'geography');
  const problems: string[] = [];
  const areas = new Map<string, PostcodeArea>();
  const shared = new Map<string, PostcodeArea>();
  const digest = createHash('sha256');
  for (const name of await listFolder(folder, '.csv'))
    problems.push(...(await readFile(join(folder, name), `geography/${name}`, { areas, shared, digest })));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return Object.assign(areas, { sha256: digest.digest('hex') });
}

interface Gathered {
  readonly areas: Map<string, PostcodeArea>;
  readonly shared: Map<string, PostcodeArea>;
  readonly digest: Hash;
}

async function readFile(path: string, file: string, { areas, shared, digest }: Gathered): Promise<string[]> {
  const problems: string[] = [];
  digest.update(`${file}\n`);
  let at: { postcode: number; lsoa: number; ward: number } | undefined;
  let line = 0;
  const bytes = createReadStream(path);
  // Beside the lines, a piece at a time: a directory of all England is read once, and digested in its stride.
  bytes.on('data', (piece) => digest.update(piece));
  for await (const text of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const cells = text
      .replace(/^\uFEFF/, '')
      .split(',')
      .map((cell) => cell.replaceAll('"', '').trim());
    if (!at) {
      const names = cells.map((cell) => cell.toLowerCase());
      const find = (known: readonly string[]): number => names.findIndex((name) => known.includes(name));
      at = { postcode: find(columns.postcode), lsoa: find(columns.lsoa), ward: find(columns.ward) };
      if (at.postcode < 0 || at.lsoa < 0) return [`${file}: the header needs the columns pcds and lsoa11`];
      continue;
    }
    if (text.trim() === '') continue;
    const postcode = (cells[at.postcode] ?? '').toUpperCase().replace(/\s+/g, '');
    const lsoa = cells[at.lsoa] ?? '';
    const ward = at.ward < 0 ? '' : (cells[at.ward] ?? '');
    const wrong = problemOf(postcode, lsoa, ward);
    if (wrong) problems.push(`${file}: line ${line}: ${wrong}`);
    else if (lsoa.startsWith('E01') && !postcode.startsWith('ZZ99')) areas.set(postcode, share(shared, lsoa, ward));
    if (problems.length >= manyProblems) return [...problems, `${file}: and perhaps more`];
  }
  return problems;
}

/** Postcodes outside England keep their row in a directory, with areas of other shapes: they are skipped, not refused. */
function problemOf(postcode: string, lsoa: string, ward: string): string | undefined {
  if (!/^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/.test(postcode)) return 'the first column is not a postcode';
  if (lsoa.startsWith('E') && !/^E01\d{6}$/.test(lsoa)) return 'the lower layer area is not E01 and six digits';
  if (ward.startsWith('E') && !/^E(05|36|99)\d{6}$/.test(ward)) return 'the ward is not E05 and six digits';
  return undefined;
}

/** One object an area instead of one a postcode: a directory then costs its keys only. */
function share(shared: Map<string, PostcodeArea>, lsoa: string, ward: string): PostcodeArea {
  const key = `${lsoa} ${ward}`;
  const area = shared.get(key) ?? { lsoa, ward };
  shared.set(key, area);
  return area;
}

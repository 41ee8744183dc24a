import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvLimits, defaultCsvLimits, openCsv } from '../../../src/feeds/csv/read.ts';

interface ReadFile {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[] | string)[];
}

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (let n = 0; from < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

/** The whole file: a row is its cells, or the rule that says why it is none. */
async function read(text: string | Buffer, sizes: readonly number[] = [65_536], limits: CsvLimits = defaultCsvLimits): Promise<ReadFile> {
  const file = await openCsv(inChunks(Buffer.from(text as string), sizes), [',', '|', ';', '\t'], limits);
  const rows: (readonly string[] | string)[] = [];
  for await (const { cells, problems } of file.batches)
    for (const [n, row] of cells.entries()) rows.push(row ?? problems.get(n) ?? 'NO REASON');
  return { header: file.header, rows };
}

const code = (text: string | Buffer, sizes?: readonly number[], limits?: CsvLimits): Promise<string> =>
  read(text, sizes, limits).then(
    () => 'read',
    (error: { code: string }) => error.code,
  );

const cellText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '"',
    '""',
    '","',
    '\n',
    '\r\n',
    'a\nb',
    '9990000018',
    ' lead',
    'trail ',
    'é',
    '😀',
    '\u2028',
    '\uFFFD',
    "o'clock",
    '=1+1',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\u0000')),
);
const table = fc.record({
  delimiter: fc.constantFrom(',', '|', ';', '\t'),
  newline: fc.constantFrom('\n', '\r\n'),
  mark: fc.boolean(),
  lastNewline: fc.boolean(),
  columns: fc.integer({ min: 1, max: 5 }),
  rows: fc.array(fc.array(fc.tuple(cellText, fc.boolean()), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 12 }),
  emptyLines: fc.array(fc.nat(12), { maxLength: 3 }),
  sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
});

describe('the CSV reader', () => {
  it('gives what csv-parse gives, whatever the delimiter, the quoting, the line ends and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ delimiter, newline, mark, lastNewline, columns, rows, emptyLines, sizes }) => {
        const header = Array.from({ length: columns }, (_, n) => `Column ${n}`).join(delimiter);
        const lines = rows.map((row) =>
          row
            .slice(0, columns)
            .map(([text, quoted]) =>
              quoted || /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text,
            )
            .join(delimiter),
        );
        for (const at of emptyLines) lines.splice(at, 0, '');
        const text = (mark ? '\ufeff' : '') + [header, ...lines].join(newline) + (lastNewline ? newline : '');
        const expected: string[][] = parse(text, {
          delimiter,
          bom: true,
          skip_empty_lines: true,
          relax_column_count: true,
          record_delimiter: ['\r\n', '\n'],
        });
        const [names, ...records] = expected;
        for (const batchBytes of [1, 30, defaultCsvLimits.batchBytes]) {
          expect(await read(text, sizes, { ...defaultCsvLimits, batchBytes })).toEqual({ header: names, rows: records });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('never depends on where the chunks are cut, even for damaged files', async () => {
    const bytes = fc.array(fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', '\r', ' ', '\u00e9', 'x,y', '"q,\n"'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }), async (parts, sizes) => {
        const text = `a,b\n${parts.join('')}`;
        const whole = await read(text).catch((error: { code: string }) => error.code);
        for (const batchBytes of [1, 10]) {
          expect(await read(text, sizes, { ...defaultCsvLimits, batchBytes }).catch((error: { code: string }) => error.code)).toEqual(
            whole,
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  it('cuts a large file into batches without losing or changing a row', async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => [`${n}`, n % 7 === 0 ? 'line\nbreak "quoted", é' : `value ${n}`]);
    const text = `a,b\n${rows.map(([a, b]) => `${a},${/["\n]/.test(b ?? '') ? `"${b?.replaceAll('"', '""')}"` : b}\n`).join('')}`;
    for (const sizes of [[65_536], [1_000_003], [300_001, 17, 262_144]]) expect((await read(text, sizes)).rows).toEqual(rows);
  });

  it('takes a quote in the middle of a plain value as it stands, where csv-parse gives up', async () => {
    expect((await read('a,b\n5" pipe,6 " x\n')).rows).toEqual([['5" pipe', '6 " x']]);
    expect(() => parse('a,b\n5" pipe,6 " x\n')).toThrow();
  });

  it('reports text behind a closing quote, and reads on', async () => {
    expect((await read('a,b\n"1"x,2\n"1",2 \n"3","4"\n')).rows).toEqual(['QUOTING_INVALID', ['1', '2 '], ['3', '4']]);
  });

  it('reports rows with too few or too many values, and reads on', async () => {
    expect((await read('a,b\n1\n1,2,3\n1,2\n"1",\n"x"\n')).rows).toEqual(['ROW_SHAPE', 'ROW_SHAPE', ['1', '2'], ['1', ''], 'ROW_SHAPE']);
  });

  it('reports rows whose bytes are not UTF-8, and no other', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,é\n'), Buffer.from([0x31, 0x2c, 0xe9, 0x0a]), Buffer.from('2,ö\n')]);
    for (const sizes of [[65_536], [1], [5, 3]])
      expect((await read(bytes, sizes)).rows).toEqual([['1', 'é'], 'ENCODING_INVALID', ['2', 'ö']]);
  });

  it('reads past a NUL that comes late, and leaves it to the value checks', async () => {
    const text = `a,b\n${'1,2\n'.repeat(300)}x\u0000y,2\n`;
    expect((await read(text)).rows.at(-1)).toEqual(['x\u0000y', '2']);
  });

  it.each([
    ['nothing', '', 'CSV_EMPTY'],
    ['a byte order mark only', '\ufeff', 'CSV_EMPTY'],
    ['empty lines only', '\n\r\n\n', 'CSV_EMPTY'],
    ['UTF-16 with a mark', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 'CSV_ENCODING'],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 'CSV_ENCODING'],
    ['a spreadsheet', Buffer.from('504b030414000600', 'hex'), 'CSV_ENCODING'],
    ['a quote that is never closed', 'a,b\n"1,2\n3,4\n', 'CSV_TRUNCATED'],
    ['a quoted value cut in its middle', 'a,b\n1,"2', 'CSV_TRUNCATED'],
    ['two columns of one name', 'a,b,a\n', 'CSV_HEADER_DUPLICATE'],
    ['two columns of one name but for spaces', 'a,b, a\n', 'CSV_HEADER_DUPLICATE'],
    ['ten thousand columns', `${Array.from({ length: 10_000 }, (_, n) => `c${n}`).join(',')}\n`, 'CSV_TOO_MANY_COLUMNS'],
    ['lines that end with CR alone', 'a,b\r1,2\r3,4\r', 'CSV_LINE_ENDS'],
    ['lines that end with CR alone, the last with none', 'a,b\r1,1', 'CSV_LINE_ENDS'],
    ['lines that end with CR alone, and a newline at the end', 'a,b\r1,1\r1,1\n', 'CSV_LINE_ENDS'],
    ['lines that end with CR alone, and quoted names', '"a","b"\r"1","2\n3"\r', 'CSV_LINE_ENDS'],
    ['lines that end with CR alone, and quotes within a name', 'a,5"" b\r1,2\r', 'CSV_LINE_ENDS'],
    ['lines that end with CR alone, behind a quoted name with a quote', '"a ""x""",b\r1,2\r', 'CSV_LINE_ENDS'],
    ['a header with a broken quote', '"a"x,b\n1,2\n', 'CSV_HEADER_UNREADABLE'],
  ])('refuses %s', async (_, text, expected) => {
    for (const sizes of [[65_536], [1]]) expect(await code(text, sizes, { ...defaultCsvLimits, batchBytes: 1 })).toBe(expected);
  });

  it('finds the header behind empty lines, and its delimiter', async () => {
    expect(await read('\n\r\na|b\n1|2\n')).toEqual({ header: ['a', 'b'], rows: [['1', '2']] });
  });

  it('reads a header alone as a file without records, with or without its newline', async () => {
    for (const text of ['a,b', 'a,b\n', '\ufeffa,b\r\n']) expect(await read(text)).toEqual({ header: ['a', 'b'], rows: [] });
  });

  it('takes more than one CR before a newline as the end of a line, and one within quotes as part of a name', async () => {
    expect(await read('a,b\r\r\n1,2\r\n')).toEqual({ header: ['a', 'b'], rows: [['1', '2']] });
    expect(await read('"a\r1","b ""\r"""\n1,2\n', [2])).toEqual({ header: ['a\r1', 'b "\r"'], rows: [['1', '2']] });
    expect(await read('a,b\r')).toEqual({ header: ['a', 'b'], rows: [] });
  });

  it('names the line ends of a file that is too long for one record, too', async () => {
    const text = `a,b\r${'1,2\r'.repeat(500_000)}`;
    for (const sizes of [[65_536], [100_000_000]]) expect(await code(text, sizes)).toBe('CSV_LINE_ENDS');
  });

  it('reads a header whose names hold newlines, delimiters and quotes', async () => {
    expect(await read('"a\n1","b,""2""",c\n1,2,3\n', [2])).toEqual({ header: ['a\n1', 'b,"2"', 'c'], rows: [['1', '2', '3']] });
  });

  it.each([[[65_536]], [[1_048_576]], [[100_000_000]]])('refuses a record longer than the limit, in chunks of %s', async (sizes) => {
    const long = 'x'.repeat(defaultCsvLimits.recordBytes + 10);
    expect(await code(`a,b\n1,${long}\n`, sizes)).toBe('CSV_RECORD_TOO_LONG');
    expect(await code(`a,b\n1,"${'x\n'.repeat(long.length / 2)}"\n`, sizes)).toBe('CSV_RECORD_TOO_LONG');
    expect(await code(`a,b\n1,2\n${'1,2\n'.repeat(1_000)}"${'1,2\n'.repeat(600_000)}`, sizes)).toBe('CSV_RECORD_TOO_LONG');
    expect(await code(`a,b\n1,${'x'.repeat(defaultCsvLimits.recordBytes - 100)}\n`, sizes)).toBe('read');
  });

  it('stops a file without any newline long before it fills the memory', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        sent += 1_048_576;
        yield Buffer.alloc(1_048_576, 'x');
      }
    }
    await expect(openCsv(endless(), [','])).rejects.toMatchObject({ code: 'CSV_RECORD_TOO_LONG' });
    expect(sent).toBeLessThan(8 * 1_048_576);
  });
});

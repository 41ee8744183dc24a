import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { openCsv } from '../../src/feeds/csv/read.ts';
import { describeSets, filesOf, readSet } from './support/shared-data.ts';

const set = 'csv-spectrum';

describeSets([set], 'csv-spectrum, read as the black box reads', () => {
  async function read(text: string, step: number): Promise<Record<string, string>[]> {
    const bytes = Buffer.from(text);
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step);
    }
    const file = await openCsv(chunks(), [',']);
    const rows: Record<string, string>[] = [];
    for await (const { cells, problems } of file.batches) {
      expect(problems.size).toBe(0);
      for (const record of cells) rows.push(Object.fromEntries(file.header.map((name, index) => [name, record?.[index] ?? ''])));
    }
    return rows;
  }

  it('reads every file as its JSON says, with either line ending and however the bytes arrive', async () => {
    const files = filesOf(set, '.csv');
    expect(files).toHaveLength(11);
    for (const path of files) {
      const name = basename(path, '.csv');
      const expected = readSet(set, 'json', `${name}.json`).toString('utf8').replaceAll('\\r\\n', '\\n');
      const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
      const crlf = text.replaceAll('\n', '\r\n');
      for (const step of [1, 7, 4096]) {
        expect(await read(text, step)).toEqual(JSON.parse(expected));
        expect(await read(crlf, step)).toEqual(JSON.parse(expected.replaceAll('\\n', '\\r\\n')));
      }
    }
  });
});

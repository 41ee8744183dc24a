import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { cellAddress, layOut } from '../../../src/returns/layout.ts';
import type { ReturnTemplate } from '../../../src/returns/template.ts';
import { identityRows, readIdentity } from '../../../src/returns/workbook/identity.ts';
import { readWorkbook, type WorkbookReading } from '../../../src/returns/workbook/read.ts';
import { cellProblems, workbookRefusals } from '../../../src/returns/workbook/refusals.ts';
import { renderWorkbookRules } from '../../../src/returns/workbook/rule-book.ts';
import { writeWorkbook } from '../../../src/returns/workbook/write.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { answersBack, place, readBack, templateOf } from '../../fixtures/returns/filled-workbook.ts';
import { printedReturn } from '../../fixtures/returns/southend-2016-17.ts';
import {
  closeParts,
  editWorkbook,
  openParts,
  setCell,
  sheetPart,
  storedCell,
  text,
  type WorkbookParts,
} from '../../support/workbook-file.ts';

// What is planted in a wrong workbook holds this word: no refusal and no problem may repeat it.
const secret = 'Zq-private-words';

let template: ReturnTemplate;
let good: Buffer;
/** Sheet and address of a question, of a label by its text, and of the first pre-populated cell of a sheet. */
let cells: Map<string, readonly [sheet: string, address: string]>;
const at = (key: string): readonly [string, string] => (key === 'beside' ? ['Cover', 'J3'] : (cells.get(key) ?? ['', '']));

beforeAll(async () => {
  template = await templateOf('bcf-2016-17-q2');
  const document = printedReturn(template);
  good = await writeWorkbook(document, template);
  cells = new Map(
    layOut(document, template).flatMap(({ name, rows }) =>
      rows.flatMap((row, rowIndex) =>
        row.flatMap((cell, column) =>
          cell === null
            ? []
            : [[cell.question ?? cell.calculated ?? `${name}: ${cell.value}`, [name, cellAddress(rowIndex, column)] as const] as const],
        ),
      ),
    ),
  );
});

type Edit = (parts: WorkbookParts) => void;
const replace =
  (part: string, from: string | RegExp, to: string): Edit =>
  (parts) => {
    const before = parts[part] ?? '';
    const after = before.replace(from, () => to);
    if (after === before) throw new Error(`nothing to replace in ${part}`);
    parts[part] = after;
  };
const add =
  (part: string, content = secret): Edit =>
  (parts) => {
    parts[part] = content;
  };
const workbookXml = 'xl/workbook.xml';
const relationship = (type: string, more: string) =>
  `<Relationship Id="rIdX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="https://${secret}.example.org/" ${more}/></Relationships>`;
const sheets = (count: number) =>
  Array.from({ length: count }, (_, index) => `<sheet name="${secret}${index}" sheetId="${900 + index}" r:id="rId1"/>`).join('');

/** A file that begins as it should and ends in the middle. */
const compound = (stream: string): Buffer =>
  Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le'), Buffer.alloc(600)]);
const archive = (files: Record<string, string>): Buffer =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, strToU8(content)]))));

/** The directory of the archive claims another size for a part than it has. */
function claimSize(bytes: Buffer, name: string, size: number): Buffer {
  const copy = Buffer.from(bytes);
  const entry = copy.lastIndexOf(Buffer.from(name));
  copy.writeUInt32LE(size, entry - 46 + 24);
  return copy;
}

/**
 * Rows without cells, as a spreadsheet program writes them when a whole sheet was given a format. Deflated a megabyte at a time:
 * what ends in a full flush can be repeated (RFC 1951 §3.2.4), and nobody may inflate it to find its check sum wrong.
 */
function blankRows(megabytes: number): Buffer {
  const parts = openParts(good);
  const name = sheetPart(parts, 'Cover');
  const rows = Buffer.from('<row spans="1:7" ht="15" customHeight="1"/>\n'.repeat(23_832)).subarray(0, 2 ** 20);
  const piece = deflateRawSync(rows, { finishFlush: constants.Z_FULL_FLUSH });
  const deflated = Buffer.concat([...Array.from({ length: megabytes }, () => piece), deflateRawSync(Buffer.alloc(0))]);
  const files = Object.fromEntries(Object.entries(parts).map(([part, content]) => [part, strToU8(content)]));
  const bytes = Buffer.from(zipSync({ ...files, [name]: deflated }, { level: 0 }));
  const [local, directory] = [bytes.indexOf(name) - 30, bytes.lastIndexOf(name) - 46];
  bytes.writeUInt16LE(8, local + 8);
  bytes.writeUInt16LE(8, directory + 10);
  bytes.writeUInt32LE(megabytes * 2 ** 20, local + 22);
  bytes.writeUInt32LE(megabytes * 2 ** 20, directory + 24);
  return bytes;
}

const edited = (edit: Edit) => (): Buffer => editWorkbook(good, edit);

const refused: readonly (readonly [code: keyof typeof workbookRefusals, what: string, file: () => Buffer])[] = [
  ['WORKBOOK_SHEETS_CHANGED', 'a sheet is renamed', edited(replace(workbookXml, 'name="Narrative"', `name="${secret}"`))],
  ['WORKBOOK_SHEETS_CHANGED', 'a sheet is missing', edited(replace(workbookXml, /<sheet [^>]*name="Narrative"[^>]*?(\/>|><\/sheet>)/, ''))],
  [
    'WORKBOOK_SHEETS_CHANGED',
    'a sheet is hidden away under another order',
    edited((parts) => {
      const xml = parts[workbookXml] ?? '';
      const all = [...xml.matchAll(/<sheet [^>]*?(?:\/>|><\/sheet>)/g)].map(([tag]) => tag);
      parts[workbookXml] = xml.replace(all.join(''), () => [all[1], all[0], ...all.slice(2)].join(''));
    }),
  ],
  [
    'WORKBOOK_TOO_MANY_SHEETS',
    'there are more sheets than any template has',
    edited(replace(workbookXml, '</sheets>', `${sheets(60)}</sheets>`)),
  ],
  [
    'WORKBOOK_IDENTITY_MISSING',
    'nothing says which return it is',
    edited(replace(workbookXml, /<sheet [^>]*name="_haven"[^>]*?(\/>|><\/sheet>)/, '')),
  ],
  ['WORKBOOK_IDENTITY_DAMAGED', 'the hidden sheet was changed', edited((parts) => setCell(parts, '_haven', 'C3', ...text(secret)))],
  ['WORKBOOK_MACROS', 'it holds macros', edited(add('xl/vbaProject.bin'))],
  ['WORKBOOK_MACROS', 'it holds a macro sheet of the old kind', edited(add('xl/macrosheets/sheet1.xml'))],
  [
    'WORKBOOK_MACROS',
    'it says it is a workbook with macros',
    edited(replace('[Content_Types].xml', /spreadsheetml\.sheet\.main/, 'ms-excel.sheet.macroEnabled.main')),
  ],
  ['WORKBOOK_EXTERNAL_LINKS', 'it links to another workbook', edited(add('xl/externalLinks/externalLink1.xml'))],
  ['WORKBOOK_EXTERNAL_LINKS', 'it has a data connection', edited(add('xl/connections.xml'))],
  [
    'WORKBOOK_EXTERNAL_LINKS',
    'a relationship leads out of the file',
    edited(replace('xl/_rels/workbook.xml.rels', '</Relationships>', relationship('externalLinkPath', 'TargetMode="External"'))),
  ],
  ['WORKBOOK_EMBEDDED_OBJECTS', 'an object is embedded', edited(add('xl/embeddings/oleObject1.bin'))],
  ['WORKBOOK_EMBEDDED_OBJECTS', 'it has a control', edited(add('xl/activeX/activeX1.xml'))],
  ['WORKBOOK_ENCRYPTED', 'it needs a password to open', () => compound('EncryptedPackage')],
  ['WORKBOOK_OLD_FORMAT', 'it is an .xls', () => compound('Workbook')],
  ['WORKBOOK_NOT_XLSX', 'it is no archive', () => Buffer.from(`question,answer\r\nx,${secret}\r\n`)],
  ['WORKBOOK_NOT_XLSX', 'it is empty', () => Buffer.alloc(0)],
  [
    'WORKBOOK_NOT_XLSX',
    'it is an OpenDocument file',
    () => archive({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': secret }),
  ],
  ['WORKBOOK_NOT_XLSX', 'it is a binary workbook', () => archive({ '[Content_Types].xml': '<Types/>', 'xl/workbook.bin': secret })],
  [
    'WORKBOOK_UNSAFE_XML',
    'it declares entities that grow',
    edited((parts) => {
      const bomb = `<!DOCTYPE sst [<!ENTITY a "${secret}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`;
      parts['xl/sharedStrings.xml'] = (parts['xl/sharedStrings.xml'] ?? '').replace('<sst', () => `${bomb}<sst`);
    }),
  ],
  [
    'WORKBOOK_UNSAFE_XML',
    'it declares an entity that is a file',
    edited(replace(workbookXml, '<workbook', '<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]><workbook')),
  ],
  ['WORKBOOK_DAMAGED', 'it ends in the middle', () => good.subarray(0, good.length - 2000)],
  [
    'WORKBOOK_DAMAGED',
    'a part is not XML',
    edited((parts) => {
      parts[sheetPart(parts, 'Cover')] = `<worksheet><${secret}`;
    }),
  ],
  [
    'WORKBOOK_DAMAGED',
    'a part is not UTF-8',
    () => {
      const bytes = Buffer.from(edited(add('docProps/app.xml'))());
      bytes[bytes.indexOf('<sst ') + 5] = 0xff;
      return bytes;
    },
  ],
  ['WORKBOOK_DAMAGED', 'two parts have names that differ in case', edited(add('XL/Workbook.xml'))],
  [
    'WORKBOOK_DAMAGED',
    'a cell stands twice',
    edited((parts) => {
      const name = sheetPart(parts, 'Narrative');
      parts[name] = (parts[name] ?? '').replace(/<c r="A1".*?<\/c>/s, (cell) => cell + cell);
    }),
  ],
  ['WORKBOOK_DAMAGED', 'a shared text is not there', edited((parts) => setCell(parts, ...at('cover.board'), '<v>99999</v>', 't="s"'))],
  ['WORKBOOK_DAMAGED', 'a part is larger than the archive says (zip bomb)', () => claimSize(good, 'xl/sharedStrings.xml', 10)],
  ['WORKBOOK_TOO_LARGE', 'a part says it is of four gigabytes', () => claimSize(good, 'xl/sharedStrings.xml', 0xfffffff0)],
  ['WORKBOOK_TOO_LARGE', 'the file itself is too large', () => Buffer.concat([good, Buffer.alloc(17 * 2 ** 20)])],
];

describe('a workbook is refused as a whole when', () => {
  it.each(refused)('%s: %s', async (code, _, file) => {
    const failure = await readBack(file(), template.id).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code, exit: 65, message: expect.stringContaining(workbookRefusals[code]) });
    expect(String(failure)).not.toContain(secret);
  });

  it('WORKBOOK_TOO_LARGE: it has 200 MB of blank rows, before any of them is inflated', async () => {
    const file = blankRows(200);
    expect(file.length).toBeLessThan(16 * 2 ** 20);
    const [started, memory] = [performance.now(), process.memoryUsage().rss];
    await expect(readBack(file)).rejects.toMatchObject({ code: 'WORKBOOK_TOO_LARGE' });
    expect(performance.now() - started).toBeLessThan(500);
    expect(process.memoryUsage().rss - memory).toBeLessThan(50 * 2 ** 20);
  });

  it.each([
    ['WORKBOOK_OTHER_TEMPLATE', 'it is of another quarter than the one asked for', { template: 'bcf-2016-17-q3' }],
    ['WORKBOOK_OTHER_PLACE', 'it is of another place', { place: 'thurrock' }],
  ])('%s: %s', async (code, _, change) => {
    await expect(readWorkbook(good, { place, load: templateOf, ...change })).rejects.toMatchObject({ code });
  });

  it('WORKBOOK_IDENTITY_DAMAGED: it names a cell twice, and its check sum was made to fit', async () => {
    const cells = [{ sheet: 'Cover', address: 'B2', kind: 'label', question: '', digest: '0'.repeat(32) }] as const;
    const { identity } = await readBack(good);
    expect(readIdentity(identityRows(identity, cells))).toMatchObject({ cells });
    expect(readIdentity(identityRows(identity, [...cells, ...cells]))).toBeUndefined();
  });

  it('WORKBOOK_TEMPLATE_CHANGED: the wording has changed since it was written', async () => {
    const load = async () => ({ ...template, title: `${template.title}, corrected` });
    await expect(readWorkbook(good, { place, load })).rejects.toMatchObject({ code: 'WORKBOOK_TEMPLATE_CHANGED' });
  });
});

const cell =
  (key: string, inner: string, attributes = ''): Edit =>
  (parts) =>
    setCell(parts, ...at(key), inner, attributes);
const typed =
  (key: string, words: string): Edit =>
  (parts) =>
    setCell(parts, ...at(key), ...text(words));
/** A number in the default format, as it is after pasting from elsewhere. */
const bare = (key: string, value: string): Edit => cell(key, `<v>${value}</v>`, 's="0"');
const goLive = (setting: string): string => `am.open-api.go-live.${setting}`;
/** A number in the format of a date. */
const dated =
  (key: string, value: string): Edit =>
  (parts) => {
    const [sheet, date] = at(goLive('gp'));
    const style = / s="\d+"/.exec(storedCell(parts[sheetPart(parts, sheet)] ?? '', date) ?? '')?.[0] ?? '';
    setCell(parts, ...at(key), `<v>${value}</v>`, style.trim());
  };

type WrongCell = readonly [code: keyof typeof cellProblems, what: string, key: string, edit: Edit];
const row =
  <Rest extends readonly string[]>(make: (key: string, ...rest: Rest) => Edit) =>
  (code: keyof typeof cellProblems, what: string, key: string, ...rest: Rest): WrongCell => [code, what, key, make(key, ...rest)];
const [asCell, asTyped, asBare, asDated] = [row(cell), row(typed), row(bare), row(dated)];

const wrong: readonly WrongCell[] = [
  asTyped('CELL_LABEL_CHANGED', 'a label was typed over', 'Cover: completed by:', secret),
  asCell('CELL_LABEL_CHANGED', 'a label was cleared', 'Cover: E-Mail:', ''),
  asBare('CELL_PREPOPULATED_CHANGED', 'a pre-populated value was typed over', 'am.phb.population', '175000'),
  asCell('CELL_PREPOPULATED_CHANGED', 'a calculated value became a formula', 'am.phb.rate', '<f>1+1</f><v>13.2898460039094</v>'),
  asTyped('CELL_UNEXPECTED', 'there is something beside the form', 'beside', secret),
  asCell('CELL_FORMULA', 'an answer is a formula', 'ie.income.forecast.q1', '<f>1641381*2</f><v>3282762</v>'),
  asCell('CELL_ERROR_VALUE', 'an answer is an error', 'ie.income.forecast.q2', '<v>#REF!</v>', 't="e"'),
  asCell('CELL_TRUTH_VALUE', 'an answer is a logical value', 'am.dicr.pilot', '<v>1</v>', 't="b"'),
  asTyped('CELL_DATE_AS_TEXT', 'a date is text, also where only one day can be meant', goLive('gp'), '31/03/2017'),
  asTyped('CELL_DATE_AS_TEXT', "the word is not exactly 'Live'", goLive('hospital'), 'live'),
  asBare('CELL_DATE_AS_NUMBER', 'a date lost its format', goLive('social-care'), '42825'),
  asCell('CELL_DATE_INVALID', 'a date is the 29 February 1900 that never was', goLive('community'), '<v>60</v>'),
  asCell('CELL_DATE_INVALID', 'a date has a time of day', goLive('mental-health'), '<v>42825.5</v>'),
  asCell('CELL_DATE_INVALID', 'a date is of a century that two digits cannot say', goLive('specialised-palliative'), '<v>25000</v>'),
  asTyped('CELL_NUMBER_AS_TEXT', 'a number is text', 'am.phb.new', '7'),
  asTyped('CELL_NUMBER_AS_TEXT', 'an amount is words', 'ie.income.forecast.q3', secret),
  asDated('CELL_NUMBER_INVALID', 'a count is a date', 'am.phb.stopped', '42825'),
  asBare('CELL_PERCENT_AS_NUMBER', 'a percentage has no % sign', 'am.phb.percent-chc', '94'),
  asCell('CELL_OUT_OF_RANGE', 'a count has decimals', 'am.phb.in-place', '<v>7.5</v>'),
  asCell('CELL_OUT_OF_RANGE', 'an amount is below nought', 'ie.income.forecast.q4', '<v>-1</v>'),
  asCell('CELL_OUT_OF_RANGE', 'an amount is above 100,000,000', 'ie.income.actual.q1', '<v>100000001</v>'),
  asCell('CELL_OUT_OF_RANGE', 'an amount is in parts of a penny', 'ie.income.actual.q2', '<v>1.005</v>'),
  asBare('CELL_NUMBER_IN_TEXT', 'a telephone number lost its nought', 'cover.contact-number', '1632960000'),
  asTyped('CELL_TEXT_TOO_LONG', 'a text is longer than a cell takes', 'narrative.text', 'x'.repeat(32_768)),
  asTyped('CELL_TEXT_UNREADABLE', 'a text has control characters', 'ie.commentary', `${secret}_x0000_`),
  asTyped('CELL_NOT_AN_OPTION', 'an option is in other letters', 'nc.1.answer', 'yes'),
  asTyped('CELL_NOT_AN_OPTION', 'an option has a blank after it', 'nc.2.answer', 'Yes '),
  asTyped('CELL_NOT_AN_OPTION', 'an option is of another list', 'nc.3i.answer', 'Shared via Open API'),
  asBare('CELL_NOT_AN_OPTION', 'an option is a number', 'nc.3ii.answer', '1'),
];

describe('a cell is reported, and no answer read, when', () => {
  // All of them in one file, each in a cell of its own: none hides another, and each is one problem.
  let reading: WorkbookReading;
  beforeAll(async () => {
    reading = await readBack(
      editWorkbook(good, (parts) => {
        for (const [, , , edit] of wrong) edit(parts);
      }),
    );
  });

  it.each(wrong)('%s: %s', (code, _, key) => {
    const [sheet, address] = at(key);
    expect(reading.problems.filter((problem) => problem.sheet === sheet && problem.cell === address)).toEqual([
      expect.objectContaining({ code, message: cellProblems[code] }),
    ]);
  });

  it('nothing else is, and no problem repeats what a cell holds', () => {
    expect(reading).not.toHaveProperty('answers');
    expect(reading.problems).toHaveLength(wrong.length);
    expect(JSON.stringify(reading)).not.toContain(secret);
  });

  it('CELL_OUT_OF_RANGE: a percentage is above 100%, and one cell is enough', async () => {
    const read = await readBack(editWorkbook(good, cell('am.phb.percent-chc', '<v>94</v>')));
    expect(read).not.toHaveProperty('answers');
    expect(read.problems).toMatchObject([{ code: 'CELL_OUT_OF_RANGE', question: 'am.phb.percent-chc' }]);
  });

  it('names every rule above: no code is without an example', () => {
    expect(new Set(wrong.map(([code]) => code))).toEqual(new Set(Object.keys(cellProblems)));
    const elsewhere = [
      'WORKBOOK_NOT_FOUND',
      'WORKBOOK_OUT_OF_DATE',
      'WORKBOOK_REHEARSAL',
      'WORKBOOK_OTHER_TEMPLATE',
      'WORKBOOK_OTHER_PLACE',
      'WORKBOOK_TEMPLATE_CHANGED',
    ];
    expect(new Set([...refused.map(([code]) => code), ...elsewhere])).toEqual(new Set(Object.keys(workbookRefusals)));
  });

  it('is in the published rule book, word for word', async () => {
    const published = await readFile(join(packageRoot(), 'docs', 'rules', 'return-workbooks.md'), 'utf8');
    expect(published).toBe(renderWorkbookRules());
  });

  it('CELL_LABEL_CHANGED, cell by cell, where a row was put in and everything below it moved', async () => {
    const file = editWorkbook(good, (parts) => {
      const name = sheetPart(parts, 'Cover');
      const moved = (row: string) => String(Number(row) + (Number(row) > 3 ? 1 : 0));
      parts[name] = (parts[name] ?? '')
        .replaceAll(/<row r="(\d+)"/g, (_, row: string) => `<row r="${moved(row)}"`)
        .replaceAll(/<c r="([A-Z]+)(\d+)"/g, (_, column: string, row: string) => `<c r="${column}${moved(row)}"`);
    });
    const { problems } = await readBack(file);
    expect(problems.filter(({ code }) => code === 'CELL_LABEL_CHANGED').length).toBeGreaterThan(4);
    expect(new Set(problems.map(({ sheet }) => sheet))).toEqual(new Set(['Cover']));
  });
});

describe('a workbook that another program saved is read all the same:', () => {
  it('days counted from 1904', async () => {
    const file = editWorkbook(good, (parts) => {
      parts[workbookXml] = (parts[workbookXml] ?? '').replace(/<workbookPr[^>]*?(\/>|><\/workbookPr>)/, '<workbookPr date1904="1"/>');
      for (const name of Object.keys(parts)) {
        if (/worksheets\/sheet\d+\.xml$/.test(name)) parts[name] = (parts[name] ?? '').replaceAll('<v>42825</v>', '<v>41363</v>');
      }
    });
    expect((await answersBack(file)).answers.get(goLive('gp'))).toBe('31/03/17');
  });

  it('cells without an address, texts in pieces and in the cell itself, ISO dates, prefixes, links a person may click', async () => {
    const file = editWorkbook(good, (parts) => {
      const name = sheetPart(parts, 'Cover');
      setCell(
        parts,
        ...at('cover.board'),
        '<is><r><t>Southend</t></r><r><rPr><b/></rPr><t>-on-Sea</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is>',
        't="inlineStr"',
      );
      setCell(parts, ...at(goLive('gp')), '<v>2017-03-31T00:00:00</v>', 't="d"');
      parts[name] = (parts[name] ?? '')
        .replaceAll(/<(\/?)(sheetData|row|c|v|is|r|t|rPh|rPr|b)(?=[\s/>])/g, '<$1x:$2')
        .replace('<worksheet ', '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ');
      parts['xl/worksheets/_rels/sheet1.xml.rels'] =
        `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${relationship('hyperlink', 'TargetMode="External"')}`;
    });
    const read = await answersBack(file);
    expect([read.answers.get('cover.board'), read.answers.get(goLive('gp')), read.changed]).toEqual(['Southend-on-Sea', '31/03/17', []]);
  });
});

describe('what the author changed', () => {
  it('is told apart from what the gateway wrote: filled, changed, cleared', async () => {
    const file = editWorkbook(good, (parts) => {
      setCell(parts, ...at('nc.1.answer'), ...text('No - In Progress'));
      setCell(parts, ...at('nc.1.explanation'), ...text('A plan is agreed.'));
      setCell(parts, ...at('am.phb.new'), '');
    });
    const read = await answersBack(file);
    expect(read.changed.toSorted()).toEqual(['am.phb.new', 'nc.1.answer', 'nc.1.explanation']);
    expect(['am.phb.new', 'nc.1.answer', 'nc.1.explanation'].map((id) => read.answers.get(id))).toEqual([
      null,
      'No - In Progress',
      'A plan is agreed.',
    ]);
    expect(closeParts(openParts(file)).length).toBeGreaterThan(0);
  });
});

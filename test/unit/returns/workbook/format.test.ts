import { beforeAll, describe, expect, it } from 'vitest';
import { layOut } from '../../../../src/returns/layout.ts';
import { questionsOf } from '../../../../src/returns/question.ts';
import type { ReturnTemplate } from '../../../../src/returns/template.ts';
import { numberKind } from '../../../../src/returns/workbook/number-formats.ts';
import { writeWorkbook } from '../../../../src/returns/workbook/write.ts';
import { templateOf } from '../../../fixtures/returns/filled-workbook.ts';
import { declaredReturn, printedAnswers, quarters } from '../../../fixtures/returns/southend-2016-17.ts';
import { openParts, sheetNames, sheetPart, storedCell, type WorkbookParts } from '../../../support/workbook-file.ts';

/** ECMA-376 part 1 §18.3.1.99: the order of what a worksheet may hold (those the gateway could ever write). */
const worksheetOrder = [
  'sheetPr',
  'dimension',
  'sheetViews',
  'sheetFormatPr',
  'cols',
  'sheetData',
  'sheetProtection',
  'mergeCells',
  'conditionalFormatting',
  'dataValidations',
  'hyperlinks',
  'printOptions',
  'pageMargins',
  'pageSetup',
  'headerFooter',
  'drawing',
];

/** Names of the elements directly below the root. */
function childrenOf(xml: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [, close, name = '', empty] of xml.matchAll(/<(\/)?([A-Za-z][\w:]*)[^>]*?(\/)?>/g)) {
    if (close !== undefined) depth -= 1;
    else {
      if (depth === 1) names.push(name);
      if (empty === undefined) depth += 1;
    }
  }
  return names;
}

describe.each(quarters)('the file of %s', (id) => {
  let template: ReturnTemplate;
  let parts: WorkbookParts;
  beforeAll(async () => {
    template = await templateOf(id);
    parts = openParts(await writeWorkbook(declaredReturn(template, { ...printedAnswers(id), 'narrative.text': '=1+1' }), template));
  });

  it('has the sheets of the template in their order, then evidence and findings, then what is hidden', () => {
    expect(sheetNames(parts)).toEqual([...template.sheets.map(({ name }) => name), 'Evidence', 'Findings', '_lists', '_haven']);
    const hidden = [...(parts['xl/workbook.xml'] ?? '').matchAll(/<sheet [^>]*name="(_\w+)"[^>]*state="hidden"/g)].map(([, name]) => name);
    expect(hidden).toEqual(['_lists', '_haven']);
  });

  it('is a package: every part has a type, every relationship leads somewhere, every sheet keeps the order of its elements', () => {
    const types = parts['[Content_Types].xml'] ?? '';
    for (const name of Object.keys(parts)) {
      const ending = name.slice(name.lastIndexOf('.') + 1);
      expect(types.includes(`PartName="/${name}"`) || types.includes(`Extension="${ending}"`), name).toBe(true);
    }
    const targets = [...(parts['xl/_rels/workbook.xml.rels'] ?? '').matchAll(/Target="([^"]+)"/g)].map(([, target]) => `xl/${target}`);
    expect(targets.filter((target) => parts[target] === undefined)).toEqual([]);
    const ids = [...(parts['xl/workbook.xml'] ?? '').matchAll(/sheetId="(\d+)"/g)].map(([, one]) => one);
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of sheetNames(parts)) {
      const children = childrenOf(parts[sheetPart(parts, name)] ?? '');
      const places = children.map((child) => worksheetOrder.indexOf(child));
      expect(places, `${name}: ${children.join(' ')}`).toEqual([...new Set(places)].toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
    }
  });

  it('holds values alone: what looks like a formula is text', () => {
    for (const name of sheetNames(parts)) expect(parts[sheetPart(parts, name)]).not.toMatch(/<f[ >]/);
    expect(parts['xl/sharedStrings.xml']).toContain('<t>=1+1</t>');
  });

  it('says of every answer what may be typed, and of every long or comma-holding list where it stands', () => {
    for (const { name } of template.sheets) {
      const xml = parts[sheetPart(parts, name)] ?? '';
      const rules = [...xml.matchAll(/<dataValidation type="(\w+)"[^>]*sqref="([^"]+)"><formula1>(.*?)<\/formula1>/g)];
      const questions = questionsOf(template).filter(({ sheet }) => sheet === name);
      expect(rules.flatMap(([, , cells = '']) => cells.split(' '))).toHaveLength(questions.length);
      expect(xml.includes('<dataValidations')).toBe(questions.length > 0);
      for (const [, type, , formula = ''] of rules.filter(([, type]) => type === 'list')) {
        const inline = formula.startsWith('&quot;');
        expect(type).toBe('list');
        expect(inline ? formula.length <= 255 + 12 : /^'_lists'!\$[A-Z]\$1:\$[A-Z]\$\d+$/.test(formula), formula).toBe(true);
      }
    }
  });

  it('locks the form and leaves open what the author fills', () => {
    const [, xfs = ''] = /<cellXfs[^>]*>(.*?)<\/cellXfs>/s.exec(parts['xl/styles.xml'] ?? '') ?? [];
    const formats = [...xfs.matchAll(/<xf [^>]*?(?:\/>|>.*?<\/xf>)/gs)].map(([xf]) => xf);
    const document = declaredReturn(template, printedAnswers(id));
    for (const { name, rows } of layOut(document, template)) {
      const xml = parts[sheetPart(parts, name)] ?? '';
      expect(xml).toContain('<sheetProtection sheet="1"');
      rows.forEach((row, rowIndex) => {
        row.forEach((cell, column) => {
          if (cell === null || cell.style === 'input' || cell.style === 'irrelevant') return;
          const stored = storedCell(xml, `${String.fromCharCode(65 + column)}${rowIndex + 1}`);
          const style = Number(/ s="(\d+)"/.exec(stored ?? '')?.[1] ?? 0);
          expect(formats[style] ?? '', `${name} ${rowIndex + 1}`).not.toContain('locked="0"');
        });
      });
    }
    expect(formats.filter((format) => format.includes('<protection locked="0"/>')).length).toBeGreaterThan(2);
  });
});

describe('a number format', () => {
  it.each([
    ['dd/mm/yy', 'date'],
    ['[$-809]d mmmm yyyy;@', 'date'],
    ['mmm\\-yy', 'date'],
    ['0.0%', 'percent'],
    ['"per day "0', 'other'],
    ['"£"#,##0', 'other'],
    ['[Red]0', 'other'],
    ['h:mm', 'other'],
    ['[h]:mm', 'other'],
    ['_-£* #,##0.00_-;-£* #,##0.00_-', 'other'],
    ['mmm', 'date'],
    ['General', 'other'],
    ['@', 'other'],
  ])('%s shows: %s', (format, kind) => {
    expect(numberKind(format)).toBe(kind);
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInForce, type PlaceFacts } from './facts.ts';
import { type Block, type Page, text } from './page.ts';
import { pageHtml } from './page-html.ts';
import { madeOf } from './page-parts.ts';
import { type DocumentName, documentNames, documentTitles, makeDocument } from './produce.ts';

/** Writes the documents in every form they have, and for all of them a page that leads to each. @returns paths, in order */
export async function writeDocuments(
  facts: PlaceFacts,
  wanted: DocumentName | 'all',
  directory: string,
  agreement?: string,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const files: string[] = [];
  const write = async (name: string, content: string): Promise<string> => {
    files.push(join(directory, name));
    await writeFile(join(directory, name), content);
    return name;
  };
  const written: { readonly document: DocumentName; readonly names: readonly string[] }[] = [];
  for (const document of wanted === 'all' ? documentNames : [wanted]) {
    const { formats } = makeDocument(facts, document, agreement);
    const names: string[] = [];
    for (const [format, make] of Object.entries(formats)) names.push(await write(`${document}-${facts.place.place.id}.${format}`, make()));
    written.push({ document, names });
  }
  if (wanted === 'all') await write(`documents-${facts.place.place.id}.html`, pageHtml(contents(facts, written)));
  return files;
}

const formatWords: Readonly<Record<string, string>> = {
  html: 'to read and to print',
  svg: 'as a drawing (SVG)',
  csv: 'for a spreadsheet (CSV)',
  md: 'as text to paste (Markdown)',
  json: 'as data (JSON)',
};

function contents(facts: PlaceFacts, written: readonly { readonly document: DocumentName; readonly names: readonly string[] }[]): Page {
  const links = (document: DocumentName, names: readonly string[]): Block => ({
    kind: 'links',
    links: names
      .map((name) => ({ href: name, format: name.slice(name.lastIndexOf('.') + 1) }))
      .toSorted((a, b) => Number(b.format === 'html') - Number(a.format === 'html'))
      .map(({ href, format }) => ({ href, text: `${documentTitles[document]}, ${formatWords[format] ?? `as ${format}`}` })),
  });
  const year = Number(facts.at.slice(0, 4));
  const running = [...facts.place.agreements.values()].filter((agreement) => isInForce(agreement, facts.at));
  return {
    title: `Documents of the register: ${facts.place.place.name}`,
    intro: [madeOf(facts)],
    sections: [
      ...written.map(({ document, names }) => ({ heading: documentTitles[document], blocks: [links(document, names)] })),
      {
        heading: 'Annual reports (condition 10)',
        blocks: [
          text('They are made of the receipts and of the audit log, and so by a command of their own, one for each agreement:'),
          { kind: 'list', items: running.map(({ id }) => `haven obligations annual-report --agreement ${id} --year ${year} --out DIR`) },
        ],
      },
    ],
  };
}

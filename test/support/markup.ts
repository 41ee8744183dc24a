/** An element as it was written, with the text inside it and those around it. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: Element | undefined;
  readonly children: Element[];
  text: string;
}

const token =
  /<!doctype html>|<\?xml [^<>]*\?>|<(?<close>\/)?(?<name>[a-zA-Z][\w-]*)(?<attributes>(?:\s+[\w:-]+="[^"<&]*(?:&(?:#\d+|amp|lt|gt|quot);[^"<&]*)*")*)\s*(?<empty>\/)?>|&(?:#\d+|amp|lt|gt|quot);|[^<&]+/gy;
const withoutEnd = new Set(['meta']);

/** Reads markup as strictly as XML and returns every element in the order of the document. @throws Error at the first thing that is not well formed */
export function parseMarkup(source: string): Element[] {
  const all: Element[] = [];
  let open: Element | undefined;
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const from = token.lastIndex;
    const match = token.exec(source);
    if (match === null) throw new Error(`not well formed at: ${source.slice(from, from + 120)}`);
    const { name, close, empty, attributes = '' } = match.groups ?? {};
    if (name === undefined) {
      for (let one = open; one !== undefined; one = one.parent) one.text += match[0];
    } else if (close !== undefined) {
      if (open?.name !== name) throw new Error(`</${name}> closes <${open?.name}>`);
      open = open.parent;
    } else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const);
      if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`<${name}> says an attribute twice`);
      const element: Element = { name, attributes: new Map(pairs), parent: open, children: [], text: '' };
      open?.children.push(element);
      all.push(element);
      if (empty === undefined && !withoutEnd.has(name)) open = element;
    }
  }
  if (open !== undefined) throw new Error(`<${open.name}> is never closed`);
  return all;
}

/** What keeps a page from being read aloud or printed: skipped headings, tables without caption or scope, ids twice, unnamed drawings. */
export function structureFaults(elements: readonly Element[]): string[] {
  const faults: string[] = [];
  const levels = elements.filter(({ name }) => /^h[1-6]$/.test(name)).map(({ name, text }) => ({ level: Number(name[1]), text }));
  if (levels.filter(({ level }) => level === 1).length !== 1) faults.push('not one h1');
  levels.forEach(({ level, text }, index) => {
    if (level > (levels[index - 1]?.level ?? 0) + 1) faults.push(`heading skips a level: ${text}`);
    if (text.trim() === '') faults.push('heading without text');
  });
  const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? []);
  if (new Set(ids).size !== ids.length) faults.push('an id twice');
  for (const element of elements)
    faults.push(...(element.name === 'table' ? tableFaults(element) : element.name === 'svg' ? drawingFaults(element, ids) : []));
  const html = elements.find(({ name }) => name === 'html');
  if (html?.attributes.get('lang') !== 'en-GB') faults.push('no language');
  if (!elements.some(({ name }) => name === 'main')) faults.push('no main part');
  return faults;
}

const inside = (element: Element): Element[] => element.children.flatMap((child) => [child, ...inside(child)]);

function tableFaults(table: Element): string[] {
  const caption = table.children[0];
  const what = caption?.text ?? 'table';
  const faults = caption?.name === 'caption' && caption.text.trim() !== '' ? [] : ['table without a caption'];
  const rows = inside(table).filter(({ name }) => name === 'tr');
  const [head, ...body] = rows;
  if (head?.children.some(({ name, attributes }) => name !== 'th' || attributes.get('scope') !== 'col') !== false)
    faults.push(`${what}: column headers`);
  for (const row of body) {
    if (row.children.length !== head?.children.length) faults.push(`${what}: a row of another width`);
    if (row.children[0]?.attributes.get('scope') !== 'row') faults.push(`${what}: a row without a header`);
  }
  return faults;
}

function drawingFaults(svg: Element, ids: readonly string[]): string[] {
  const [title, description] = svg.children;
  const named = svg.attributes.get('aria-labelledby')?.split(' ') ?? [];
  const good = title?.name === 'title' && description?.name === 'desc' && svg.attributes.get('role') === 'img' && named.length === 2;
  return good && named.every((id) => ids.includes(id)) && title.text !== '' ? [] : ['a drawing without title and description'];
}

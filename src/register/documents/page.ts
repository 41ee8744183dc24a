import type { Html } from '../../shared/html.ts';

export interface Link {
  readonly href: string;
  readonly text: string;
}

/** One line, or several; a line may lead somewhere. */
export type Cell = string | readonly (string | Link)[];

/** What a page is made of, before it is HTML or Markdown. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [term: string, value: Cell])[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly head: readonly string[];
      /** The first cell of a row is its header. */
      readonly rows: readonly (readonly Cell[])[];
      /** What is said when there are no rows. */
      readonly none: string;
    }
  /** What the register cannot know, and who has to say it. */
  | { readonly kind: 'gap'; readonly who: string; readonly what: string }
  /** A drawing; what it shows is also in a table after it. */
  | { readonly kind: 'picture'; readonly svg: Html; readonly label: string }
  | { readonly kind: 'links'; readonly links: readonly Link[] };

export interface Section {
  /** What a link into the page names, where there is one. */
  readonly id?: string;
  readonly heading: string;
  readonly blocks: readonly Block[];
  readonly sections?: readonly Section[];
}

export interface Page {
  readonly title: string;
  /** Place, day and version, and what the document is for. */
  readonly intro: readonly string[];
  readonly sections: readonly Section[];
}

export const text = (words: string): Block => ({ kind: 'text', text: words });
export const list = (items: readonly string[]): Block => ({ kind: 'list', items });
export const gap = (who: string, what: string): Block => ({ kind: 'gap', who, what });
export const facts = (...pairs: readonly (readonly [string, Cell])[]): Block => ({ kind: 'facts', facts: pairs });
export const table = (caption: string, head: readonly string[], rows: readonly (readonly Cell[])[], none: string): Block => ({
  kind: 'table',
  caption,
  head,
  rows,
  none,
});

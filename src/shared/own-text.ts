/** V8 cuts a view out of a longer text only where that is shorter than a copy would be: from 13 characters on. */
const shortestView = 13;

/**
 * The same text, standing for itself. A cell cut out of a file is a view of the text around it, a quarter of a megabyte:
 * whoever remembers one cell of each piece remembers the whole file. To join it with something makes a text of its own.
 */
export const ownText = (text: string): string => (text.length < shortestView ? text : ` ${text}`.slice(1));

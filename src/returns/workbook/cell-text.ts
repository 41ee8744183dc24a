// Control characters, the replacement character, halves of pairs and noncharacters: XML 1.0 §2.2 forbids them, advises
// against them, or (carriage return, §2.11) a parser changes them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unwritable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]|\p{Surrogate}|\p{Noncharacter_Code_Point}/gu;

const escapeUnits = (text: string): string => {
  let escaped = '';
  for (let index = 0; index < text.length; index += 1) {
    escaped += `_x${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, '0')}_`;
  }
  return escaped;
};

/**
 * Text as a workbook stores it (ST_Xstring, ECMA-376 part 1 §22.9.2.19): what XML cannot carry becomes `_xHHHH_`, and so does the
 * underscore of a text that looks like such an escape.
 */
export function encodeCellText(text: string): string {
  const escaped = text.replaceAll(/_(?=x)/g, '_x005F_').replaceAll(unwritable, escapeUnits);
  // The library that writes keeps strings in a plain object, where `constructor` and its like are never new.
  return escaped in {} ? `${escapeUnits(escaped.slice(0, 1))}${escaped.slice(1)}` : escaped;
}

/** Reverses {@link encodeCellText}, and what spreadsheet programs write in the same way. */
export const decodeCellText = (stored: string): string =>
  stored.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));

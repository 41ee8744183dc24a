/**
 * Widths in thousandths of the size, in five classes, because nothing can measure text before it is drawn. They are those of DejaVu
 * Sans, the widest of the fonts that stand in where there is no Arial, so that no text leaves its box on any machine.
 */
const classes: readonly (readonly [signs: RegExp, width: number])[] = [
  [/[ijlI.,:;'|! ]/, 340],
  [/[ftr()[\]/\\"`-]/, 420],
  [/[a-ln-vx-zéJ0-9?_$£*]/, 630],
  [/[A-HK-LN-PR-VX-Z&]/, 740],
];
const square = 1000;
const boldFactor = 1.12;

export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
}

/** An upper estimate of the width of a line, in the units of `size`. */
export function textWidth(text: string, { size, bold = false }: TextStyle): number {
  let thousandths = 0;
  for (const sign of text) thousandths += classes.find(([signs]) => signs.test(sign))?.[1] ?? square;
  return (thousandths / 1000) * size * (bold ? boldFactor : 1);
}

/** Breaks text at spaces so that no line is wider; a word that is too long is cut. The last of `most` lines ends in … when there is more. */
export function wrapText(text: string, width: number, style: TextStyle, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (candidate: string): boolean => textWidth(candidate, style) <= width;
  const words = drawable(text)
    .split(/\s+/)
    .filter((word) => word !== '');
  for (const word of words.flatMap((one) => cutWord(one, fits))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  let last = `${lines[most - 1] ?? ''} …`;
  while (!fits(last) && last.length > 1) last = `${last.slice(0, -2).trimEnd()}…`;
  return [...lines.slice(0, most - 1), last];
}

function cutWord(word: string, fits: (text: string) => boolean): string[] {
  if (fits(word)) return [word];
  const parts: string[] = [];
  let part = '';
  for (const sign of word) {
    if (part !== '' && !fits(part + sign)) {
      parts.push(part);
      part = '';
    }
    part += sign;
  }
  return [...parts, part];
}

/** XML 1.0 §2.2 has no control characters and no half of a pair: they become the replacement character. */
export function drawable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}

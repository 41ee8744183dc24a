import type { Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';

/** What no common file system takes in a name, and what would make it a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unfit = /[<>:"/\\|?*\u0000-\u001f\u007f]/g;

/** The name the template asks for: `Name HWB`, for example `County Durham HWB` (printed on its cover sheet), without an ending. */
export function submissionName(document: Return, template: ReturnTemplate): string {
  const pattern = template.submission?.fileName ?? '{place} HWB';
  const name = pattern.replace(/\.xlsx$/i, '').replace('{place}', () => document.placeName);
  return name
    .replaceAll(unfit, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 120);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Digested, sha256Of } from '../shared/digest.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';
import { objectionKinds } from './kinds.ts';

const file = z.strictObject({
  $comment: z.string().optional(),
  version: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  codes: z
    .array(
      z.strictObject({
        // A Read code is padded with points to five characters; what is longer has none.
        code: z.string().regex(/^(?:[A-Za-z0-9.]{5}|[A-Za-z0-9]{6,18})$/, 'must be a Read code without its term number, or a longer code'),
        objection: z.enum([...objectionKinds, 'type-2']),
        action: z.enum(['set', 'withdrawn']),
        source: z.string().min(3),
      }),
    )
    .min(1),
});

export type GpCode = Pick<z.infer<typeof file>['codes'][number], 'code' | 'objection' | 'action'>;

/** Finds what the codes of one GP record say about objections; `codes` is a PostgreSQL array literal of `system:CODE`. */
export interface FindObjectionCodes extends Digested {
  (codes: string): readonly GpCode[];
}

/** A Read code sent without its padding (`9Nu0`) is the same code. */
const bare = (code: string): string => code.replace(/\.+$/, '');

const systems = ['snomed', 'readv2', 'ctv3', 'local'];
/** Systems whose codes have five characters; what is sent behind them is the number of a term (`9Nu0.00`). */
const readCodes = ['readv2', 'ctv3'];
const nothing: readonly GpCode[] = [];

/** Prepares the question that every row of every GP delivery is asked: one expression, and almost always no. */
export function findObjectionCodes(codes: readonly GpCode[]): FindObjectionCodes {
  const known = new Map(codes.map((one) => [bare(one.code), one]));
  const any = new RegExp([...known.keys()].join('|'));
  const find = (text: string): readonly GpCode[] => {
    if (text === '' || !any.test(text)) return nothing;
    return text
      .slice(1, -1)
      .split(',')
      .flatMap((coded) => {
        const [system = '', code = ''] = coded.split(':');
        if (!systems.includes(system)) return [];
        // The whole code first: local codes are longer, and begin alike.
        const found = known.get(bare(code)) ?? (readCodes.includes(system) ? known.get(bare(code.slice(0, 5))) : undefined);
        return found === undefined ? [] : [found];
      });
  };
  return Object.assign(find, { sha256: sha256Of(JSON.stringify(codes)) });
}

/** Reads `gp-codes.json` of a directory (normally `config/objections`). Missing or wrong: nothing runs. */
export async function loadGpCodes(directory: string): Promise<FindObjectionCodes> {
  const bytes = await readFile(join(directory, 'gp-codes.json')).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    const fault = read === undefined ? 'is missing' : faultOfFile[read.fault];
    throw new ConfigurationError([`objections/gp-codes.json ${fault}; without it no type 1 objection would be heard`]);
  }
  const parsed = file.safeParse(read.value);
  if (!parsed.success)
    throw new ConfigurationError(parsed.error.issues.map((issue) => `objections/gp-codes.json ${issue.path.join('.')}: ${issue.message}`));
  return findObjectionCodes(parsed.data.codes);
}

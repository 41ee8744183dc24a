import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dataForms, evidenceKinds, legalBases, purposes } from '../register/terms.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { faultOfFile, parseJson } from '../shared/json-text.ts';
import { settings } from '../shared/settings.ts';
import { type ObjectionKind, objectionKinds, objectionReasons } from './kinds.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) => z.union([z.literal('*'), z.array(z.enum(values)).min(1)]);

const common = {
  id: z.string().regex(/^[a-z0-9-]+$/),
  objection: z.enum(objectionKinds),
  purposes: oneOf(purposes),
  bases: oneOf(legalBases),
  forms: oneOf(dataForms),
  origins: oneOf(settings),
  /** True: the row speaks only when every purpose of the request is among `purposes`. */
  everyPurpose: z.boolean().default(false),
  /** The row speaks only where the discloser has seen this document. */
  requires: z.enum(evidenceKinds).optional(),
  /** Why, in a sentence a member of the public can read. */
  because: z.string().min(10),
  source: z.string().min(3),
};

const row = z.discriminatedUnion('outcome', [
  z.strictObject({ ...common, outcome: z.literal('use') }),
  z.strictObject({ ...common, outcome: z.literal('withhold'), reason: z.enum(objectionReasons) }),
]);

const file = z.strictObject({
  $comment: z.string().optional(),
  version: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  rows: z.array(row).min(1),
});

export type DecisionRow = z.infer<typeof row>;

export interface DecisionTable {
  readonly version: string;
  readonly rows: readonly DecisionRow[];
  /** The same rows by kind, in the order of the file: the first that speaks decides. */
  readonly byKind: ReadonlyMap<ObjectionKind, readonly DecisionRow[]>;
}

/** Checks a decision table; throws ConfigurationError with every problem. */
export function readDecisionTable(value: unknown): DecisionTable {
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map((issue) => `objections/decision-table.json ${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const { version, rows } = parsed.data;
  const problems = [...twice(rows.map(({ id }) => id)).map((id) => `row ${id} is there twice; give each row its own id`), ...silent(rows)];
  if (problems.length > 0) throw new ConfigurationError(problems.map((problem) => `objections/decision-table.json: ${problem}`));
  return { version, rows, byKind: new Map(objectionKinds.map((kind) => [kind, rows.filter(({ objection }) => objection === kind)])) };
}

/** Reads `decision-table.json` of a directory (normally `config/objections`). Missing or wrong: nothing runs. */
export async function loadDecisionTable(dir: string): Promise<DecisionTable> {
  const bytes = await readFile(join(dir, 'decision-table.json')).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    const fault = read === undefined ? 'is missing' : faultOfFile[read.fault];
    throw new ConfigurationError([`objections/decision-table.json ${fault}; without it no objection can be honoured`]);
  }
  return readDecisionTable(read.value);
}

function twice(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

/** A kind without rows, and rows that can never speak because earlier ones always do: both are mistakes of an editor. */
function silent(rows: readonly DecisionRow[]): string[] {
  const problems: string[] = [];
  for (const kind of objectionKinds) {
    const ofKind = rows.filter(({ objection }) => objection === kind);
    if (ofKind.length === 0) problems.push(`no row speaks of ${kind}; add at least one`);
    const spoke = new Set<string>();
    const has = <T>(listed: readonly T[] | '*', value: T) => listed === '*' || listed.includes(value);
    for (const p of purposes)
      for (const b of legalBases)
        for (const f of dataForms)
          for (const o of settings) {
            // A row with `everyPurpose` or `requires` does not always speak, so it shadows nothing.
            for (const r of ofKind) {
              if (!(has(r.purposes, p) && has(r.bases, b) && has(r.forms, f) && has(r.origins, o))) continue;
              spoke.add(r.id);
              if (!r.everyPurpose && r.requires === undefined) break;
            }
          }
    for (const { id } of ofKind) if (!spoke.has(id)) problems.push(`row ${id} can never speak; move it before the rows that hide it`);
  }
  return problems;
}

import { join } from 'node:path';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Queryable, Transaction } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { buildReturn } from '../build.ts';
import { parseFile, readIfThere } from '../configuration-file.ts';
import { loadTemplate } from '../load.ts';
import { countMeasures } from '../measures/count-measures.ts';
import { loadMeasures } from '../measures/load-measures.ts';
import type { Return } from '../return.ts';
import { saveBuild } from '../save.ts';
import type { ReturnTemplate } from '../template.ts';
import { newestDeclaration } from './declarations.ts';
import { digestOfNews } from './digest.ts';
import type { ReturnKey } from './history.ts';
import { type BuildMarks, listVersions, readBuild } from './version.ts';

export interface RefreshParts {
  readonly clock: Clock;
  readonly configDirectory: string;
}

/** Brings the counts behind the measures up to date, before a build that somebody decides on. In transactions of its own. */
export async function countFirst({ gateway, configDirectory, clock }: RefreshParts & { readonly gateway: Pool }): Promise<void> {
  await countMeasures(gateway, (await loadMeasures(configDirectory)).definitions, clock);
}

/** A template and those before it by their ids, newest first. */
export async function templateWithEarlier(config: string, id: string): Promise<{ template: ReturnTemplate; templates: string[] }> {
  const template = await loadTemplate(config, id);
  const templates = [template.id];
  for (let earlier = template.previous; earlier !== undefined && !templates.includes(earlier); ) {
    templates.push(earlier);
    earlier = await previousOf(config, earlier);
  }
  return { template, templates };
}

/** Only which template an earlier one names: the rest of it is not asked for. One that is no file here names none. */
async function previousOf(config: string, id: string): Promise<string | undefined> {
  const file = join('returns', `${id}.json`);
  const text = await readIfThere(join(config, file));
  return text === undefined ? undefined : parseFile(previousSchema, text, file).previous;
}

const previousSchema = z.object({
  previous: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .optional(),
});

/** A build with what it knew: no answer can come in between, because whoever calls holds the lock of the return. */
export async function buildNow(db: Queryable, parts: RefreshParts, key: ReturnKey): Promise<{ document: Return; marks: BuildMarks }> {
  const marks = { declarations: await newestDeclaration(db, key) };
  const request = { config: parts.configDirectory, template: key.template, place: key.place, at: localDate(parts.clock.now()) };
  return { document: await buildReturn(db, request), marks };
}

/**
 * Builds a return again in the transaction given and gives it to its open version. With `onlyNews` a build that says the
 * same as the one held is not kept again.
 */
export async function refreshReturn(
  tx: Transaction,
  parts: RefreshParts,
  key: ReturnKey,
  { actor, onlyNews = false }: { readonly actor: string; readonly onlyNews?: boolean },
): Promise<Return> {
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const { document, marks } = await buildNow(tx, parts, key);
  const last = (await listVersions(tx, key)).at(-1);
  if (onlyNews && last !== undefined && last.declarations === marks.declarations) {
    const held = await readBuild(tx, last.returnId);
    if (digestOfNews(held) === digestOfNews(document)) return document;
  }
  await saveBuild(tx, document, actor, parts.clock, marks);
  return document;
}

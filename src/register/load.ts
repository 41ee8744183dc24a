import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { canonicalDocument } from './document.ts';
import { readRegisterFiles } from './files.ts';
import { type PlaceDocument, placeDocumentSchema } from './model.ts';
import { buildRegister, type DepartedFlow, type Register } from './register.ts';

/** The register in `dir` as it would be if applied: flow numbers and version are 0, because only `apply` gives them. */
export async function loadRegisterFiles(dir: string): Promise<Register> {
  const documents = await readRegisterFiles(dir);
  return buildRegister(documents.map((document) => ({ document, version: 0 })));
}

/**
 * Newest version of every place, in one statement, so that nobody sees half an apply. A document that this release
 * cannot read refuses everything rather than being read loosely.
 */
export async function loadRegister(db: Queryable): Promise<Register> {
  return loadVersions(db, undefined);
}

/**
 * The register as it stood at the end of that day, every place in the version that was in force then: what the gate would
 * have answered, whatever was recorded later. Empty before the first apply.
 */
export async function loadRegisterAsOf(db: Queryable, at: LocalDate): Promise<Register> {
  return loadVersions(db, at);
}

async function loadVersions(db: Queryable, at: LocalDate | undefined): Promise<Register> {
  const { rows } = await db.query<{ versions: StoredVersion[] | null; flows: DepartedFlow[] | null }>(
    `select
       (select json_agg(json_build_object('version', v.version, 'document', v.document) order by v.place_id)
          from (select distinct on (place_id) place_id, version, document
                  from register.version
                 where $1::date is null or (applied_at at time zone 'Europe/London')::date <= $1::date
                 order by place_id, version desc) v) as versions,
       (select json_agg(json_build_object('flow', f.flow_id, 'flowNo', f.flow_no, 'place', f.place_id, 'agreement', f.agreement_id)) from register.flow f) as flows`,
    [at ?? null],
  );
  const sources = (rows[0]?.versions ?? []).map(({ version, document }) => ({ version, document: readStored(document, version) }));
  const flows = rows[0]?.flows ?? [];
  const present = new Set(sources.flatMap(({ document }) => document.flows.map((flow) => flow.id)));
  // As of a past day a missing flow may only not have come yet.
  const departed = at === undefined ? flows.filter(({ flow }) => !present.has(flow)) : [];
  return buildRegister(sources, new Map(flows.map(({ flow, flowNo }) => [flow, flowNo])), departed);
}

/** Newest version number of the register, to know cheaply whether a loaded one is still the newest; 0 when empty. */
export async function registerVersion(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ version: string }>('select coalesce(max(version), 0) as version from register.version');
  return Number(rows[0]?.version ?? 0);
}

interface StoredVersion {
  readonly version: number;
  readonly document: unknown;
}

/** A document as some version holds it. @throws ConfigurationError when it was written by another release */
export function readStored(stored: unknown, version: number): PlaceDocument {
  const parsed = placeDocumentSchema.safeParse(stored);
  if (!parsed.success) {
    throw new ConfigurationError([
      `register version ${version} was written by another release and cannot be read; apply the register files again`,
    ]);
  }
  return canonicalDocument(parsed.data);
}

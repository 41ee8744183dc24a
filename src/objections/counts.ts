import type { Queryable } from '../database/query.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { Setting } from '../shared/settings.ts';
import { type ObjectionKind, objectionKinds } from './kinds.ts';

/** People, small numbers protected: `*` is 1 to 7, anything above is rounded to the nearest 5 (NHS England, HES rule). */
export interface ProtectedCounts {
  /** In force on the last day of the period. */
  readonly inForce: string;
  readonly set: string;
  readonly withdrawn: string;
}

export interface ObjectionCount extends ProtectedCounts {
  readonly kind: ObjectionKind;
  /** By the setting that recorded it; 'none' where no care service did (the Spine, a letter to the programme). */
  readonly bySetting: readonly (ProtectedCounts & { readonly recordedIn: Setting | 'none' })[];
}

/** 1 to 7 is not shown, 0 is, and anything above is rounded to the nearest 5. */
export function protect(people: number): string {
  if (people === 0) return '0';
  return people <= 7 ? '*' : String(Math.round(people / 5) * 5);
}

/** A total of what is shown, so that nothing hidden can be got by taking the parts from the whole. */
export function totalShown(parts: readonly string[]): string {
  const sum = parts.reduce((total, part) => total + (part === '*' ? 0 : Number(part)), 0);
  return sum === 0 && parts.includes('*') ? '*' : String(sum);
}

/** Every kind, also those nobody has: a missing line would say as much as a zero, and be read as a mistake. */
export async function countObjections(
  db: Queryable,
  { from, to, place }: { readonly from: LocalDate; readonly to: LocalDate; readonly place?: string | undefined },
): Promise<readonly ObjectionCount[]> {
  const { rows } = await db.query<{ kind: string; recordedIn: Setting | null; inForce: string; set: string; withdrawn: string }>(
    `select kind, recorded_in as "recordedIn", in_force as "inForce", set_in_period as "set", withdrawn_in_period as "withdrawn"
     from objections.counts($1::date, $2::date, $3) order by recorded_in nulls first`,
    [from, to, place ?? null],
  );
  return objectionKinds.map((kind) => {
    const bySetting = rows
      .filter((row) => row.kind === kind)
      .map(({ recordedIn, inForce, set, withdrawn }) => ({
        recordedIn: recordedIn ?? ('none' as const),
        inForce: protect(Number(inForce)),
        set: protect(Number(set)),
        withdrawn: protect(Number(withdrawn)),
      }));
    const total = (of: keyof ProtectedCounts) => totalShown(bySetting.map((row) => row[of]));
    return { kind, inForce: total('inForce'), set: total('set'), withdrawn: total('withdrawn'), bySetting };
  });
}

const movements = { inForce: 'at-end', set: 'entered', withdrawn: 'left' } as const satisfies Record<keyof ProtectedCounts, string>;

/** Name of a count, under which it is held against all that was shown of it before (returns/evidence-pack/hold-counts.ts). */
export const countedAs = (kind: ObjectionKind, recordedIn: Setting | 'none', of: keyof ProtectedCounts): string =>
  `objections/${kind}/${recordedIn}.${movements[of]}`;

/** Counts of these columns by name: what a figure made of them rests on. */
export const countedIn = (
  { kind, bySetting }: ObjectionCount,
  columns: readonly (keyof ProtectedCounts)[],
): Readonly<Record<string, '*' | number>> =>
  Object.fromEntries(
    bySetting.flatMap((row) =>
      columns.map((of) => [countedAs(kind, row.recordedIn, of), row[of] === '*' ? ('*' as const) : Number(row[of])] as const),
    ),
  );

/** The same with `*` for the names that have to be kept back, and totals of what is shown then. */
export function withoutKept(count: ObjectionCount, kept: ReadonlySet<string>): ObjectionCount {
  const bySetting = count.bySetting.map((row) => {
    const shown = (of: keyof ProtectedCounts): string => (kept.has(countedAs(count.kind, row.recordedIn, of)) ? '*' : row[of]);
    return { recordedIn: row.recordedIn, inForce: shown('inForce'), set: shown('set'), withdrawn: shown('withdrawn') };
  });
  const total = (of: keyof ProtectedCounts) => totalShown(bySetting.map((row) => row[of]));
  return { kind: count.kind, inForce: total('inForce'), set: total('set'), withdrawn: total('withdrawn'), bySetting };
}

/** People who object in the whole gateway, by kind, on the last day of the period; protected. The lists of the nation are recorded for no place. */
export async function inForceAnywhere(
  db: Queryable,
  period: { readonly from: LocalDate; readonly to: LocalDate },
): Promise<Readonly<Record<ObjectionKind, string>>> {
  const counts = await countObjections(db, period);
  return Object.fromEntries(counts.map(({ kind, inForce }) => [kind, inForce])) as Record<ObjectionKind, string>;
}

/** When each list was last applied, and the people no list can speak for (RULE-OPT-4). */
export interface Completeness {
  readonly lists: readonly { readonly kind: string; readonly lastApplied: string }[];
  /** People in the environment; for a place, those some flow of it has spoken of. */
  readonly people: string;
  /** Of those, people without a GP record here: nobody can say whether they made a type 1 objection. */
  readonly withoutGpRecord: string;
  /** Of those, people the last whole answer of the national service did not cover; everybody where there is none. */
  readonly notCheckedNationally: string;
}

/** Counts those a list is silent about; they are never taken for people without an objection. */
export async function measureCompleteness(db: Queryable, flowNumbers: readonly number[] | undefined): Promise<Completeness> {
  const { rows: lists } = await db.query<{ kind: string; lastApplied: string }>(
    `select coalesce(kind, 'several kinds') as kind, to_char(max(finished) at time zone 'UTC', 'YYYY-MM-DD') as "lastApplied"
     from objections.import where state = 'applied' group by 1
     union all
     select 'national check', to_char(max(prepared_at) at time zone 'UTC', 'YYYY-MM-DD') from ndop.request where state = 'applied' having count(*) > 0
     order by 1`,
  );
  const { rows } = await db.query<{ people: string; without: string; asked: string }>(
    `with here as (
       select p.person_id from environment.person p
       where $1::integer[] is null or exists (select from linkage.sighting s where s.person_id = p.person_id and s.flow_no = any ($1))
     ), answered as (
       select coalesce(sum(r.asked), 0) as asked from ndop.request r
       where r.exchange_id = (select exchange_id from ndop.request group by exchange_id having bool_and(state = 'applied') order by min(prepared_at) desc limit 1)
     )
     select count(*) as people, (select asked from answered) as asked,
       count(*) filter (where not exists (select from linkage.sighting s where s.person_id = here.person_id and s.setting = 'gp')) as "without"
     from here`,
    [flowNumbers ?? null],
  );
  const people = Number(rows[0]?.people ?? 0);
  return {
    lists,
    people: protect(people),
    withoutGpRecord: protect(Number(rows[0]?.without ?? 0)),
    notCheckedNationally: protect(Math.max(0, people - Number(rows[0]?.asked ?? 0))),
  };
}

export interface ImportSummary {
  readonly importId: string;
  readonly kind: string | null;
  readonly state: string;
  readonly received: string;
  readonly recorded: string;
  readonly withdrawn: string;
  readonly unchanged: string;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly started: string;
}

/** Imports, newest first. What was removed is left out: a small number of rows removed could point to a person. */
export async function listImports(db: Queryable): Promise<readonly ImportSummary[]> {
  const { rows } = await db.query<ImportSummary>(
    `select import_id as "importId", kind, state, received, recorded, withdrawn, unchanged, quarantined,
       to_char(started at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started
     from objections.import i order by i.started desc, import_id limit 200`,
  );
  return rows;
}

import type { Queryable } from '../database/query.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';

export interface DeferredCounts {
  /** Outcome code → rows, for rows that name a patient who cannot be used or is not there. */
  readonly withheld: ReadonlyMap<string, number>;
  readonly quarantined: ReadonlyMap<string, number>;
  /** Rows moved to the stage, and those of them whose person's number the sender verified. */
  readonly staged: number;
  /** Rows whose earlier form must go, because they are withheld. */
  readonly withdrawn: number;
  readonly verified: number;
}

const nothingFiled: DeferredCounts = { withheld: new Map(), quarantined: new Map(), staged: 0, withdrawn: 0, verified: 0 };

const unresolvedReference = 'Send the NHS number, or the patient this record refers to in the same delivery.';
const unknownLocalId =
  'The row has no NHS number, and nobody is known by its local id. Trace the person on PDS and send the NHS number, or send a record that gives both first.';

export interface FilingOptions {
  readonly deliveryNo: number;
  readonly flowNo: number;
  readonly linkByLocalId: boolean;
  /** True for FHIR, where two patients with one id leave no reference certain; rows of a CSV are held one by one instead. */
  readonly refuseAmbiguous: boolean;
  readonly today: string;
  readonly origin: Setting;
  /** Youngest age in whole years that may land; 0 = everyone. */
  readonly minimumAge: number;
  /** First reason to withhold for the objections in force, or undefined. */
  readonly reasonFor: (objections: readonly string[]) => string | undefined;
  /** Lines the row report still has room for. */
  readonly reportable: number;
}

/**
 * Files the rows that named a person by the sender's own id, once the whole delivery has said who that is: references
 * resolve whatever their order, without keeping an identifier anywhere meanwhile. Where an agreement links by local id,
 * ids of earlier deliveries count too. A row whose patient is unusable shares the patient's fate; one whose patient is not
 * there is quarantined.
 */
export async function fileDeferred(tx: Queryable, options: FilingOptions): Promise<DeferredCounts> {
  const { rowCount: waiting } = await tx.query('select from deferred limit 1');
  if (waiting) await tx.query('analyze deferred (row_no)');
  // Two numbers of which one replaced the other are one person, and their sender's id for that person is not ambiguous.
  await tx.query(
    `update patient_ref r set person_id = s.person_id
       from superseded s join linkage.pseudonym p on p.landing_pseudonym = s.old_pseudonym
      where r.person_id = p.person_id and p.person_id <> s.person_id`,
  );
  if (options.linkByLocalId) {
    await tx.query(
      `insert into linkage.local_identifier as l (local_key, person_id, flow_no, delivery_no)
       select said.ref_key, said.person_id, $1, $2
         from (select ref_key, min(person_id) as person_id from patient_ref where person_id is not null and outcome is null
                group by ref_key having count(distinct person_id) = 1) said
        where not exists (select from linkage.local_identifier k where k.local_key = said.ref_key and k.person_id = said.person_id offset 0)
        order by said.ref_key
       on conflict (local_key) do update
          set person_id = excluded.person_id, flow_no = excluded.flow_no, delivery_no = excluded.delivery_no
        where l.person_id <> excluded.person_id`,
      [options.flowNo, options.deliveryNo],
    );
    // An id two people were sent under says nothing about either, and would file somebody's record under somebody else.
    await tx.query(
      `delete from linkage.local_identifier l where l.local_key = any (array(
         select ref_key from patient_ref where person_id is not null and outcome is null group by ref_key having count(distinct person_id) > 1))`,
    );
  }
  if (!waiting && !options.refuseAmbiguous) return nothingFiled;
  await tx.query(
    `create temporary table resolved on commit drop as
     select ref_key, min(person_id) as person_id,
            case when count(distinct person_id) > 1 then 'Q:PATIENT_REFERENCE_AMBIGUOUS'
                 when count(*) filter (where person_id is not null and outcome is null) = 0 then min(outcome) end as outcome,
            coalesce(bool_or(verified), false) as verified
       from patient_ref group by ref_key`,
  );
  if (options.refuseAmbiguous) await refuseAmbiguous(tx);
  if (options.linkByLocalId) {
    await tx.query(
      `insert into resolved (ref_key, person_id, verified)
       select d.ref_key, l.person_id, false
         from (select ref_key from deferred except select ref_key from resolved) d
        cross join lateral (select k.person_id from linkage.local_identifier k where k.local_key = d.ref_key offset 0) l`,
    );
    await withholdObjecting(tx, options);
  }
  await tx.query('create index on resolved (ref_key)');
  await tx.query('analyze resolved');
  if (options.minimumAge > 0) await withholdYoung(tx, options);
  const moved = await tx.query(
    `insert into stage
     select d.row_no, d.deleted, false, r.person_id, d.source_key, d.started_at, d.ended_at, d.source_at, d.ready_on, d.cost_pence, d.kind, d.provider, d.period, d.codes, d.attributes,
            d.flow_no, d.delivery_no, d.setting
       from deferred d join resolved r using (ref_key) where r.outcome is null and d.outcome is null`,
  );
  const verified = await tx.query<{ rows: number }>(
    'select count(*)::int as rows from deferred d join resolved r using (ref_key) where r.outcome is null and d.outcome is null and r.verified',
  );
  const { rows } = await tx.query<{ outcome: string; rows: number }>(
    `with left_over as (
       select d.row_no, coalesce(d.outcome, r.outcome, 'Q:PATIENT_REFERENCE_UNRESOLVED') as outcome
         from deferred d left join resolved r using (ref_key) where r.ref_key is null or coalesce(d.outcome, r.outcome) is not null
     ), reported as (
       insert into landing.problem (delivery_no, row_no, field, rule, severity, guidance)
       select $1, row_no, 'patient', substr(outcome, 3), 'error',
              case outcome when 'Q:PATIENT_REFERENCE_UNRESOLVED' then $3
                           when 'Q:PATIENT_REFERENCE_AMBIGUOUS' then 'Two patients of the delivery have the same id. Give each an id of their own, or send the NHS number.'
                           else 'The patient this record refers to was quarantined for this reason. Correct the patient, and send both again.' end
         from left_over where outcome like 'Q:%' order by row_no limit $2
     )
     select outcome, count(*)::int as rows from left_over group by outcome`,
    [options.deliveryNo, options.reportable, options.refuseAmbiguous ? unresolvedReference : unknownLocalId],
  );
  // What may not land now may not stay in the form it had before.
  const withdrawn = await tx.query(
    `insert into stage (row_no, deleted, withheld, person_id, source_key, source_at, kind, period, flow_no, delivery_no, setting)
     select d.row_no, true, true, 0, d.source_key, d.source_at, d.kind, d.period, d.flow_no, d.delivery_no, d.setting
       from deferred d join resolved r using (ref_key) where coalesce(d.outcome, r.outcome) like 'W:%'`,
  );
  const pick = (prefix: string): Map<string, number> =>
    new Map(rows.filter(({ outcome }) => outcome.startsWith(prefix)).map(({ outcome, rows: count }) => [outcome.slice(2), count]));
  return {
    withheld: pick('W:'),
    quarantined: pick('Q:'),
    staged: moved.rowCount ?? 0,
    withdrawn: withdrawn.rowCount ?? 0,
    verified: verified.rows[0]?.rows ?? 0,
  };
}

async function refuseAmbiguous(tx: Queryable): Promise<void> {
  const { rowCount } = await tx.query(`select from resolved where outcome = 'Q:PATIENT_REFERENCE_AMBIGUOUS' limit 1`);
  if (!rowCount) return;
  throw new GatewayError(
    'PATIENT_ID_AMBIGUOUS',
    'Two patients of the delivery have the same id and different NHS numbers. Nothing was taken; give each an id of its own and send it again.',
  );
}

/** Whoever a delivery of long ago introduced may have objected since, and an id is no way round that: asked of those with a row that waits. */
async function withholdObjecting(tx: Queryable, { today, origin, reasonFor }: FilingOptions): Promise<void> {
  const { rows } = await tx.query<{ person_id: number; kinds: string[] }>(
    `select p.person_id, o.kinds
       from objections.in_force(
              array(select landing_pseudonym from linkage.pseudonym where person_id in (
                select r.person_id from resolved r where r.outcome is null and r.ref_key in (select ref_key from deferred))),
              $1::date, $2::environment.setting) o
       join linkage.pseudonym p using (landing_pseudonym)`,
    [today, origin],
  );
  const objecting = rows.flatMap(({ person_id: person, kinds }) => {
    const reason = reasonFor(kinds);
    return reason === undefined ? [] : [{ person, reason }];
  });
  await tx.query(
    `update resolved r set outcome = 'W:' || o.reason
       from unnest($1::bigint[], $2::text[]) as o (person_id, reason) where r.person_id = o.person_id and r.outcome is null`,
    [objecting.map(({ person }) => person), objecting.map(({ reason }) => reason)],
  );
}

/**
 * The age policy for rows that gave no date of birth themselves, by what this flow (its sightings are folded by now) or another says.
 * Only the month is known, so they are taken to be born on its last day; a birth nobody knows is no proof of being grown up.
 */
async function withholdYoung(tx: Queryable, { minimumAge, today, flowNo }: FilingOptions): Promise<void> {
  await tx.query(
    `with judged as (
       select d.row_no, b.birth is null as unknown
         from deferred d join resolved r using (ref_key)
         left join lateral (
           select coalesce((select s.birth_month from linkage.sighting s where s.person_id = r.person_id and s.flow_no = $3),
                           (select e.birth_month from environment.person e where e.person_id = r.person_id)) as birth
         ) b on true
        where r.outcome is null and not d.grown
          and (b.birth is null or coalesce(d.started_at, $2::date) < b.birth + make_interval(years => $1::integer, months => 1))
     )
     update deferred d set outcome = case when judged.unknown then 'W:AGE_UNKNOWN' else 'W:UNDER_AGE' end from judged where judged.row_no = d.row_no`,
    [minimumAge, today, flowNo],
  );
}

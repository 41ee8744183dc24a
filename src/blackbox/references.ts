import type { Queryable } from '../database/query.ts';

export interface DeferredCounts {
  /** Outcome code → rows, for rows that name a patient who cannot be used or is not there. */
  readonly withheld: ReadonlyMap<string, number>;
  readonly quarantined: ReadonlyMap<string, number>;
  /** Rows moved to the stage, and those of them whose person's number the sender verified. */
  readonly staged: number;
  readonly verified: number;
}

/**
 * Files the rows that named a person by the sender's own id, once the whole delivery has said who that is: references
 * resolve whatever their order, without keeping an identifier anywhere meanwhile. Where an agreement links by local id,
 * ids of earlier deliveries count too. A row whose patient is unusable shares the patient's fate; one whose patient is not
 * there is quarantined.
 */
export async function fileDeferred(
  tx: Queryable,
  options: { readonly deliveryNo: number; readonly flowNo: number; readonly linkByLocalId: boolean },
): Promise<DeferredCounts> {
  await tx.query('analyze deferred');
  if (options.linkByLocalId) {
    await tx.query(
      `insert into linkage.local_identifier (local_key, person_id, flow_no, delivery_no)
       select distinct on (ref_key) ref_key, person_id, $1, $2 from patient_ref where person_id is not null and outcome is null order by ref_key, person_id
       on conflict (local_key) do nothing`,
      [options.flowNo, options.deliveryNo],
    );
  }
  await tx.query(
    `create temporary table resolved on commit drop as
     select ref_key, min(person_id) as person_id,
            case when count(distinct person_id) > 1 then 'Q:PATIENT_REFERENCE_AMBIGUOUS'
                 when count(*) filter (where person_id is not null and outcome is null) = 0 then min(outcome) end as outcome,
            coalesce(bool_or(verified), false) as verified
       from patient_ref group by ref_key`,
  );
  if (options.linkByLocalId) {
    await tx.query(
      `insert into resolved (ref_key, person_id, verified)
       select l.local_key, l.person_id, false from linkage.local_identifier l
        where l.local_key in (select ref_key from deferred) and l.local_key not in (select ref_key from resolved)`,
    );
  }
  await tx.query('create index on resolved (ref_key)');
  await tx.query('analyze resolved');
  const moved = await tx.query(
    `insert into stage
     select d.row_no, d.deleted, r.person_id, d.source_key, d.started_at, d.ended_at, d.source_at, d.ready_on, d.cost_pence, d.kind, d.provider, d.period, d.codes, d.attributes,
            d.flow_no, d.delivery_no, d.setting
       from deferred d join resolved r using (ref_key) where r.outcome is null`,
  );
  const verified = await tx.query<{ rows: number }>(
    'select count(*)::int as rows from deferred join resolved r using (ref_key) where r.outcome is null and r.verified',
  );
  const { rows } = await tx.query<{ outcome: string; rows: number }>(
    `with left_over as (
       select d.row_no, coalesce(r.outcome, 'Q:PATIENT_REFERENCE_UNRESOLVED') as outcome
         from deferred d left join resolved r using (ref_key) where r.ref_key is null or r.outcome is not null
     ), reported as (
       insert into landing.problem (delivery_no, row_no, field, rule, severity, guidance)
       select $1, row_no, 'patient', substr(outcome, 3), 'error',
              case outcome when 'Q:PATIENT_REFERENCE_UNRESOLVED' then 'Send the patient this record refers to in the same delivery.'
                           when 'Q:PATIENT_REFERENCE_AMBIGUOUS' then 'Two patients of the delivery have the same id.'
                           else 'The patient this record refers to was quarantined for this reason.' end
         from left_over where outcome like 'Q:%'
     )
     select outcome, count(*)::int as rows from left_over group by outcome`,
    [options.deliveryNo],
  );
  const pick = (prefix: string): Map<string, number> =>
    new Map(rows.filter(({ outcome }) => outcome.startsWith(prefix)).map(({ outcome, rows: count }) => [outcome.slice(2), count]));
  return { withheld: pick('W:'), quarantined: pick('Q:'), staged: moved.rowCount ?? 0, verified: verified.rows[0]?.rows ?? 0 };
}

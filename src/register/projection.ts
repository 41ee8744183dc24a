import type { Queryable } from '../database/query.ts';
import type { PlaceDocument } from './model.ts';

/** Writes what SQL must know of the agreements: basis, form, retention, periods and the steps of the basis. */
export async function storeAgreements(tx: Queryable, { agreements, place }: PlaceDocument): Promise<void> {
  const ids = agreements.map((a) => a.id);
  await tx.query('update register.agreement set removed = true where place_id = $1 and agreement_id <> all($2::text[]) and not removed', [
    place.id,
    ids,
  ]);
  await tx.query(
    `insert into register.agreement (agreement_id, place_id, basis, form, retain_months)
     select agreement_id, $2, basis, form, retain_months
       from unnest($1::text[], $3::text[], $4::text[], $5::integer[]) as a (agreement_id, basis, form, retain_months)
     on conflict (agreement_id) do update
       set basis = excluded.basis, form = excluded.form, retain_months = excluded.retain_months, removed = false`,
    [
      ids,
      place.id,
      agreements.map((a) => a.legalBasis.kind),
      agreements.map((a) => a.form),
      agreements.map((a) => a.retention?.months ?? null),
    ],
  );
  const periods = [ids, agreements.map((a) => a.validFrom), agreements.map((a) => a.validTo)];
  await tx.query(
    `delete from register.agreement_period p
      using unnest($1::text[], $2::date[], $3::date[]) as a (agreement_id, valid_from, valid_to)
       join register.agreement r using (agreement_id)
      where p.agreement_no = r.agreement_no and p.period && daterange(a.valid_from, a.valid_to, '[]')`,
    periods,
  );
  await tx.query(
    `insert into register.agreement_period (agreement_no, period)
     select r.agreement_no, daterange(a.valid_from, a.valid_to, '[]')
       from unnest($1::text[], $2::date[], $3::date[]) as a (agreement_id, valid_from, valid_to)
       join register.agreement r using (agreement_id)`,
    periods,
  );
  const steps = agreements.flatMap((a) => a.legalBasis.history.map((step, index) => ({ id: a.id, index, ...step })));
  await tx.query(
    'delete from register.basis_step using register.agreement r where basis_step.agreement_no = r.agreement_no and r.place_id = $1',
    [place.id],
  );
  await tx.query(
    `insert into register.basis_step (agreement_no, step_no, state, taken_on)
     select r.agreement_no, s.step_no, s.state, s.taken_on
       from unnest($1::text[], $2::smallint[], $3::text[], $4::date[]) as s (agreement_id, step_no, state, taken_on)
       join register.agreement r using (agreement_id)`,
    [steps.map((s) => s.id), steps.map((s) => s.index), steps.map((s) => s.state), steps.map((s) => s.on)],
  );
}

/** Gives new flows their number, and writes the steps of every flow. A flow that left the document keeps its number. */
export async function storeFlows(tx: Queryable, { flows, services, place }: PlaceDocument): Promise<void> {
  const setting = new Map(services.map((service) => [service.id, service.setting]));
  await tx.query(
    `insert into register.flow (flow_id, place_id, setting, feed_id, agreement_id)
     select f.flow_id, $2, f.setting::environment.setting, f.feed_id, f.agreement_id
       from unnest($1::text[], $3::text[], $4::text[], $5::text[]) with ordinality as f (flow_id, setting, feed_id, agreement_id, place_in_file)
      where not exists (select from register.flow known where known.flow_id = f.flow_id)
      order by place_in_file`,
    [flows.map((f) => f.id), place.id, flows.map((f) => setting.get(f.from)), flows.map((f) => f.feed), flows.map((f) => f.agreement)],
  );
  await tx.query(
    `update register.flow set agreement_id = f.agreement_id
       from unnest($1::text[], $2::text[]) as f (flow_id, agreement_id)
      where flow.flow_id = f.flow_id and flow.agreement_id <> f.agreement_id`,
    [flows.map((f) => f.id), flows.map((f) => f.agreement)],
  );
  const steps = flows.flatMap((flow) => flow.history.map((step, index) => ({ id: flow.id, index, ...step })));
  await tx.query('delete from register.flow_step using register.flow f where flow_step.flow_no = f.flow_no and f.place_id = $1', [
    place.id,
  ]);
  await tx.query(
    `insert into register.flow_step (flow_no, step_no, state, taken_on)
     select f.flow_no, s.step_no, s.state, s.taken_on
       from unnest($1::text[], $2::smallint[], $3::text[], $4::date[]) as s (flow_id, step_no, state, taken_on)
       join register.flow f using (flow_id)`,
    [steps.map((s) => s.id), steps.map((s) => s.index), steps.map((s) => s.state), steps.map((s) => s.on)],
  );
}

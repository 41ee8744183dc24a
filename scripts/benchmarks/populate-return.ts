import { join } from 'node:path';
import { buildReturn } from '../../src/returns/build.ts';
import { countMeasures } from '../../src/returns/measures/count-measures.ts';
import { loadMeasures } from '../../src/returns/measures/load-measures.ts';
import { answersOf } from '../../src/returns/return.ts';
import type { LocalDate } from '../../src/shared/clock.ts';
import { packageRoot } from '../../src/shared/package-root.ts';
import { type BenchResult, median, openWorld, say, timed, type World } from './world.ts';

const period = { from: '2026-07-01', to: '2026-09-30' } as const;
const at = '2026-11-21' as LocalDate;
const people = 175_000;
const deliveries = 10_000;

/** What a setting sends, and its part of all events: records as they stand in the environment after landing. */
const parts = [
  {
    flow: 'sus-apc-southend',
    kind: 'admission',
    share: 0.06,
    attributes: `jsonb_build_object('AdmissionMethodHospitalProviderSpell', (array['21','11','22','2A'])[1 + n % 4], 'DischargeDestinationHospitalProviderSpell', '19', 'PatientClassification', '1')`,
  },
  {
    flow: 'asc-cld-southend',
    kind: 'service',
    share: 0.04,
    attributes: `jsonb_build_object('Client_Type', 'Service User', 'Service_Type', (array['Long Term Support: Community','Long Term Support: Residential Care','Short Term Support: ST-Max'])[1 + n % 3])`,
  },
  {
    flow: 'continuing-healthcare-southend',
    kind: 'package',
    share: 0.01,
    attributes: `jsonb_build_object('PersonalHealthBudget', case when n % 4 = 0 then 'Y' else 'N' end, 'EligibilityDecision', 'Eligible', 'PersonalHealthBudgetStartDate', to_char(date '2024-01-01' + (n % 950)::int, 'YYYY-MM-DD'))`,
  },
  { flow: 'gp-coded-records-f81001', kind: 'coded-record', share: 0.74, attributes: 'null::jsonb' },
  { flow: 'csds-southend', kind: 'care-contact', share: 0.15, attributes: 'null::jsonb' },
] as const;

/** Adds events up to a number, made in the database, because it is not deliveries that are measured. */
async function fill({ owner }: World, from: number, to: number): Promise<void> {
  for (const { flow, kind, share, attributes } of parts) {
    const { rows } = await owner.query<{ no: number; setting: string }>(
      'select flow_no as no, setting::text as setting from register.flow where flow_id = $1',
      [flow],
    );
    if (rows[0] === undefined) throw new Error(`the example place has no flow ${flow}`);
    await owner.query(
      `insert into environment.event (person_id, started_at, ended_at, ready_on, source_key, flow_no, delivery_no, setting, kind, provider, codes, attributes)
       select 1 + (n * 7919) % ${people}, d.day, d.day + interval '5 days', d.day::date + 3, md5($1 || '.' || n)::uuid, $2::int, 1, $3::environment.setting, $4, 'RAJ', '{icd10:I219}', ${attributes}
       from generate_series($5::bigint, $6::bigint - 1) n, lateral (select timestamp '2024-10-01' + (n * 31 % 730) * interval '1 day' as day) d`,
      [flow, rows[0].no, rows[0].setting, kind, Math.round(from * share), Math.round(to * share)],
    );
  }
  say(`  ${to} events`);
}

async function prepare({ owner }: World): Promise<void> {
  await owner.query(
    `insert into environment.person (person_id, sex, birth_month, linkage_grade, updated_by)
     select n, '1', date '1930-01-01' + (n % 900)::int * interval '1 month', 'verified', 1 from generate_series(1, ${people}) n`,
  );
  await owner.query(
    `insert into landing.delivery
       (delivery_id, flow_id, setting, sha256, bytes, state, register_version, actor, received, landed, updated, unchanged, withheld_total,
        quarantined_total, withheld, quarantined, number_expected, number_usable, number_verified, persons_existing, persons_new, started, finished)
     select gen_random_uuid(), f.flow_id, f.setting, sha256(convert_to(n::text, 'UTF8')), 1, 'landed', (select max(version) from register.version), 'benchmark',
       500, 500, 0, 0, 0, 0, '{}', '{}', 500, 497, 495, 480, 20, t.moment, t.moment
     from generate_series(1, ${deliveries}) n
     cross join lateral (select timestamptz '2026-07-01 08:00Z' + n * interval '13 minutes' as moment) t
     join (select flow_id, setting, row_number() over (order by flow_id) as place, count(*) over () as flows from register.flow) f on f.place = 1 + n % f.flows`,
  );
}

interface Measured {
  readonly seconds: number;
  readonly scan: number;
  readonly counting: number;
}

/** Populates the quarter as `haven return build` does, and scans the events once as anybody would who kept no counts. */
async function measure({ app, owner }: World, runs: number): Promise<Measured> {
  const config = join(packageRoot(), 'config');
  const { definitions } = await loadMeasures(config);
  await owner.query('truncate environment.person_measure, returns.measure_rule, returns.month_measure');
  await owner.query('vacuum analyze environment.event, environment.person');
  await owner.query('vacuum analyze landing.delivery');
  const counting = await timed(() => countMeasures(app.gateway, definitions, app.clock));
  const ours: number[] = [];
  const scans: number[] = [];
  for (let run = 0; run < runs; run++) {
    const scan = await timed(() =>
      owner.query(`select setting, count(*) from environment.event where started_at >= $1 and started_at < $2::date + 1 group by setting`, [
        period.from,
        period.to,
      ]),
    );
    scans.push(scan.seconds);
    const built = await timed(async () => {
      await countMeasures(app.gateway, definitions, app.clock);
      return buildReturn(app.gateway, { config, template: 'bcf-2016-17-q2', place: 'southend-on-sea', at, period });
    });
    ours.push(built.seconds);
    const cells = answersOf(built.result);
    if (
      cells.get('am.nhs-number.correspondence.gp')?.answer !== 'Yes' ||
      typeof cells.get('sm.nea.progress')?.evidence?.shares.numerator !== 'number'
    )
      throw new Error('the return was not populated from these data');
  }
  return { seconds: median(ours), scan: median(scans), counting: counting.seconds };
}

/** A quarter from five million events and ten thousand deliveries; a fifth of the events must take as long. */
export async function populateReturn(events = 5_000_000, runs = 5): Promise<BenchResult> {
  const world = await openWorld();
  try {
    await prepare(world);
    const few = events / 5;
    await fill(world, 0, few);
    const small = await measure(world, runs);
    say(
      `  ${few} events: return ${small.seconds.toFixed(2)} s, scan ${small.scan.toFixed(2)} s, first count ${small.counting.toFixed(1)} s`,
    );
    await fill(world, few, events);
    const large = await measure(world, runs);
    say(
      `  ${events} events: return ${large.seconds.toFixed(2)} s, scan ${large.scan.toFixed(2)} s, first count ${large.counting.toFixed(1)} s`,
    );
    return {
      bench: 'populate-return',
      value: large.seconds,
      unit: `s for one quarter of ${events} events and ${deliveries} deliveries, from the register to the findings`,
      yardstick: large.scan,
      ratio: large.seconds / large.scan,
      runs,
      note: `yardstick: one plain SQL scan of the events; with ${few} events ${small.seconds.toFixed(2)} s and a scan of ${small.scan.toFixed(2)} s; counting everybody once ${large.counting.toFixed(1)} s`,
    };
  } finally {
    await world.close();
  }
}

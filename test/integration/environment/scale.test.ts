import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '../../../src/database/query.ts';
import { refreshSummaries } from '../../../src/environment/summary.ts';
import { runRisk } from '../../../src/risk/run.ts';
import { loadRiskTables } from '../../../src/risk/tables.ts';
import { type LocalDate, systemClock } from '../../../src/shared/clock.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type TestDatabases, testDatabases } from '../../support/database.ts';
import { scopeOn } from '../risk/population.ts';
import { bind } from '../../../src/environment/bind.ts';
import { activitySql, activityValues } from '../../../src/environment/summary-sql.ts';

const tables = await loadRiskTables(join(packageRoot(), 'config', 'risk'));
let databases: TestDatabases;
beforeAll(async () => { databases = await testDatabases(); });
afterAll(async () => databases.close());
const N = Number(process.env.N ?? 20000), E = Number(process.env.E ?? 500000);
it('scale', async () => {
  const admin = databases.administrator('haven');
  const t0 = Date.now();
  await admin.query(`insert into linkage.person (person_id) overriding system value select generate_series(1,$1::int)`, [N]);
  await admin.query(`insert into linkage.pseudonym select upper(translate(md5(n::text),'abcdef','ABCDEF')), 1, n from generate_series(1,$1::int) n`, [N]);
  await admin.query(`insert into linkage.sighting (person_id, flow_no, setting, number_status, delivery_no) select n, 1, 'gp','01',1 from generate_series(1,$1::int) n`, [N]);
  await admin.query(`insert into environment.person (person_id, sex, birth_month, postcode_sector, linkage_grade, updated_by) select n,'2', date_trunc('month', date '1926-01-01' + (n % 100) * interval '1 year'),'SS1 2','verified',1 from generate_series(1,$1::int) n`, [N]);
  await admin.query(`
    insert into environment.event (person_id, started_at, source_key, flow_no, delivery_no, setting, kind, provider, codes, attributes, cost_pence)
    select 1 + (random() * random() * ($1::int - 1))::int, timestamp '2021-01-01' + random() * interval '1900 days', gen_random_uuid(),
      s.flow, 1, s.setting::environment.setting, s.kind, 'RAJ', 
      case s.kind when 'admission' then array['icd10:' || chr(65 + (random()*25)::int) || lpad((random()*999)::int::text,3,'0'), 'icd10:' || chr(65 + (random()*25)::int) || lpad((random()*999)::int::text,3,'0'), 'icd10:F001','icd10:N390']
        when 'prescription-issue' then array['dmd:' || (random()*2000)::int]
        when 'coded-record' then array['snomed:' || case when random() < 0.05 then '44054006' else (100000 + (random()*5000)::int)::text end]
        else array['snomed:' || (100000 + (random()*3000)::int)::text] end,
      case when s.kind='admission' then jsonb_build_object('AdmissionMethodHospitalProviderSpell', case when random()<0.4 then '21' else '11' end,'EpisodeNumber','01','PatientClassification','1') else '{"a":"b"}'::jsonb end, 1000
    from (select (random()*100)::int r from generate_series(1,$2::int)) g
    cross join lateral (select * from (values (0,12,2,'hospital','admission'),(12,20,2,'hospital','emergency-attendance'),(20,30,2,'hospital','outpatient-attendance'),(30,60,1,'gp','coded-record'),(60,85,1,'gp','prescription-issue'),(85,93,4,'community','community-contact'),(93,97,5,'mental-health','mental-health-contact'),(97,101,3,'social-care','social-care-service')) v(lo,hi,flow,setting,kind) where r >= lo and r < hi) s`, [N, E]);
  console.log('made', (Date.now() - t0) / 1000);
  await admin.query('vacuum analyze environment.event'); await admin.query('analyze');
  await admin.query('create table hold as select 1');
  const gateway = databases.pool('haven_gateway');
  const timed = async (name: string, work: () => Promise<unknown>) => { const t = Date.now(); const r = await work(); console.log(name, (Date.now() - t) / 1000, JSON.stringify(r).slice(0, 200)); };
  const asOf = '2026-02-28' as LocalDate;
  for (let i = 0; i < 2; i++) await timed('summary', () => transaction(gateway, (tx) => refreshSummaries(tx, { asOf, personIds: 'all', rules: tables.summary })));
  await timed('summary 100', () => transaction(gateway, (tx) => refreshSummaries(tx, { asOf, personIds: Array.from({ length: 100 }, (_, i) => String(i + 1)), rules: tables.summary })));
  for (const model of ['hfrs', 'southend-criteria']) await timed(model, () => transaction(gateway, (tx) => runRisk(tx, { model, indexDate: asOf, scope: scopeOn('2026-03-01'), actor: 't' }, tables, systemClock)));
  if (process.env.EXPLAIN) {
    const q = bind(`explain (analyze, costs off) ${activitySql}`, activityValues({ asOf, flows: null, persons: null }, tables.summary));
    const plan = await transaction(gateway, async (tx) => { await tx.query("set local work_mem = '256MB'"); return tx.query(q.text, q.values); });
    console.log(plan.rows.map((r) => Object.values(r)[0]).join('\n'));
  }
  expect(1).toBe(1);
}, 600_000);

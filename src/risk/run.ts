import { randomUUID } from 'node:crypto';
import { recordAudit } from '../audit/record.ts';
import type { Transaction } from '../database/query.ts';
import { bind } from '../environment/bind.ts';
import type { ReadScope } from '../environment/scope.ts';
import { activityValues, prepareForScan } from '../environment/summary-sql.ts';
import { holdWhileLanding } from '../objections/lock.ts';
import { type NationalCover, narrowCover } from '../objections/national/cover.ts';
import { discloseUnder } from '../objections/national/disclose.ts';
import type { Clock, LocalDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { HfrsWindow } from './hfrs.ts';
import { findRunModel, type RiskModel } from './models.ts';
import type { RiskTables } from './tables.ts';

export interface RiskRunRequest {
  readonly model: string;
  readonly indexDate: LocalDate;
  /** Which rows may be used, and which objections withhold them (environment/scope.ts); its purpose is the purpose of the run. */
  readonly scope: ReadScope;
  readonly place?: string;
  readonly window?: HfrsWindow;
  /** People who are not scored although no objection says so (a register outside the gateway, a court order). */
  readonly excluded?: readonly string[];
  readonly actor: string;
}

export interface RiskRun {
  readonly runId: string;
  readonly model: string;
  readonly version: string;
  readonly indexDate: LocalDate;
  readonly population: string;
  readonly people: number;
  readonly excluded: number;
  /** SHA-256 of the ranked list: equal for equal events, parameters and objections. */
  readonly sha256: string;
  readonly started: string;
  readonly finished: string;
}

/**
 * Who is ranked above whom: score, then the model's own tie-break, then a keyed order. The landing pseudonym is a keyed
 * hash, so mixed with the index date it favours nobody, and the same run on the same day gives the same list.
 */
const scoringSql = (model: RiskModel) => `
with excluded as materialized (
    select unnest(:excludedPersons::bigint[]) as person_id
    union
    select person_id from objections.persons_objecting(:withheldKinds::text[], :today::date)
  ),
  ${model.ctes},
  ranked as (
    select s.*, row_number() over (order by s.score_tenths desc, s.tie desc, md5(:asOf::date::text || n.pseudonym), s.person_id) as rank,
      count(*) over () as people
    from scored s
    left join (select person_id, min(landing_pseudonym) as pseudonym from linkage.pseudonym group by person_id) n using (person_id)
  ),
  written as (
    insert into risk.score (run_id, person_id, score_tenths, band, reasons, rank, tier)
    select :runId::uuid, person_id, score_tenths, band, reasons, rank,
      (select tier from unnest(:tierNames::text[], :tierPerMille::bigint[]) as t (tier, per_mille)
       where rank <= (2 * people * per_mille + 1000) / 2000 order by per_mille limit 1)
    from ranked
    returning 1
  )
select (select count(*) from written)::text as people,
  (select count(*) from population where person_id in (select person_id from excluded))::text as excluded`;

const digestSql = `
select sha256(convert_to(coalesce(string_agg(concat_ws(',', rank, person_id, score_tenths, band, tier), E'\\n' order by rank), ''), 'UTF8')) as digest
from risk.score where run_id = $1`;

interface CheckedScope {
  readonly flows: number[];
  readonly withheldKinds: string[];
  readonly national: NationalCover | undefined;
}

function checkScope(model: RiskModel, scope: ReadScope): CheckedScope {
  if (!scope.purpose.startsWith('risk-stratification-'))
    throw new GatewayError('RISK_PURPOSE_WRONG', 'A risk run needs a risk stratification purpose.', { exit: exitCode.usage });
  const isRead = ({ setting }: { readonly setting: ReadScope['flows'][number]['setting'] }) =>
    model.settings === undefined || model.settings.includes(setting);
  const flows = scope.flows.filter(isRead).map(({ flowNo }) => flowNo);
  if (flows.length === 0)
    throw new GatewayError(
      'RISK_NO_FLOW',
      'No flow with the data this model needs is admitted today for this purpose at this place. See `haven register check` for the reasons.',
      { status: 409 },
    );
  return {
    flows,
    withheldKinds: [...new Set(scope.withheld.filter(isRead).map(({ objection }) => objection))],
    national: narrowCover(scope.national, (setting) => isRead({ setting })),
  };
}

/**
 * Whom the national check keeps out of a run that uses confidential patient information: everybody it does not clear, which
 * is also who has no NHS number or arrived after it (RULE-OPT-4). Its evidence is of the run's own transaction.
 */
async function keptOut(
  tx: Transaction,
  national: NationalCover | undefined,
  release: { readonly releaseId: string; readonly actor: string },
  clock: Clock,
): Promise<{ readonly persons: readonly string[]; readonly disclosures: readonly string[] }> {
  if (national === undefined) return { persons: [], disclosures: [] };
  const { rows } = await tx.query<{ ids: string[] }>(`select coalesce(array_agg(person_id::text), '{}') as ids from environment.person`);
  const personIds = rows[0]?.ids ?? [];
  const released = await discloseUnder(tx, national, { ...release, personIds }, clock);
  const cleared = new Set(released.personIds);
  return { persons: personIds.filter((id) => !cleared.has(id)), disclosures: released.disclosures };
}

/**
 * Runs a model over the environment as of an index date and stores the ranked scores, the run and its audit leaf in one
 * transaction. Everything is computed in the database, in one statement. People whose objections withhold any flow the
 * model reads are not scored: a score without those rows would be a wrong one, and with them an unlawful one.
 * @throws GatewayError RISK_MODEL_UNKNOWN, RISK_PURPOSE_WRONG, RISK_NO_FLOW; NATIONAL_CHECK_MISSING, NATIONAL_CHECK_STALE,
 * NDOP_OTHER_APPROVAL where the national opt-out applies and no fresh check was made for this purpose and approval.
 */
export async function runRisk(tx: Transaction, request: RiskRunRequest, tables: RiskTables, clock: Clock): Promise<RiskRun> {
  const model = findRunModel(request.model);
  const window = request.window ?? 'years2';
  const { flows, withheldKinds, national } = checkScope(model, request.scope);
  const started = clock.now().toISOString();
  const runId = randomUUID();
  // An objection that arrives meanwhile is applied behind this, never under it (objections/lock.ts).
  await holdWhileLanding(tx);
  const unchecked = await keptOut(tx, national, { releaseId: runId, actor: request.actor }, clock);
  await prepareForScan(tx);
  const scoring = bind(scoringSql(model), {
    ...activityValues({ asOf: request.indexDate, flows, persons: null }, tables.summary),
    ...model.values(tables, request.indexDate, window),
    excludedPersons: [...(request.excluded ?? []), ...unchecked.persons],
    withheldKinds,
    today: request.scope.at,
    runId,
    tierNames: tables.tiers.map(({ tier }) => tier),
    tierPerMille: tables.tiers.map(({ toPerMille }) => toPerMille),
  });
  const { rows } = await tx.query<{ people: string; excluded: string }>(scoring.text, scoring.values);
  const digest = (await tx.query<{ digest: Buffer }>(digestSql, [runId])).rows[0]?.digest ?? Buffer.alloc(0);
  const run: RiskRun = {
    runId,
    model: model.id,
    version: model.version(tables),
    indexDate: request.indexDate,
    population: model.population(tables),
    people: Number(rows[0]?.people),
    excluded: Number(rows[0]?.excluded),
    sha256: digest.toString('hex'),
    started,
    finished: clock.now().toISOString(),
  };
  await tx.query(
    `insert into risk.run (run_id, model, version, purpose, index_date, place, time_window, population, parameters, flows, started, finished,
       people, excluded, result_sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[runId, run.model, run.version, request.scope.purpose, run.indexDate, request.place ?? null, window, run.population],
      ...[
        JSON.stringify({ ...model.parameters(tables), tiers: tables.tiers }),
        flows,
        started,
        run.finished,
        run.people,
        run.excluded,
        digest,
      ],
    ],
  );
  await recordAudit(
    tx,
    {
      type: 'risk.run',
      actor: request.actor,
      subject: runId,
      detail: {
        model: run.model,
        version: run.version,
        purpose: request.scope.purpose,
        indexDate: run.indexDate,
        flows,
        people: run.people,
        excluded: run.excluded,
        resultSha256: run.sha256,
        ...(unchecked.disclosures.length === 0 ? {} : { disclosures: unchecked.disclosures }),
      },
    },
    clock,
  );
  return run;
}

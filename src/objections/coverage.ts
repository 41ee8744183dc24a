import type { Transaction } from '../database/query.ts';
import type { Purpose } from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import { type CoveredTerms, firstReason, withheldReasons, withheldUnderSomeTerms } from './decide.ts';
import type { DecisionTable } from './decision-table.ts';

/** Every flow the register has ever known, admitted today or not: data of a stopped flow are still data. */
export type CoveredFlow = CoveredTerms & { readonly flowNo: number };

/** What one and the same set of objections covers; a list of 175,000 people has a handful of such sets. */
interface Profile {
  readonly profile: number;
  readonly kinds: readonly string[];
  /** The one setting a local-sharing objection is about; null = all. */
  readonly about: readonly (Setting | null)[];
}

interface JudgedFlow {
  readonly flowNo: number;
  readonly setting: Setting;
  covers(kind: string): boolean;
}

/** What the rules say of flows, asked once a kind and flow instead of once a person. */
export interface CoverageRules {
  readonly table: DecisionTable;
  readonly flows: readonly CoveredFlow[];
}

type Judge = (terms: CoveredTerms) => JudgedFlow['covers'];

/** Asks once for all flows under like terms: the practices of a place sign one agreement, and every one of them sends three feeds. */
export function judgeTerms(table: DecisionTable): Judge {
  const judged = new Map<string, JudgedFlow['covers']>();
  return ({ purposes, basis, form, setting, evidence = [] }) => {
    const terms = { purposes, basis, form, setting, evidence };
    const key = JSON.stringify(terms);
    const known = judged.get(key);
    if (known !== undefined) return known;
    const reasons = withheldReasons(table, terms);
    const covers = (kind: string): boolean => firstReason(reasons, [kind]) !== undefined;
    judged.set(key, covers);
    return covers;
  };
}

/** Data whose flow the register does not know any more: whatever some terms would withhold is withheld (fail closed). */
function judgeUnknown(table: DecisionTable, flowNo: number, setting: Setting): JudgedFlow {
  const kinds: readonly string[] = withheldUnderSomeTerms(table, setting);
  return { flowNo, setting, covers: (kind) => kinds.includes(kind) };
}

/** `kind>setting,kind>`: no kind and no setting has either sign in its name. */
function readSignature(profile: number, signature: string): Profile {
  const parts = signature.split(',').map((part) => part.split('>') as [string, Setting | '']);
  return { profile, kinds: parts.map(([kind]) => kind), about: parts.map(([, about]) => about || null) };
}

const concerns = ({ kinds, about }: Profile, { setting, covers: isCovered }: JudgedFlow): boolean =>
  kinds.some((kind, at) => (about[at] === null || about[at] === setting) && isCovered(kind));

/**
 * Numbers the sets of objections of the people behind the pseudonyms in `objecting`, as `covering_person (person_id, profile)`,
 * and writes what each set covers: `covering_flow (profile, flow_no, setting)` for rows, `covering_run (profile, run_id)` for
 * scores, and `covering_profile (profile)` for the sets that withhold anything for any purpose. Returns the settings with rows
 * to go; undefined when nobody of these people is known.
 */
export async function stageCoverage(tx: Transaction, { table, flows }: CoverageRules): Promise<readonly Setting[] | undefined> {
  await tx.query('drop table if exists pg_temp.covering_person, pg_temp.covering_flow, pg_temp.covering_run, pg_temp.covering_profile');
  // Sets are told apart as one text each: arrays compared for 175,000 people cost four times as much.
  const { rowCount: people } = await tx.query(
    `create temporary table covering_person on commit drop as
     with said as (
       select l.person_id, string_agg(distinct o.kind || '>' || coalesce(o.about::text, ''), ',') as signature
       from objecting o join linkage.pseudonym l using (landing_pseudonym) group by l.person_id
     ), numbered as (
       select signature, row_number() over ()::integer as profile from (select distinct signature from said) as sets
     )
     select person_id, profile, signature from said join numbered using (signature)`,
  );
  if (people === 0) return undefined;
  // Without it the planner takes 175,000 persons for a handful and looks each of them up.
  await tx.query('analyze covering_person (person_id, profile)');
  const { rows: sets } = await tx.query<{ profile: number; signature: string }>(
    'select profile, min(signature) as signature from covering_person group by profile order by profile',
  );
  const profiles = sets.map(({ profile, signature }) => readSignature(profile, signature));
  const judge = judgeTerms(table);
  const known = flows.map((flow) => ({ flowNo: flow.flowNo, setting: flow.setting, covers: judge(flow) }));
  const { rows: unknown } = await tx.query<{ flowNo: number; setting: Setting }>(
    `select distinct s.flow_no as "flowNo", s.setting from linkage.sighting s join covering_person using (person_id) where s.flow_no <> all ($1::integer[])`,
    [known.map(({ flowNo }) => flowNo)],
  );
  const judged: readonly JudgedFlow[] = [...known, ...unknown.map(({ flowNo, setting }) => judgeUnknown(table, flowNo, setting))];
  const lines = profiles.flatMap((profile) =>
    judged.filter((flow) => concerns(profile, flow)).map(({ flowNo, setting }) => ({ profile: profile.profile, flowNo, setting })),
  );
  await tx.query(
    `create temporary table covering_flow (profile integer not null, flow_no integer not null, setting environment.setting not null) on commit drop`,
  );
  await tx.query('insert into covering_flow select * from unnest($1::integer[], $2::integer[], $3::environment.setting[])', [
    lines.map(({ profile }) => profile),
    lines.map(({ flowNo }) => flowNo),
    lines.map(({ setting }) => setting),
  ]);
  await tx.query('analyze covering_flow');
  await stageRuns(tx, profiles, judge, flows);
  await stageProfiles(tx, profiles, judge, flows);
  return [...new Set(lines.map(({ setting }) => setting))];
}

/** A score goes with every run that could not be made today: some flow it read is withheld for its purpose. */
async function stageRuns(tx: Transaction, profiles: readonly Profile[], judge: Judge, flows: readonly CoveredFlow[]): Promise<void> {
  const { rows: runs } = await tx.query<{ runId: string; purpose: Purpose; flows: number[] }>(
    'select run_id as "runId", purpose, flows from risk.run',
  );
  const byNumber = new Map(flows.map((flow) => [flow.flowNo, flow]));
  const judged = new Map<string, JudgedFlow | undefined>();
  const judgeRead = (purpose: Purpose, flowNo: number): JudgedFlow | undefined => {
    const key = `${purpose} ${flowNo}`;
    const flow = byNumber.get(flowNo);
    if (!judged.has(key)) judged.set(key, flow && { flowNo, setting: flow.setting, covers: judge({ ...flow, purposes: [purpose] }) });
    return judged.get(key);
  };
  const lines = profiles.flatMap((profile) =>
    runs
      // A run that read a flow nobody knows any more is as good as covered.
      .filter((run) =>
        run.flows.map((flowNo) => judgeRead(run.purpose, flowNo)).some((flow) => flow === undefined || concerns(profile, flow)),
      )
      .map(({ runId }) => ({ profile: profile.profile, runId })),
  );
  await tx.query('create temporary table covering_run (profile integer not null, run_id uuid not null) on commit drop');
  await tx.query('insert into covering_run select * from unnest($1::integer[], $2::uuid[])', [
    lines.map(({ profile }) => profile),
    lines.map(({ runId }) => runId),
  ]);
}

/** Sets of objections that withhold anything of any flow for any of its purposes: earlier recipients are told of those. */
async function stageProfiles(tx: Transaction, profiles: readonly Profile[], judge: Judge, flows: readonly CoveredFlow[]): Promise<void> {
  const each = flows.flatMap((flow) =>
    flow.purposes.map((purpose) => ({
      flowNo: flow.flowNo,
      setting: flow.setting,
      covers: judge({ ...flow, purposes: [purpose] }),
    })),
  );
  const telling = profiles.filter((profile) => each.some((flow) => concerns(profile, flow)));
  await tx.query('create temporary table covering_profile (profile integer not null) on commit drop');
  await tx.query('insert into covering_profile select * from unnest($1::integer[])', [telling.map(({ profile }) => profile)]);
}

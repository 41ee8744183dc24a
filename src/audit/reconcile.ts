import type { Queryable } from '../database/query.ts';
import { type EffectRule, effectRules } from './effects.ts';

export interface ReconcileFinding {
  /** Stable: EFFECT_UNLOGGED, EFFECT_LOGGED_TWICE, LEAF_WITHOUT_EFFECT, COUNTS_DIFFER. */
  readonly rule: string;
  readonly message: string;
  readonly count: number;
  /** Ids of the first five. */
  readonly examples: readonly string[];
}

export interface Reconciled {
  readonly effect: string;
  readonly effects: number;
  readonly leaves: number;
  readonly findings: readonly ReconcileFinding[];
}

const messages = {
  EFFECT_UNLOGGED: 'was done and has no leaf',
  EFFECT_LOGGED_TWICE: 'was done once and has several leaves',
  LEAF_WITHOUT_EFFECT: 'has a leaf and was not done, or was removed since',
  COUNTS_DIFFER: 'has other counts than its leaf',
} as const;

/** The rules are ours and no input, so their text is part of the statement. LIKE on the bytes spares reading every entry as JSON. */
const statement = ({ effects, leafKey }: EffectRule): string => `
with effect as (${effects}),
leaf as (
  select ${leafKey} as key, count(*) as n, (array_agg(said -> 'detail'))[1] as detail
  from (select convert_from(leaf, 'UTF8')::jsonb as said from audit.entry
        where leaf like any (select convert_to('%"type":"' || t || '"%', 'UTF8') from unnest($1::text[]) t)) said
  where said ->> 'type' = any ($1) group by 1
),
both_sides as (
  select coalesce(e.key, l.key) as key, e.key is not null as done, coalesce(l.n, 0) as n,
    exists (select from unnest($2::text[]) c where e.counts -> c is distinct from l.detail -> c) as differs
  from effect e full join leaf l on l.key = e.key
),
found as (
  select key, case when n = 0 then 'EFFECT_UNLOGGED' when not done and not $3 then 'LEAF_WITHOUT_EFFECT'
    when n > 1 and not $3 then 'EFFECT_LOGGED_TWICE' when done and differs then 'COUNTS_DIFFER' end as rule
  from both_sides
)
select (select count(*) from both_sides where done) as effects, (select coalesce(sum(n), 0) from both_sides) as leaves,
  coalesce(jsonb_agg(to_jsonb(r)), '[]') as findings
from (select rule, count(*) as count, (array_agg(key order by key))[1:5] as examples
      from found where rule is not null group by rule order by rule) r`;

async function reconcileOne(db: Queryable, rule: EffectRule): Promise<Reconciled> {
  const { rows } = await db.query<{ effects: string; leaves: string; findings: Omit<ReconcileFinding, 'message'>[] }>(statement(rule), [
    ...[[...rule.types], [...(rule.counts ?? [])], rule.repeats === true],
  ]);
  const row = rows[0];
  return {
    effect: rule.effect,
    effects: Number(row?.effects),
    leaves: Number(row?.leaves),
    findings: (row?.findings ?? []).map((finding) => ({ ...finding, message: messages[finding.rule as keyof typeof messages] })),
  };
}

/**
 * Holds the log to an independent counter: the tables of what was done. A log can be sound and still say nothing of
 * something that happened; this finds it.
 * @param db haven_auditor, in a `repeatable read` transaction
 */
export async function reconcile(db: Queryable, rules: readonly EffectRule[] = effectRules): Promise<readonly Reconciled[]> {
  const reconciled: Reconciled[] = [];
  for (const rule of rules) reconciled.push(await reconcileOne(db, rule));
  return reconciled;
}

export function describeReconciled(reconciled: readonly Reconciled[]): string {
  const lines = reconciled.flatMap(({ effect, effects, leaves, findings }) => [
    `${effect}: ${effects} done, ${leaves} leaves`,
    ...findings.map(({ rule, message, count, examples }) => `  ${rule}: ${count} ${message} (${examples.join(', ')})`),
  ]);
  return [
    ...lines,
    reconciled.every(({ findings }) => findings.length === 0) ? 'Everything that was done is in the log, once.' : 'The log does not agree.',
  ].join('\n');
}

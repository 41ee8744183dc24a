/**
 * What is written besides its leaf, and how the two find each other. One row for each kind of effect: the independent
 * counter of the log (events in = events out).
 */
export interface EffectRule {
  /** Stable name, for findings. */
  readonly effect: string;
  /** Effects as (key text, counts jsonb), read by haven_auditor. */
  readonly effects: string;
  /** Types of its leaf: every effect has exactly one leaf of one of them. */
  readonly types: readonly string[];
  /** The key out of a leaf; `said` is the leaf as jsonb. */
  readonly leafKey: string;
  /** Members of the leaf's detail that must equal the counts of the effect. */
  readonly counts?: readonly string[];
  /** Issued again and again: several leaves may speak of one effect, and the effect may be gone while its leaves stay. */
  readonly repeats?: true;
}

const subject = `said ->> 'subject'`;

export const effectRules: readonly EffectRule[] = [
  {
    effect: 'delivery',
    effects: `select delivery_id::text as key, jsonb_build_object('received', received, 'landed', landed, 'updated', updated,
        'unchanged', unchanged, 'removed', removed) as counts from landing.delivery`,
    types: ['delivery.landed', 'delivery.refused', 'delivery.duplicate'],
    leafKey: subject,
    counts: ['received', 'landed', 'updated', 'unchanged', 'removed'],
  },
  {
    effect: 'objection-import',
    effects: `select import_id::text as key, jsonb_build_object('received', received, 'recorded', recorded, 'unchanged', unchanged) as counts
      from objections.import`,
    types: ['objection.imported'],
    leafKey: subject,
    counts: ['received', 'recorded', 'unchanged'],
  },
  {
    effect: 'register-version',
    effects: `select place_id || ' ' || version as key, '{}'::jsonb as counts from register.version`,
    types: ['register.applied'],
    leafKey: `(said ->> 'subject') || ' ' || (said -> 'detail' ->> 'version')`,
  },
  {
    effect: 'project-issue',
    effects: `select project_id || ' ' || epoch as key, '{}'::jsonb as counts from environment.recipient_pseudonym group by project_id, epoch`,
    types: ['recipient.pseudonyms-issued'],
    leafKey: `(said ->> 'subject') || ' ' || (said -> 'detail' ->> 'epoch')`,
    // Issued again when people arrive and taken away when they object: its leaves are many, and it may be gone.
    repeats: true,
  },
  {
    effect: 'risk-run',
    effects: `select run_id::text as key, jsonb_build_object('people', people, 'excluded', excluded) as counts from risk.run`,
    types: ['risk.run'],
    leafKey: subject,
    counts: ['people', 'excluded'],
  },
  {
    effect: 'return',
    effects: `select return_id::text as key, '{}'::jsonb as counts from returns.return`,
    types: ['return.built'],
    leafKey: subject,
  },
  {
    effect: 'subject-access-request',
    effects: `select request_id::text as key, '{}'::jsonb as counts from subject_access.request where answered_at is not null`,
    types: ['subject-access.answered'],
    leafKey: `said -> 'detail' ->> 'request'`,
  },
  {
    effect: 'destruction',
    effects: `select destruction_id::text as key, '{}'::jsonb as counts from destruction.destruction where state = 'certified'`,
    types: ['destruction.certified'],
    leafKey: subject,
  },
];

/** What a BALP profile calls the interaction; `activity` has no profile and is a plain AuditEvent. */
export type Interaction = 'create' | 'read' | 'update' | 'delete' | 'disclosure' | 'activity';

export interface EventRule {
  readonly interaction: Interaction;
  /** It says that something was refused or not found: BALP's profiles are for success alone. */
  readonly failed?: true;
}

/** Entries by their type, or by its first word and a star. What is not listed is an activity: no entry is left out of an export. */
const rules: Readonly<Record<string, EventRule>> = {
  'delivery.landed': { interaction: 'create' },
  'delivery.refused': { interaction: 'create', failed: true },
  'journey.read': { interaction: 'read' },
  'journey.not-found': { interaction: 'read', failed: true },
  'journey.blocked': { interaction: 'read', failed: true },
  'objection.imported': { interaction: 'create' },
  'objection.applied': { interaction: 'delete' },
  'objection.notice-read': { interaction: 'read' },
  'register.*': { interaction: 'update' },
  'return.built': { interaction: 'create' },
  'risk.run': { interaction: 'create' },
  'recipient.pseudonyms-issued': { interaction: 'create' },
  'subject-access.answered': { interaction: 'disclosure' },
  'ndop.disclosed': { interaction: 'disclosure' },
  'ndop.pruned': { interaction: 'delete' },
  'destruction.certified': { interaction: 'delete' },
  'audit.payload-erased': { interaction: 'delete' },
  'breach.reported': { interaction: 'create' },
  'breach.*': { interaction: 'update' },
  'obligation.*': { interaction: 'update' },
  'merge.*': { interaction: 'update' },
};

/** @param refused an access decision says so in its detail, not in its type */
export function ruleOf(type: string, refused: boolean): EventRule {
  const own = (name: string): EventRule | undefined => (Object.hasOwn(rules, name) ? rules[name] : undefined);
  const rule = own(type) ?? own(`${type.split('.')[0]}.*`) ?? { interaction: 'activity' };
  return refused ? { ...rule, failed: true } : rule;
}

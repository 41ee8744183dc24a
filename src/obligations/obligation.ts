import type { LocalDate } from '../shared/clock.ts';
import { type ObligationKind, type OwnerRole, obligationRules } from './rules.ts';

/** Something somebody has to do by a day, and why. Derived, so the same register gives the same list. */
export interface Obligation {
  /** Stable for as long as the thing itself is the same; made of ids of the register. */
  readonly id: string;
  readonly kind: ObligationKind;
  readonly rule: string;
  readonly title: string;
  readonly clause: string;
  readonly source: string;
  readonly place: string;
  readonly agreement?: string;
  readonly organisation?: string;
  readonly owner: { readonly role: OwnerRole; readonly organisation: string };
  readonly due: LocalDate;
  /** What the register already says was done; a person still has to accept it. */
  readonly recorded?: { readonly on: LocalDate; readonly evidence: string };
}

export interface ObligationParts {
  readonly place: string;
  /** What makes it this one: agreement, organisation, year … in lower case, joined by points. */
  readonly subject: readonly string[];
  /** Of what, added to the words of the rule. */
  readonly of: string;
  readonly due: LocalDate;
  readonly ownedBy: string;
  readonly agreement?: string | undefined;
  readonly organisation?: string | undefined;
  readonly clause?: string | undefined;
  readonly recorded?: Obligation['recorded'] | undefined;
}

/** An obligation by one row of the table of rules. */
export function oblige(kind: ObligationKind, parts: ObligationParts): Obligation {
  const { id, what, owner, clause, source } = obligationRules[kind];
  const { agreement, organisation, recorded } = parts;
  return {
    id: [kind, parts.place, ...parts.subject].join('.').toLowerCase(),
    kind,
    rule: id,
    title: parts.of === '' ? what : `${what}: ${parts.of}`,
    clause: parts.clause ?? clause,
    source,
    place: parts.place,
    ...(agreement === undefined ? {} : { agreement }),
    ...(organisation === undefined ? {} : { organisation }),
    owner: { role: owner, organisation: parts.ownedBy },
    due: parts.due,
    ...(recorded === undefined ? {} : { recorded }),
  };
}

import type { LegalBasisKind } from '../terms.ts';
import { basisStandingOf, isInForce, type PlaceFacts, standingOf } from './facts.ts';
import { type FlowGroup, groupFlows } from './flow-groups.ts';

/** The flows of one agreement, and what they rest on. */
export interface MapPart {
  readonly agreement: string;
  readonly title: string;
  readonly inForce: boolean;
  readonly standing: string;
  readonly basis: { readonly kind: LegalBasisKind; readonly clause: string; readonly reference: string | null; readonly standing: string };
  readonly groups: readonly FlowGroup[];
}

export interface FlowMap {
  readonly running: number;
  readonly notRunning: number;
  /** Agreements under which something runs first, and of those the ones that feed the linked data set. */
  readonly parts: readonly MapPart[];
}

/** Who sends what to whom in a place, on which basis, running or not and why. */
export function flowMap(facts: PlaceFacts): FlowMap {
  const groups = groupFlows(facts);
  const parts = [...facts.place.agreements.values()].map((agreement): MapPart => {
    const { kind, clause, reference } = agreement.legalBasis;
    return {
      agreement: agreement.id,
      title: agreement.title,
      inForce: isInForce(agreement, facts.at),
      standing: standingOf(agreement, facts.at),
      basis: { kind, clause, reference: reference ?? null, standing: basisStandingOf(agreement, facts.at) },
      groups: groups.filter((group) => group.agreement === agreement.id),
    };
  });
  const runs = ({ groups: own }: MapPart): number => Number(own.some(({ running }) => running));
  const links = ({ groups: own }: MapPart): number => Number(own.some(({ to }) => to.setting === 'linked-data-set'));
  const running = facts.flows.filter(({ admission }) => admission.admitted).length;
  return {
    running,
    notRunning: facts.flows.length - running,
    parts: parts.toSorted((a, b) => runs(b) - runs(a) || Number(b.inForce) - Number(a.inForce) || links(b) - links(a)),
  };
}

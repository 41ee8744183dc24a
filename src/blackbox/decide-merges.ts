import { transaction } from '../database/query.ts';
import { decideHeldMerges, type MergeDecision } from '../linkage/held-merges.ts';
import { applyObjections, reconsiderObjections } from '../objections/apply.ts';
import { waitForDeliveries } from '../objections/lock.ts';
import { flowTerms } from '../register/flow-terms.ts';
import type { BlackBox } from './box.ts';

export interface DecidedMerges {
  readonly decided: number;
  /** Approved merges that joined two people; fewer where something else had joined them meanwhile. */
  readonly joined: number;
}

/** Carries out a person's decision on held merges; what either of two people objected to is then said of both. */
export async function decideMerges(box: BlackBox, decision: MergeDecision): Promise<DecidedMerges> {
  const joined = await transaction(box.lookups, async (tx) => {
    await waitForDeliveries(tx);
    const people = await decideHeldMerges(tx, decision, box.clock);
    if (people.length > 0) await reconsiderObjections(tx, people);
    return people.length;
  });
  if (joined > 0) await applyToMerged(box, decision.actor);
  return { decided: decision.held.length, joined };
}

/** Two persons became one: what either objected to is taken away behind the merge, when no delivery runs. */
export async function applyToMerged(box: BlackBox, actor: string): Promise<void> {
  const register = await box.register();
  const flows = [...register.flows.values()].flatMap((entry) => flowTerms(entry) ?? []);
  await transaction(box.lookups, (tx) => applyObjections(tx, { table: box.decisionTable, flows, actor, clock: box.clock }));
}

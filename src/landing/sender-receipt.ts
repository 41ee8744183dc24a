import type { Receipt } from './receipt.ts';

/** Reasons that the kind of record and the agreement give; every other one may depend on what somebody else said of the person. */
const openReasons: ReadonlySet<string> = new Set(['OUT_OF_SCOPE', 'RESOURCE_NOT_IN_AGREEMENT']);

/** Stands for all reasons together where one of them would be a small number. */
export const withheldByPolicy = 'WITHHELD_BY_POLICY';

/**
 * RULE-RECEIPT-2. The receipt as a machine of the sender reads it. A delivery of one row about one person would otherwise
 * ask the whole place: does anybody else know them, did they object, how old do others say they are? So reasons to withhold
 * are told apart only where each is above the small numbers, linkage counts only where both are (and to the nearest 5; 0 and
 * 0 means not told), and a few held merges not at all (the small-numbers rule of HES and ECDS: 1 to 7). How many rows were
 * withheld stays exact: a sender must be able to say what became of a record. The full receipt is the operator's.
 *
 * @param smallNumbers the largest number that is not shown; 0 shows everything
 */
export function receiptForSender(receipt: Receipt, smallNumbers: number): Receipt {
  if (smallNumbers === 0) return receipt;
  const { MERGE_HELD: held = 0, ...warnings } = receipt.warnings;
  const { existing, new: fresh } = receipt.linkage;
  const told = Math.min(existing, fresh) > smallNumbers;
  return {
    ...receipt,
    withheld: protectReasons(receipt.withheld, smallNumbers),
    warnings: held > smallNumbers ? receipt.warnings : warnings,
    linkage: told ? { existing: toNearest5(existing), new: toNearest5(fresh) } : { existing: 0, new: 0 },
  };
}

function protectReasons(withheld: Receipt['withheld'], smallNumbers: number): Receipt['withheld'] {
  const reasons = Object.entries(withheld);
  const policy = reasons.filter(([reason]) => !openReasons.has(reason));
  if (policy.every(([, count]) => count > smallNumbers)) return withheld;
  const total = policy.reduce((sum, [, count]) => sum + count, 0);
  return { ...Object.fromEntries(reasons.filter(([reason]) => openReasons.has(reason))), [withheldByPolicy]: total };
}

const toNearest5 = (count: number): number => Math.round(count / 5) * 5;

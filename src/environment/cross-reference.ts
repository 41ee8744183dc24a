import { purposesAboutKnownPeople } from '../objections/national/cover.ts';
import type { Register } from '../register/register.ts';
import type { Purpose } from '../register/terms.ts';

/**
 * Flows whose rows a holder could match to people, because they can also see the source system they come from (Southend plan:
 * users of CareTrak who held Care First could match the unique id to a full identity; its Action 5 must prevent that). They
 * are left out of every view at patient level, unless the agreement itself says that such holders may be given them.
 * @returns their numbers, and the systems by id, so that the answer can say what is missing from it.
 */
export function crossReferenced(
  register: Register,
  view: { readonly flows: readonly { readonly flowNo: number }[]; readonly systems: readonly string[]; readonly purpose: Purpose },
): { readonly flowNos: ReadonlySet<number>; readonly systems: readonly string[] } {
  const inView = new Set(view.flows.map(({ flowNo }) => flowNo));
  const crossed = purposesAboutKnownPeople.includes(view.purpose)
    ? []
    : [...register.flows.values()].filter(
        ({ flowNo, from, agreement }) =>
          inView.has(flowNo) &&
          from.system !== undefined &&
          view.systems.includes(from.system) &&
          agreement.sourceSystemAccess === undefined,
      );
  return {
    flowNos: new Set(crossed.map(({ flowNo }) => flowNo)),
    systems: [...new Set(crossed.map(({ from }) => from.system ?? ''))].sort(),
  };
}

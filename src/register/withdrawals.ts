import type { LocalDate } from '../shared/clock.ts';
import { signatureAt, withdrawnBy } from './admission-rule.ts';
import type { PlaceDocument } from './model.ts';
import type { PlaceRegister, Register } from './register.ts';

/** A practice that left an agreement: its flows are refused from that day on, and what they brought has to go. */
export interface WithdrawnPractice {
  readonly place: string;
  readonly agreement: string;
  /** ODS code. */
  readonly practice: string;
  readonly withdrawnOn: LocalDate;
  /** Flows of the agreement that the practice sends. */
  readonly flows: readonly { readonly flow: string; readonly flowNo: number }[];
}

/** Practices whose newest signature under an agreement is withdrawn on that day; who signed again is not among them. */
export function withdrawnPractices(register: Register, at: LocalDate): WithdrawnPractice[] {
  return [...register.places.values()].flatMap((place) => withdrawnOf(register, place, at));
}

function withdrawnOf(register: Register, place: PlaceRegister, at: LocalDate): WithdrawnPractice[] {
  return [...place.agreements.values()].flatMap((agreement) =>
    [...new Set(agreement.signatories.map((signatory) => signatory.organisation))].flatMap((practice) => {
      if (place.organisations.get(practice)?.roles.includes('gp-practice') !== true) return [];
      const signature = signatureAt(agreement.signatories, practice, at);
      const withdrawnOn = signature === undefined ? undefined : withdrawnBy(signature, at);
      if (withdrawnOn === undefined) return [];
      const flows = [...register.flows.values()]
        .filter((entry) => entry.place === place && entry.agreement === agreement && entry.sender.ods === practice)
        .map(({ flow, flowNo }) => ({ flow: flow.id, flowNo }));
      return [{ place: place.place.id, agreement: agreement.id, practice, withdrawnOn, flows }];
    }),
  );
}

/** A signature that one document takes back and the one before did not. */
export interface NewWithdrawal {
  readonly agreement: string;
  readonly organisation: string;
  readonly withdrawnOn: LocalDate;
}

/** Withdrawals a new version records, so that each has a leaf of its own in the log. */
export function newWithdrawals(before: PlaceDocument | undefined, after: PlaceDocument): NewWithdrawal[] {
  const known = new Set(before === undefined ? [] : withdrawalsOf(before).map(keyOfWithdrawal));
  return before === undefined ? [] : withdrawalsOf(after).filter((one) => !known.has(keyOfWithdrawal(one)));
}

const keyOfWithdrawal = (one: NewWithdrawal): string => [one.agreement, one.organisation, one.withdrawnOn].join(' ');

const withdrawalsOf = (document: PlaceDocument): NewWithdrawal[] =>
  document.agreements.flatMap(({ id, signatories }) =>
    signatories.flatMap(({ organisation, withdrawnOn }) =>
      withdrawnOn === undefined ? [] : [{ agreement: id, organisation, withdrawnOn }],
    ),
  );

import type { LocalDate } from '../shared/clock.ts';
import { partNames, type RuleText } from './admission-table.ts';
import type { Organisation } from './organisation.ts';
import type { RegisteredFlow } from './register.ts';
import type { Refusal } from './terms.ts';

/** What a rule found against a flow: which of its refusals, what to fill in, and the clause where it is not the usual one. */
export interface Found<Code extends string> {
  readonly code: Code;
  readonly values?: Readonly<Record<string, string>>;
  readonly clause?: string;
}

/** One question the gate asks. Rules know nothing of each other, so that every reason is always reported. */
export interface AdmissionRule {
  readonly text: RuleText;
  readonly refusals: (entry: RegisteredFlow, at: LocalDate) => readonly Refusal[];
}

/** Joins the words of a rule with the question that finds what is against a flow on a day. */
export function rule<Text extends RuleText>(
  text: Text,
  find: (entry: RegisteredFlow, at: LocalDate) => readonly Found<keyof Text['refusals'] & string>[],
): AdmissionRule {
  return {
    text,
    refusals: (entry, at) =>
      find(entry, at).map(({ code, values, clause }) => refusalOf(text, code, values, clause ?? usualClause(text, entry))),
  };
}

export function refusalOf(text: RuleText, code: string, values: Readonly<Record<string, string>> = {}, clause: string): Refusal {
  const { says = '', remedy = '' } = text.refusals[code] ?? {};
  return { code, clause, message: `${says.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '')} ${remedy}` };
}

/** Law first, then the clause of the agreement by the number the agreement gives it. */
function usualClause({ law, part }: RuleText, { agreement }: RegisteredFlow): string {
  const said = part === undefined ? undefined : `${agreement.title}, ${agreement.clauses[part] ?? partNames[part]}`;
  return [law, said].filter((one) => one !== undefined).join('; ');
}

/** Both ends of a period are within it. */
export const within = (period: { readonly from: LocalDate; readonly to?: LocalDate | undefined }, at: LocalDate): boolean =>
  period.from <= at && (period.to === undefined || at <= period.to);

/** The organisations that touch the data on this flow, each once. */
export const handlers = (entry: RegisteredFlow): readonly Organisation[] => [...new Set([entry.sender, ...entry.through, entry.recipient])];

export const nameOf = ({ name, ods }: Organisation): Readonly<Record<'name' | 'ods', string>> => ({ name, ods });

interface Signature {
  readonly organisation: string;
  readonly signedOn: LocalDate;
  readonly withdrawnOn?: LocalDate | undefined;
}

/** The newest signature of an organisation made on or before the day: who withdrew may have signed again. */
export function signatureAt<One extends Signature>(signatures: readonly One[], organisation: string, at: LocalDate): One | undefined {
  let newest: One | undefined;
  for (const signature of signatures) {
    if (signature.organisation !== organisation || signature.signedOn > at) continue;
    if (newest === undefined || signature.signedOn >= newest.signedOn) newest = signature;
  }
  return newest;
}

/** The day a signature was taken back, when that is not later than the day asked about. */
export const withdrawnBy = (signature: Signature, at: LocalDate): LocalDate | undefined =>
  signature.withdrawnOn !== undefined && signature.withdrawnOn <= at ? signature.withdrawnOn : undefined;

import type { Agreement } from './agreement.ts';

type Condition = Agreement['conditions'][number];

/** The eleven, as the letter on CAG 5-05(a)/2014 lists them; each with what has to be done about it. */
const eleven: readonly { readonly text: string; readonly task: Condition['task'] }[] = [
  { text: 'Data are used only for the purposes of the approval', task: 'none' },
  { text: 'Nothing is disclosed, in aggregate or about patients, that may identify a person by inference', task: 'none' },
  { text: 'Anything published follows the Statistics and Registration Service Act 2007', task: 'none' },
  { text: 'Everybody with access is bound by contract to confidentiality', task: 'none' },
  { text: 'Everybody with access is trained in information governance', task: 'training' },
  { text: 'Data protection law is complied with', task: 'none' },
  { text: 'The processor is audited', task: 'processor-audit' },
  { text: 'Withheld and withdrawn consent, and objections, are respected', task: 'none' },
  { text: 'Significant changes of purpose, data flows, data items or security are notified before they occur', task: 'change-notice' },
  { text: 'An annual report is sent within 12 months of the final letter', task: 'annual-report' },
  { text: 'Breaches are reported within 10 working days, with what was done', task: 'breach-report' },
];

/** The conditions of an approval under section 251: what the register says of each, and the standard ones it leaves out. */
export function standardConditions(agreement: Agreement): readonly Condition[] {
  const said = new Set(agreement.conditions.map(({ number }) => number));
  const missing = eleven.flatMap(({ text, task }, index): Condition[] =>
    said.has(index + 1) ? [] : [{ number: index + 1, text, task, source: agreement.legalBasis.reference ?? 'CAG standard conditions' }],
  );
  return [...agreement.conditions, ...missing].sort((one, other) => one.number - other.number);
}

export const elevenConditions = eleven;

/**
 * The conditions that bind: those of the register, and all eleven where support under section 251 was ever given. Also one that
 * has run out is answered for, and an end that is dated ahead must not end them early.
 */
export function bindingConditions(agreement: Agreement): readonly Condition[] {
  const { kind, history } = agreement.legalBasis;
  const given = history.some(({ state }) => state === 'approved-with-conditions' || state === 'in-force');
  return kind === 'section-251' && given ? standardConditions(agreement) : agreement.conditions;
}

import type { CheckedFlow, RegisterCheck } from './check.ts';

/** One line for a flow that is admitted; for one that is not, who decided its state, and each reason on its own line with its clause. */
export function checkText(check: RegisterCheck): string {
  const lines = check.flows.flatMap(({ flow, state, decided, admission, until, surprising }) =>
    admission.admitted
      ? [`${flow}: admitted${until === undefined ? '' : ` until ${until}`}`]
      : [
          `${flow}: refused (${state}${state === 'live' ? '' : decidedText(decided)})${surprising ? ' - believed to be live' : ''}`,
          ...admission.refusals.map((refusal) => `  ${refusal.code}: ${refusal.message} [${refusal.clause}]`),
        ],
  );
  lines.push(...check.findings.map((finding) => `${finding.flow}: ${finding.code}: ${finding.message}`));
  lines.push(`${check.admitted} admitted, ${check.refused} refused on ${check.at} (register version ${check.version})`);
  return lines.join('\n');
}

/** Whoever keeps the register sees here what no receipt says. */
const decidedText = (decided: CheckedFlow['decided']): string =>
  decided === undefined ? '' : ` on ${decided.on} by ${decided.by}: ${decided.evidence}`;

import type { RegisterCheck } from './check.ts';

/** One line for a flow that is admitted; for one that is not, each reason on its own line with its clause. */
export function checkText(check: RegisterCheck): string {
  const lines = check.flows.flatMap(({ flow, state, admission, until, surprising }) =>
    admission.admitted
      ? [`${flow}: admitted${until === undefined ? '' : ` until ${until}`}`]
      : [
          `${flow}: refused (${state})${surprising ? ' - believed to be live' : ''}`,
          ...admission.refusals.map((refusal) => `  ${refusal.code}: ${refusal.message} [${refusal.clause}]`),
        ],
  );
  lines.push(...check.findings.map((finding) => `${finding.flow}: ${finding.code}: ${finding.message}`));
  lines.push(`${check.admitted} admitted, ${check.refused} refused on ${check.at} (register version ${check.version})`);
  return lines.join('\n');
}

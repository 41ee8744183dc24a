import { admissionTable, partNames, type RuleText } from './admission-table.ts';

const cited = ({ law, part, source }: RuleText): string =>
  [law, part === undefined ? undefined : `the agreement: ${partNames[part]}`, source].filter((one) => one !== undefined).join('; ');

/** The gate's rules as people read them (docs/rules/admission.md): the same table that decides, in the same order. */
export function renderAdmissionRules(): string {
  const lines = [
    '# Admission: when a flow may run',
    '',
    'Generated from `src/register/admission-table.ts`; do not edit. Tests decide with the same table.',
    '',
    '- A flow runs on a day when **every** rule holds; otherwise it is refused, and **all** reasons are given.',
    '- The question is asked at every delivery, query for a purpose, release and re-identification.',
    '- Both ends of a period are within it: on its last day an agreement still holds, on the day after it does not.',
    '- A withdrawal, suspension, stop or closure holds from its own day.',
    '- What is not recorded is missing, and what is missing is a no.',
    '',
    '| rule | what must hold | rests on | refused as | in these words | and what to do |',
    '|---|---|---|---|---|---|',
  ];
  for (const text of Object.values<RuleText>(admissionTable)) {
    const said = Object.entries(text.refusals);
    said.forEach(([code, { says, remedy }], index) => {
      const [id, title, source] = index === 0 ? [text.id, text.title, cited(text)] : ['', '', ''];
      lines.push(`| ${id} | ${title} | ${source} | \`${code}\` | ${says} | ${remedy} |`);
    });
  }
  return `${lines.join('\n')}\n`;
}

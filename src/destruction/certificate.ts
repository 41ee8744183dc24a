import type { DestructionReason } from './target.ts';

/** What was done, as it is kept, printed and handed on. Ids, counts and dates; nothing of anybody. */
export interface Certificate {
  readonly format: 'haven-destruction-1';
  readonly destruction: string;
  readonly reason: DestructionReason;
  readonly agreement: string;
  readonly practice?: string;
  /** Only what happened before this day. */
  readonly before?: string;
  /** The data sets: ids of flows. */
  readonly datasets: readonly string[];
  readonly requested: { readonly by: string; readonly at: string };
  readonly approved: { readonly by: string; readonly at: string };
  readonly certifiedAt: string;
  /** `before = destroyed + remaining + elsewhere`; elsewhere: gone or come by other work meanwhile (an objection, a delivery of another flow). */
  readonly tables: readonly {
    readonly table: string;
    readonly before: number;
    readonly destroyed: number;
    readonly remaining: number;
    readonly elsewhere: number;
  }[];
  readonly keys: readonly { readonly keyId: string; readonly dataset: string; readonly period: string; readonly destroyedAt: string }[];
  /** Records sealed as a backup holds them before the keys went, and pieces of backups still in reach: tried with every key that is left. */
  readonly samples: { readonly tried: number; readonly failed: number };
  readonly backups: readonly {
    readonly backup: string;
    readonly madeAt: string;
    readonly inReach: boolean;
    readonly tried: number;
    readonly failed: number;
  }[];
  /** What stays, and why. */
  readonly kept: readonly string[];
}

const reasons: Readonly<Record<DestructionReason, string>> = {
  agreement: 'Everything this agreement brought was destroyed.',
  retention: 'What had reached the end of the time agreed for keeping it was destroyed.',
  flow: 'The flows left the register, and everything they brought was destroyed.',
  practice: 'The practice withdrew from the agreement, and everything it sent was destroyed.',
};

const escapeHtml = (text: string | number): string => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const rows = (lines: readonly (readonly (string | number)[])[]): string =>
  lines.map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('\n');

const table = (caption: string, head: readonly string[], lines: readonly (readonly (string | number)[])[], none: string): string =>
  lines.length === 0
    ? `<p>${escapeHtml(none)}</p>`
    : `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${head.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join('')}</tr></thead>
<tbody>${rows(lines)}</tbody></table>`;

/** The certificate as one printable page without script, style sheet or picture from anywhere else. */
export function certificatePage(certificate: Certificate, leafIndex: number | undefined): string {
  const { requested, approved, samples } = certificate;
  const day = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
  return `<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Certificate of destruction</title>
<style>body{font:16px/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:bold}th,td{border:1px solid #777;padding:.25rem .5rem;text-align:left;overflow-wrap:anywhere}dt{font-weight:bold}@media print{body{margin:0}}</style>
</head><body>
<h1>Certificate of destruction</h1>
<p>${escapeHtml(reasons[certificate.reason])}</p>
<dl>
<dt>Certificate</dt><dd>${escapeHtml(certificate.destruction)}</dd>
<dt>Agreement</dt><dd>${escapeHtml(certificate.agreement)}</dd>
${certificate.practice === undefined ? '' : `<dt>Practice (ODS code)</dt><dd>${escapeHtml(certificate.practice)}</dd>`}
${certificate.before === undefined ? '' : `<dt>Records about days before</dt><dd>${escapeHtml(certificate.before)}</dd>`}
<dt>Data sets</dt><dd>${escapeHtml(certificate.datasets.join(', '))}</dd>
<dt>Asked for by</dt><dd>${escapeHtml(requested.by)}, ${escapeHtml(day(requested.at))}</dd>
<dt>Approved by another person</dt><dd>${escapeHtml(approved.by)}, ${escapeHtml(day(approved.at))}</dd>
<dt>Completed</dt><dd>${escapeHtml(day(certificate.certifiedAt))}</dd>
<dt>Entry in the audit log</dt><dd>${leafIndex === undefined ? 'waiting for its number' : `number ${escapeHtml(leafIndex)}`}</dd>
</dl>
${table(
  'Rows before and after',
  ['Table', 'Before', 'Destroyed', 'Remaining', 'Changed by other work'],
  certificate.tables.map((one) => [one.table, one.before, one.destroyed, one.remaining, one.elsewhere]),
  'There was nothing to destroy.',
)}
<p>Rows about people remain where other data sets speak of the same people; those rows were made again from the other data sets alone.</p>
${table(
  'Keys destroyed',
  ['Key', 'Data set', 'Month', 'Destroyed'],
  certificate.keys.map((one) => [one.keyId, one.dataset, one.period, day(one.destroyedAt)]),
  'No backup ever held these data sets, so there was no key to destroy.',
)}
<p>Sealed samples that were tried afterwards with every key that is left: ${escapeHtml(samples.tried)}. Samples that could not be opened: ${escapeHtml(samples.failed)}.</p>
${table(
  'Backups made before',
  ['Backup', 'Made', 'In reach', 'Pieces tried', 'Could not be opened'],
  certificate.backups.map((one) => [one.backup, day(one.madeAt), one.inReach ? 'yes' : 'no', one.tried, one.failed]),
  'No backup is known.',
)}
<p>A backup that was not in reach holds these data under the destroyed keys only, and cannot be opened either.</p>
<h2>What stays</h2>
<ul>${certificate.kept.map((one) => `<li>${escapeHtml(one)}</li>`).join('\n')}</ul>
</body></html>
`;
}

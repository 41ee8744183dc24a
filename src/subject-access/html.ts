import type { HeldFlow, SubjectAccessAnswer } from './answer.ts';

const html = (text: unknown): string =>
  String(text ?? '').replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? '');

const words = (name: string): string => name.replaceAll(/[_.-]/g, ' ').replace(/^./, (first) => first.toUpperCase());

const shown = (value: unknown): string =>
  value === null || value === undefined || value === ''
    ? 'not recorded'
    : Array.isArray(value)
      ? value.length === 0
        ? 'none'
        : value.join(', ')
      : typeof value === 'object'
        ? Object.entries(value)
            .map(([name, member]) => `${words(name)}: ${shown(member)}`)
            .join('; ')
        : String(value);

const list = (record: Readonly<Record<string, unknown>>): string =>
  `<dl>${Object.entries(record)
    .map(([name, value]) => `<dt>${html(words(name))}</dt><dd>${html(shown(value))}</dd>`)
    .join('')}</dl>`;

function table(caption: string, head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return `<p>${html(caption)}: none.</p>`;
  const line = (cells: readonly unknown[]) => `<tr>${cells.map((cell) => `<td>${html(shown(cell))}</td>`).join('')}</tr>`;
  const header = head.map((name) => `<th scope="col">${html(name)}</th>`).join('');
  return `<table><caption>${html(caption)}</caption><thead><tr>${header}</tr></thead><tbody>${rows.map(line).join('')}</tbody></table>`;
}

const pounds = (pence: number | null): string => (pence === null ? '' : `£${(pence / 100).toFixed(2)}`);

function flowSection({ title, sender, setting, agreement, sighting, events }: HeldFlow): string {
  const basis =
    agreement === undefined
      ? '<p>This flow is no longer in the register. Ask the information governance lead why these records are still held.</p>'
      : list({
          'sent by': sender,
          agreement: agreement.title,
          'legal basis': `${agreement.legalBasis.kind} (${agreement.legalBasis.clause}${agreement.legalBasis.reference === undefined ? '' : `, ${agreement.legalBasis.reference}`}), ${agreement.legalBasis.state}`,
          'used for': agreement.purposes,
          'responsible (controllers)': agreement.controllers,
          'working for them (processors)': agreement.processors,
          'agreement ends': agreement.validTo,
          'kept for': agreement.retentionMonths === null ? 'not agreed' : `${agreement.retentionMonths} months`,
        });
  const rows = events.map((event) => [
    event.from,
    event.to,
    words(event.kind),
    event.provider,
    event.codes,
    pounds(event.costPence),
    event.attributes,
  ]);
  return [
    `<section><h3>${html(title)} (${html(words(setting))})</h3>`,
    basis,
    sighting === null ? '' : `<h4>What it said about you</h4>${list(sighting)}`,
    table('Records', ['From', 'To', 'What', 'Provider', 'Codes', 'Cost', 'More'], rows),
    '</section>',
  ].join('');
}

const style =
  'body{font:16px/1.5 Arial,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#212b32}table{border-collapse:collapse;width:100%;margin:1em 0}caption{text-align:left;font-weight:bold}td,th{border:1px solid #768692;padding:.3em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}dt{font-weight:bold}@media print{section{break-inside:auto}tr{break-inside:avoid}}';

/** The answer in plain English, to be printed or read with a screen reader; it loads nothing and runs nothing. */
export function answerPage(answer: SubjectAccessAnswer): string {
  const nothing = answer.person === null && answer.flows.length === 0;
  return [
    '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>What is held about you: ${html(answer.placeName)}</title><style>${style}</style></head><body><main>`,
    '<h1>What is held about you</h1>',
    `<p>${html(answer.placeName)}. Answered on ${html(answer.answeredOn)} by ${html(answer.decidedBy)}, request ${html(answer.request)}.</p>`,
    `<p>How you were identified, and why this is answered: ${html(answer.decision)}</p>`,
    '<h2>Who you are</h2>',
    nothing
      ? '<p>No record about you is held here.</p>'
      : `<p>NHS number: ${answer.identity.map(({ nhsNumber }) => html(nhsNumber)).join(', ') || 'not kept'}</p>${list(answer.person ?? {})}`,
    '<h2>Records, by where they came from</h2>',
    ...answer.flows.map(flowSection),
    '<h2>Objections and opt-outs</h2>',
    table(
      'Objections recorded',
      ['What', 'Set on', 'Withdrawn on', 'Source', 'About', 'Decided by'],
      answer.objections.map((o) => [o.kind, o.setOn, o.withdrawnOn ?? 'in force', o.source, o.about ?? 'everything', o.decidedBy ?? 'you']),
    ),
    table(
      'Checks for a national data opt-out',
      ['Request', 'For', 'Approval', 'Asked on', 'Answered on', 'You have opted out'],
      answer.nationalChecks.map((check) => [
        ...[check.request, check.purpose, check.approval, check.askedOn, check.answeredOn ?? 'not yet'],
        check.optedOut === null ? 'not known yet' : check.optedOut === true ? 'yes' : 'no',
      ]),
    ),
    '<h2>How records were joined</h2>',
    list({
      'confidence that the records are yours': answer.linkage.grade,
      doubts: answer.linkage.doubts,
      'NHS numbers known': answer.linkage.numbers,
      'numbers merged': answer.linkage.merges,
    }),
    '<h2>Calculated from the records</h2>',
    answer.summary === null ? '<p>No counts were made.</p>' : list(answer.summary),
    table(
      'Scores',
      ['Model', 'Version', 'For', 'As of', 'Score', 'Band', 'Tier', 'Why'],
      answer.scores.map((s) => [s.model, s.version, s.purpose, s.indexDate, s.score, s.band, s.tier, s.reasons]),
    ),
    '<h2>Who can see records about you, under another name</h2>',
    table(
      'Licensed projects',
      ['Project', 'Organisation', 'For', 'Until'],
      answer.projects.map((p) => [p.title ?? p.project, p.organisation, p.purposes, p.licenceUntil]),
    ),
    '<h2>Who looked</h2>',
    table(
      'Entries of the log about you',
      ['When', 'What', 'Who', 'Project', 'Purpose'],
      answer.looked.map((l) => [l.at, l.what, l.who, l.project, l.purpose]),
    ),
    '<h2>What you should know</h2>',
    `<ul>${answer.notes.map((note) => `<li>${html(note)}</li>`).join('')}</ul>`,
    '</main></body></html>\n',
  ].join('\n');
}

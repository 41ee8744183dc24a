import { basisWords, purposeWords } from '../../register/documents/words.ts';
import { Html, html } from '../../shared/html.ts';
import { pageStyle } from '../../shared/page-style.ts';
import type { DataUseAgreement } from '../services.ts';

const words = (dictionary: Readonly<Record<string, string>>, key: string): string => dictionary[key] ?? key.replaceAll('-', ' ');
const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

const flowRow = (flow: DataUseAgreement['flows'][number]): Html =>
  html`<tr><td>${flow.sender}</td><td>${flow.setting.replaceAll('-', ' ')}</td><td>${flow.recipient ?? 'the linked data set'}</td><td>${flow.running ? 'Running' : 'Not running'}</td></tr>`;

const flowTable = (agreement: DataUseAgreement): Html =>
  agreement.flows.length === 0
    ? html`<p>No data are sent under this agreement.</p>`
    : html`<div class="wide" tabindex="0" role="region" aria-label="Who sends data under ${agreement.title}">
<table><caption>Who sends data under this agreement</caption>
<thead><tr><th scope="col">Organisation</th><th scope="col">Kind of care</th><th scope="col">Sends to</th><th scope="col">Today</th></tr></thead>
<tbody>${agreement.flows.map(flowRow)}</tbody></table></div>`;

const agreementSection = (agreement: DataUseAgreement): Html => html`<section>
<h3>${agreement.title}</h3>
<dl>
<dt>State</dt><dd>${agreement.inForce ? 'In force' : 'Not in force: no data flow under it'}${agreement.endsOn === undefined ? '' : `, ends on ${agreement.endsOn}`}</dd>
<dt>Used for</dt><dd>${list(agreement.purposes.map((purpose) => words(purposeWords, purpose)))}</dd>
<dt>Legal basis</dt><dd>${words(basisWords, agreement.legalBasis)}</dd>
${agreement.objectionsSetAside.map((said) => html`<dt>An opt-out that is not honoured</dt><dd>By a decision on record, ${said} under this agreement.</dd>`)}
<dt>Who decides (data controllers)</dt><dd>${list(agreement.controllers)}</dd>
<dt>Who works on their behalf (data processors)</dt><dd>${list(agreement.processors)}</dd>
</dl>
${flowTable(agreement)}
</section>`;

/** The public page, whole: fair processing names everyone, says who sees what, and how to say no. */
export function dataUsePage(agreements: readonly DataUseAgreement[]): string {
  const body = html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>How data about you are used</title>
<style>${new Html(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header><p>Linked data for health and social care</p></header>
<main id="main">
<h1>How data about you are used</h1>
<p>Hospitals, GP practices, community and mental health services and councils record the care they give. This service joins
some of those records, so that care can be planned around people and not around organisations.</p>
<h2>What happens to the data</h2>
<ul>
<li>When a record arrives, your NHS number is replaced by a code before anything is stored for analysis. No person does this by hand.</li>
<li>Names, addresses and notes written in free text are not kept. A full postcode becomes a wider area, and a date of birth a month.</li>
<li>Records about especially sensitive matters are left out unless the law says they may come in.</li>
<li>Every use is written in a log that cannot be changed without it showing.</li>
</ul>
<h2>Who may see them</h2>
<ul>
<li>Analysts named in a contract see records that do not say who you are, for the purposes below and no others.</li>
<li>Only a registered professional who is caring for you can find out that a record is yours, with a reason, on the record.</li>
<li>Everyone else sees only counts, with small numbers hidden.</li>
<li>Data are never sold, and never used for insurance or marketing.</li>
</ul>
<h2>How to say no</h2>
<ul>
<li>Tell your GP practice that you do not want your records to be used for anything but your own care (a type 1 opt-out).</li>
<li>Use the national data opt-out: <a href="https://www.nhs.uk/your-nhs-data-matters/">nhs.uk/your-nhs-data-matters</a>, or telephone 0300 303 5678.</li>
<li>Tell any service below that you object to this programme. Your council can record it if social care holds data about you.</li>
</ul>
<p>Your care is not affected. What you decide follows you to every service here, and records already joined are taken out again.</p>
<h2>Agreements and flows</h2>
<p>Data move only under an agreement that is in force. This list is made from the register of agreements when the page is opened.</p>
${agreements.length === 0 ? html`<p>There are no agreements. No data flow.</p>` : agreements.map(agreementSection)}
</main>
</body>
</html>
`;
  return body.text;
}

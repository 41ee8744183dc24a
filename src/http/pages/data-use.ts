import { basisWords, inWords, longDate, purposeWords, sentence } from '../../register/documents/words.ts';
import { Html, html } from '../../shared/html.ts';
import { pageStyle } from '../../shared/page-style.ts';
import type { DataUseAgreement } from '../services.ts';

const words = (dictionary: Readonly<Record<string, string>>, key: string): string => dictionary[key] ?? key.replaceAll('-', ' ');
const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));

interface Route {
  readonly sender: string;
  readonly setting: string;
  readonly recipient: string;
  flows: number;
  running: number;
}

/** Who sends what kind of record to whom, once: an organisation has a flow for each of its data sets, which says nothing to the public. */
function routesOf(flows: DataUseAgreement['flows']): Route[] {
  const routes = new Map<string, Route>();
  for (const { sender, setting, recipient = 'the linked data set', running } of flows) {
    const key = JSON.stringify([sender, setting, recipient]);
    const route = routes.get(key) ?? { sender, setting, recipient, flows: 0, running: 0 };
    route.flows += 1;
    route.running += running ? 1 : 0;
    routes.set(key, route);
  }
  return [...routes.values()];
}

const stateOf = ({ flows, running }: Route): string => (running === flows ? 'Running' : running === 0 ? 'Not running' : 'Running in part');

const routeRow = (route: Route): Html =>
  html`<tr><th scope="row">${route.sender}</th><td>${sentence(inWords(route.setting))}</td><td>${route.recipient}</td><td>${stateOf(route)}</td></tr>\n`;

const flowTable = (agreement: DataUseAgreement): Html =>
  agreement.flows.length === 0
    ? html`<p>No data are sent under this agreement.</p>`
    : html`<div class="wide" tabindex="0" role="region" aria-label="Who sends data under ${agreement.title}">
<table><caption>Who sends data under this agreement</caption>
<thead><tr><th scope="col">Organisation</th><th scope="col">Kind of care</th><th scope="col">Sends to</th><th scope="col">Today</th></tr></thead>
<tbody>${routesOf(agreement.flows).map(routeRow)}</tbody></table></div>`;

function termWords({ inForce, endsOn }: DataUseAgreement): string {
  if (inForce) return endsOn === undefined ? 'In force, with no end date' : `In force until ${longDate(endsOn)}`;
  return `Not in force: no data flow under it.${endsOn === undefined ? '' : ` Its last day is ${longDate(endsOn)}.`}`;
}

const agreementSection = (agreement: DataUseAgreement): Html => html`<section>
<h3>${agreement.title}</h3>
<dl>
<dt>State</dt><dd>${termWords(agreement)}</dd>
<dt>Used for</dt><dd>${list(agreement.purposes.map((purpose) => words(purposeWords, purpose)))}</dd>
<dt>Legal basis</dt><dd>${words(basisWords, agreement.legalBasis)}</dd>
${agreement.objectionsSetAside.map((said) => html`<dt>An opt-out that is not honoured</dt><dd>By a decision on record, ${said} under this agreement.</dd>`)}
<dt>Who decides (data controllers)</dt><dd>${list(agreement.controllers)}</dd>
<dt>Who works on their behalf (data processors)</dt><dd>${list(agreement.processors)}</dd>
</dl>
${flowTable(agreement)}
</section>`;

const sections = (agreements: readonly DataUseAgreement[], inForce: boolean, none: string): Html | Html[] => {
  const these = agreements.filter((agreement) => agreement.inForce === inForce);
  return these.length === 0 ? html`<p>${none}</p>` : these.map(agreementSection);
};

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
<li>Tell your GP practice that the records it holds may not be used for anything but your own care (a type 1 opt-out).</li>
<li>Use the national data opt-out: <a href="https://www.nhs.uk/your-nhs-data-matters/">nhs.uk/your-nhs-data-matters</a>, or telephone 0300 303 5678. It
covers uses that rest on support under section 251.</li>
<li>Tell any service below that you object to this programme. Your council can record it if social care holds data about you.</li>
</ul>
<p>Your care is not affected. An objection to this programme follows you to every service here, and records already joined that an
objection covers are taken out again.</p>
<h2>Your rights</h2>
<ul>
<li>Ask any data controller below for a copy of what is held about you, and to put right what is wrong.</li>
<li>Complain to the Information Commissioner: <a href="https://ico.org.uk/make-a-complaint/">ico.org.uk/make-a-complaint</a>, or telephone 0303 123 1113.</li>
</ul>
<h2>Agreements in force</h2>
<p>Data move only under an agreement that is in force. This list is made from the register of agreements when the page is opened.</p>
${sections(agreements, true, 'No agreement is in force. No data flow.')}
<h2>Agreements not in force</h2>
<p>No data flow under these. They are named because people ask about them, and because data came under some of them before.</p>
${sections(agreements, false, 'There are none.')}
</main>
</body>
</html>
`;
  return body.text;
}

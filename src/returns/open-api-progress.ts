import { classifyEndpoint } from '../register/open-api.ts';
import type { Endpoint } from '../register/organisation.ts';
import type { MatrixSetting } from '../shared/settings.ts';
import { flowEvidence, noEvidence, type Observation, type PeriodFacts } from './observation.ts';
import { printDate } from './period.ts';

const query = {
  id: 'open-api-progress',
  description:
    'Endpoints of the setting in the register, their recorded facts under RULE-API-1 and their dates, and planned go-live of its Open API flows',
};

/** Standards an Open API may speak: an SFTP drop does not become one by waiting. */
const canBecomeOpen = (endpoint: Endpoint, facts: PeriodFacts): boolean =>
  !classifyEndpoint({ ...endpoint, liveFrom: facts.period.from, liveTo: undefined }, facts.period.from, facts.period.to).missing.includes(
    'standards-based request and response',
  );

function endpointsOf(facts: PeriodFacts, setting: MatrixSetting): Endpoint[] {
  const used = new Set(facts.place.document.services.filter((service) => service.setting === setting).map(({ system }) => system));
  return facts.place.document.systems
    .filter(({ id }) => used.has(id))
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => canBecomeOpen(endpoint, facts))
    .filter(({ liveTo }) => liveTo === undefined || liveTo >= facts.period.to);
}

/** Measure 2, progress and go-live of one setting: the status, and 'Live' or a date in the field beside it (printed guidance). */
export function observeProgress(
  facts: PeriodFacts,
  setting: MatrixSetting,
): { readonly status: Observation; readonly goLive: Observation } {
  const { period, thresholds } = facts;
  const endpoints = endpointsOf(facts, setting);
  const flows = facts.flows.filter(({ from, flow }) => from.setting === setting && flow.route === 'open-api');
  const base = {
    ...noEvidence,
    standing: 'register' as const,
    query,
    flows: flows.map((entry) => flowEvidence(facts, entry)),
    landed: flows.flatMap(({ flow }) => facts.landed.get(flow.id) ?? []),
    thresholds: [{ id: thresholds.openApi.id, value: null, reason: thresholds.openApi.reason }],
  };
  const say = (status: string, goLive: string | null, reason: string) => ({
    status: { ...base, answer: status, reason },
    goLive: { ...base, answer: goLive, reason: goLive === null ? 'The register holds no date: ask the setting.' : reason },
  });
  const findings = endpoints.map((endpoint) => classifyEndpoint(endpoint, period.to, period.to));
  if (findings.some(({ route }) => route === 'open-api')) {
    return say('Live', 'Live', 'An endpoint of this setting has every fact of RULE-API-1 and is live at the end of the period.');
  }
  const dates = [...endpoints.map(({ liveFrom }) => liveFrom), ...flows.map(({ flow }) => flow.plannedGoLive)];
  const next = dates.filter((date) => date !== undefined && date > period.to).sort()[0];
  const goLive = next === undefined ? null : printDate(next, 'DD/MM/YY');
  if (endpoints.length === 0 && next === undefined) {
    const none = say('Unavailable', null, 'The register holds no endpoint of this setting that could be an Open API.');
    return {
      status: { ...none.status, flags: ['NO_ENDPOINT_IN_REGISTER'] },
      goLive: { ...none.goLive, flags: ['NO_ENDPOINT_IN_REGISTER'] },
    };
  }
  // Everything recorded but the date it went live: it is installed, nobody uses it yet.
  const installed = endpoints.some(
    (endpoint) =>
      endpoint.liveFrom === undefined && endpoint.capabilityStatement !== undefined && endpoint.publishedSpecification !== undefined,
  );
  if (installed && goLive === null)
    return say('Installed (not live)', null, 'An endpoint is published with its capability statement; the register has no live date.');
  const missing = [...new Set(findings.flatMap((finding) => finding.missing))];
  return say(
    'In development',
    goLive,
    missing.length === 0 ? 'An Open API is planned.' : `Not yet an Open API; missing: ${missing.join(', ')}.`,
  );
}

import { classifyEndpoint } from '../register/open-api.ts';
import type { Endpoint } from '../register/organisation.ts';
import type { MatrixSetting } from '../shared/settings.ts';
import { flowEvidence, noEvidence, type Observation, type PeriodFacts } from './observation.ts';
import { printDate } from './period.ts';
import type { EvidenceFlag } from './return.ts';

const query = {
  id: 'open-api-progress',
  description:
    'Endpoints of the setting in the register, their recorded facts under RULE-API-1 and their dates, the last answer of each to a question for its capability statement, and planned go-live of its Open API flows',
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

interface Say {
  readonly standing?: 'seen';
  readonly flags?: readonly EvidenceFlag[];
}

/**
 * Measure 2, progress and go-live of one setting: the status, and 'Live' or a date in the field beside it (printed
 * guidance). Live is seen, not said: an endpoint with every fact of RULE-API-1 whose capability statement was answered
 * within the days of RULE-BCF-2B. Whatever else the register says is a proposal.
 */
export function observeProgress(
  facts: PeriodFacts,
  setting: MatrixSetting,
): { readonly status: Observation; readonly goLive: Observation } {
  const { period, thresholds } = facts;
  const endpoints = endpointsOf(facts, setting);
  const flows = facts.flows.filter(({ from, flow }) => from.setting === setting && flow.route === 'open-api');
  const { openApi, endpointProbe } = thresholds;
  const base = {
    ...noEvidence,
    query,
    flows: flows.map((entry) => flowEvidence(facts, entry)),
    landed: flows.flatMap(({ flow }) => facts.landed.get(flow.id) ?? []),
    thresholds: [
      { id: openApi.id, value: null, reason: openApi.reason },
      { id: `${endpointProbe.id} days`, value: endpointProbe.maxAgeDays, reason: endpointProbe.reason },
    ],
  };
  const say = (status: string, goLive: string | null, reason: string, { standing, flags = [] }: Say = {}) => {
    const shared = { ...base, standing: standing ?? ('register' as const), flags };
    return {
      status: { ...shared, answer: status, reason },
      goLive: { ...shared, answer: goLive, reason: goLive === null ? 'The register holds no date: ask the setting.' : reason },
    };
  };
  const findings = endpoints.map((endpoint) => ({ endpoint, ...classifyEndpoint(endpoint, period.to, period.to) }));
  const open = findings.filter(({ route }) => route === 'open-api').map(({ endpoint }) => endpoint);
  const answers = open.flatMap(({ id }) => facts.probes.get(id) ?? []);
  const answered = answers.filter(({ outcome }) => outcome === 'answered').sort((a, b) => (a.on < b.on ? 1 : -1))[0];
  if (answered !== undefined) {
    const reason = `An endpoint of this setting has every fact of ${openApi.id} and answered with its capability statement on ${printDate(answered.on, 'DD/MM/YYYY')}.`;
    return say('Live', 'Live', reason, { standing: 'seen' });
  }
  if (open.length > 0) {
    const [last] = answers;
    const reason =
      last === undefined
        ? `The register calls an endpoint live, but none was asked for its capability statement in the ${endpointProbe.maxAgeDays} days before: run haven return probe.`
        : `The register calls an endpoint live, but it did not answer with its capability statement on ${printDate(last.on, 'DD/MM/YYYY')} (${last.reason ?? last.outcome}).`;
    return say('Installed (not live)', null, reason, { flags: ['ENDPOINT_NOT_ANSWERING'] });
  }
  const dates = [...endpoints.map(({ liveFrom }) => liveFrom), ...flows.map(({ flow }) => flow.plannedGoLive)];
  const next = dates.filter((date) => date !== undefined && date > period.to).sort()[0];
  const goLive = next === undefined ? null : printDate(next, 'DD/MM/YY');
  if (endpoints.length === 0 && next === undefined) {
    return say('Unavailable', null, 'The register holds no endpoint of this setting that could be an Open API.', {
      flags: ['NO_ENDPOINT_IN_REGISTER'],
    });
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

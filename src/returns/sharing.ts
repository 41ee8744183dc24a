import type { Route } from '../register/model.ts';
import { classifyEndpoint } from '../register/open-api.ts';
import type { RegisteredFlow } from '../register/register.ts';
import type { MatrixSetting } from '../shared/settings.ts';
import { flowEvidence, isLive, isSeen, liveFrom, noEvidence, type Observation, type PeriodFacts } from './observation.ts';
import { leastOpen, moreOpen } from './routes-travelled.ts';

export const sharingAnswers: Readonly<Record<Route, string>> = {
  'open-api': 'Shared via Open API',
  interim: 'Shared via interim solution',
  none: 'Not currently shared digitally',
};

/** A way from one setting to another: one flow, or two that meet in the linked data set. */
interface Path {
  readonly legs: readonly RegisteredFlow[];
  readonly sharing: Route;
  readonly seen: boolean;
}

/** Only care uses what the linked data set passes on; commissioning and evaluation share nothing between settings. */
const passesOn = new Set(['direct-care', 'risk-stratification-case-finding']);

/**
 * How one flow shares in the period, by recorded facts (RULE-API-1). What was seen counts as it travelled on its day: a
 * route that opened after the last delivery has carried nothing yet. What was not seen is the register's proposal; one
 * that names no endpoint is at most an interim solution.
 */
function classify(facts: PeriodFacts, { flow, endpoint }: RegisteredFlow): Route {
  if (isSeen(facts, flow.id)) return facts.travelled.get(flow.id) ?? 'none';
  if (flow.route === 'none') return 'none';
  return endpoint === undefined ? 'interim' : classifyEndpoint(endpoint, facts.period.from, facts.period.to).route;
}

function pathsBetween(facts: PeriodFacts, from: MatrixSetting, to: MatrixSetting): Path[] {
  const onward = facts.flows.filter(
    (entry) =>
      entry.from.setting === 'linked-data-set' &&
      entry.to.setting === to &&
      isLive(facts, entry) &&
      entry.agreement.purposes.some((purpose) => passesOn.has(purpose)),
  );
  const ways = liveFrom(facts, from).flatMap((entry) => {
    if (entry.to.setting === to) return [[entry]];
    return entry.to.setting === 'linked-data-set' ? onward.filter((next) => next.from.id === entry.to.id).map((next) => [entry, next]) : [];
  });
  return ways.map((legs) => ({
    legs,
    sharing: leastOpen(legs.map((entry) => classify(facts, entry))),
    seen: legs.every(({ flow }) => isSeen(facts, flow.id)),
  }));
}

const best = (paths: readonly Path[]): Route => paths.reduce<Route>((found, { sharing }) => moreOpen(found, sharing), 'none');

/**
 * One cell of the matrix, from (row) to (column). Evidence, not optimism, decides: a live flow counts as shared when a
 * delivery was seen on it in the period. A live flow without one is not 'not shared' (RULE-BCF-3): the register's answer
 * is proposed with the flag NO_DATA_IN_PERIOD.
 */
export function observeSharing(facts: PeriodFacts, from: MatrixSetting, to: MatrixSetting): Observation {
  const paths = pathsBetween(facts, from, to).filter(({ sharing }) => sharing !== 'none');
  const seen = paths.filter((path) => path.seen);
  const cited = [...new Set((seen.length > 0 ? seen : paths).flatMap(({ legs }) => legs))];
  const rule = facts.thresholds.openApi;
  const shared = {
    ...noEvidence,
    query: {
      id: 'sharing-between-settings',
      description:
        'Flows of the register from one setting to the other that were live in the period, classified by RULE-API-1, and the deliveries that landed on them in the period',
    },
    flows: cited.map((entry) => flowEvidence(facts, entry)),
    landed: cited.flatMap(({ flow }) => facts.landed.get(flow.id) ?? []),
    thresholds: [{ id: rule.id, value: null, reason: rule.reason }],
  };
  if (seen.length > 0) {
    const answer = sharingAnswers[best(seen)];
    return {
      ...shared,
      standing: 'seen',
      answer,
      reason: 'A flow between these settings was live, and deliveries on it landed in the period.',
    };
  }
  if (paths.length > 0) {
    return {
      ...shared,
      standing: 'register',
      answer: sharingAnswers[best(paths)],
      flags: ['NO_DATA_IN_PERIOD'],
      reason: 'The register holds a live flow between these settings, but no delivery on it was seen in the period. Confirm or correct.',
    };
  }
  return {
    ...shared,
    standing: 'seen',
    answer: sharingAnswers.none,
    flags: ['NO_FLOW_IN_REGISTER'],
    reason: 'The register holds no digital flow between these settings that was live in the period.',
  };
}

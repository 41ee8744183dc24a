import type { System } from '../register/organisation.ts';
import type { RegisteredFlow } from '../register/register.ts';
import type { MatrixSetting } from '../shared/settings.ts';
import type { FlowDeliveries } from './deliveries.ts';
import { releaseCount, releaseShare, shareOfReleased } from './disclosure.ts';
import { flowEvidence, noEvidence, type Observation, type PeriodFacts } from './observation.ts';
import type { EvidenceFlag } from './return.ts';

interface Measured {
  readonly expected: number;
  readonly usable: number;
  /** Of the flows whose data set carries a number status. */
  readonly verifiable: number;
  readonly verified: number;
  /** People met in the deliveries, and of them those who were found under their NHS number: look-ups, and those that succeeded. */
  readonly lookedUp: number;
  readonly found: number;
  readonly landed: readonly FlowDeliveries[];
  readonly withStatus: readonly FlowDeliveries[];
}

/** A data set without a status column can verify nothing: its agreement accepts '' (RULE-NHS-5). */
const carriesStatus = ({ flow, agreement }: RegisteredFlow): boolean =>
  agreement.dataIn.some(({ feed, acceptedNumberStatus }) => feed === flow.feed && !acceptedNumberStatus.includes(''));

const sent = (facts: PeriodFacts, setting: MatrixSetting): RegisteredFlow[] => facts.flows.filter(({ from }) => from.setting === setting);

/** Systems the services of a setting work on. */
function systemsOf(facts: PeriodFacts, setting: MatrixSetting): System[] {
  const used = new Set(facts.place.document.services.filter((service) => service.setting === setting).map(({ system }) => system));
  return facts.place.document.systems.filter(({ id }) => used.has(id));
}

function measure(facts: PeriodFacts, setting: MatrixSetting): Measured {
  const flows = sent(facts, setting);
  const landedOn = (entries: readonly RegisteredFlow[]) => entries.flatMap(({ flow }) => facts.landed.get(flow.id) ?? []);
  const landed = landedOn(flows);
  const verifiable = landedOn(flows.filter(carriesStatus));
  const sum = (of: readonly FlowDeliveries[], count: (one: FlowDeliveries) => number) => of.reduce((total, one) => total + count(one), 0);
  return {
    landed,
    withStatus: verifiable,
    expected: sum(landed, (one) => one.numberExpected),
    usable: sum(landed, (one) => one.numberUsable),
    verifiable: sum(verifiable, (one) => one.numberExpected),
    verified: sum(verifiable, (one) => one.numberVerified),
    lookedUp: sum(landed, (one) => one.peopleFound + one.peopleNew),
    found: sum(landed, (one) => one.peopleFound),
  };
}

const evidenceOf = (facts: PeriodFacts, setting: MatrixSetting, measured: Measured) => ({
  ...noEvidence,
  flows: sent(facts, setting)
    .map((entry) => flowEvidence(facts, entry))
    .filter((flow) => (measured.landed.length > 0 ? facts.landed.has(flow.id) : flow.liveInPeriod)),
  landed: measured.landed,
  shares: {
    // Of the counts that are shown flow by flow: a share of the exact sums would give the hidden ones away.
    'usable NHS number (%)': shareOfReleased(
      measured.landed.map((one) => [releaseCount(one.numberUsable), releaseCount(one.numberExpected)]),
    ),
    'verified NHS number (%)': shareOfReleased(
      measured.withStatus.map((one) => [releaseCount(one.numberVerified), releaseCount(one.numberExpected)]),
    ),
  },
});

/** Measure 1, first line: is the NHS number on what the setting sends? From completeness of the deliveries of the period. */
export function observeCorrespondence(facts: PeriodFacts, setting: MatrixSetting): Observation {
  const rule = facts.thresholds.nhsNumberOnCorrespondence;
  const measured = measure(facts, setting);
  const base = {
    ...evidenceOf(facts, setting, measured),
    standing: 'seen' as const,
    query: {
      id: 'nhs-number-completeness',
      description:
        'Records about a person that landed in the period from this setting: how many carry a usable NHS number, how many a verified one',
    },
    thresholds: [
      { id: `${rule.id} completeness`, value: rule.completeness, reason: rule.reason },
      ...(rule.verified === null ? [] : [{ id: `${rule.id} verified`, value: rule.verified, reason: rule.reason }]),
    ],
  };
  if (measured.expected === 0) {
    return {
      ...base,
      answer: null,
      flags: ['NO_DATA_IN_PERIOD'],
      reason: 'No delivery from this setting was seen in the period, so nothing can be measured.',
    };
  }
  if (measured.expected < rule.minimumRecords) {
    return { ...base, answer: null, flags: ['TOO_FEW_RECORDS'], reason: 'Too few records were seen in the period to measure a share.' };
  }
  const flags: EvidenceFlag[] = measured.verifiable === 0 ? ['NUMBER_STATUS_NOT_CARRIED'] : [];
  const complete = measured.usable / measured.expected >= rule.completeness;
  const verified = rule.verified === null || measured.verifiable === 0 || measured.verified / measured.verifiable >= rule.verified;
  return {
    ...base,
    flags,
    answer: complete && verified ? 'Yes' : 'No',
    reason: !complete
      ? 'The share of records with a usable NHS number is below the threshold.'
      : verified
        ? 'The shares of usable and of verified NHS numbers reach their thresholds.'
        : 'The NHS number is there, but the share of verified numbers is below the threshold.',
  };
}

/** Measure 1, second line: can staff retrieve by NHS number? The system must search by it, and its numbers must be verified. */
export function observeRetrieval(facts: PeriodFacts, setting: MatrixSetting): Observation {
  const rule = facts.thresholds.retrieveByNhsNumber;
  const measured = measure(facts, setting);
  const systems = systemsOf(facts, setting);
  const base = {
    ...evidenceOf(facts, setting, measured),
    query: {
      id: 'retrieve-by-nhs-number',
      description:
        'Systems of this setting in the register that search by NHS number; the shares of usable and verified numbers in the deliveries of the period, and of the people in them who were found by their number',
    },
    thresholds: [
      { id: `${rule.id} completeness`, value: rule.completeness, reason: rule.reason },
      ...(rule.verified === null ? [] : [{ id: `${rule.id} verified`, value: rule.verified, reason: rule.reason }]),
    ],
  };
  const shares = { ...base.shares, 'people found by their NHS number (%)': releaseShare(measured.found, measured.lookedUp) };
  if (systems.length === 0) {
    return { ...base, standing: 'seen', answer: null, reason: 'The register holds no system of this setting: ask the setting.' };
  }
  if (systems.some((system) => !system.nhsNumberIsSearchable)) {
    return {
      ...base,
      standing: 'register',
      answer: 'No',
      reason: 'The register says that a system of this setting cannot be searched by NHS number.',
    };
  }
  if (measured.expected < rule.minimumRecords) {
    const flags: EvidenceFlag[] = [measured.expected === 0 ? 'NO_DATA_IN_PERIOD' : 'TOO_FEW_RECORDS'];
    return {
      ...base,
      standing: 'register',
      flags,
      answer: 'Yes',
      reason: 'The register says that every system searches by NHS number; the period holds too little data to check it.',
    };
  }
  const unknown = measured.verifiable === 0;
  const complete = measured.usable / measured.expected >= rule.completeness;
  const verified = unknown || rule.verified === null || measured.verified / measured.verifiable >= rule.verified;
  return {
    ...base,
    shares,
    standing: 'seen',
    flags: unknown ? ['NUMBER_STATUS_NOT_CARRIED'] : [],
    answer: complete && verified ? 'Yes' : 'No',
    reason: !complete
      ? 'Systems search by NHS number, but too many records carry none, so a search cannot find them.'
      : verified
        ? 'Every system of this setting searches by NHS number, and the numbers it sends reach the thresholds.'
        : 'Systems search by NHS number, but the share of verified numbers is below the threshold, so a search can miss the person.',
  };
}

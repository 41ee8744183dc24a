import { stepAt } from '../register/history.ts';
import { assurance } from '../register/party-rules.ts';
import { isSharing } from '../register/register.ts';
import { flowEvidence, isLive, noEvidence, type Observation, type PeriodFacts } from './observation.ts';

/** Flows named in the evidence of a condition: enough to begin with; the register holds them all. */
const cited = 50;

const yesIf = (met: boolean): string => (met ? 'Yes' : 'No - In Progress');

/**
 * What the gateway knows of the data-sharing conditions 4i to 4iv. A condition is a promise of the board, so the register
 * only proposes what its evidence says, under its own name; a named person's answer stands over it and is compared with it.
 * @param measured observations of the measures, which 4i and 4ii rest on
 */
export function observeConditions(facts: PeriodFacts, measured: ReadonlyMap<string, Observation>): Map<string, Observation> {
  const live = facts.flows.filter((entry) => isLive(facts, entry));
  const rule = facts.thresholds.informationGovernance;
  const proposed = (answer: string | null, id: string, description: string, reason: string): Observation => ({
    ...noEvidence,
    standing: 'register',
    answer,
    reason,
    query: { id, description },
    thresholds: [{ id: rule.id, value: null, reason: rule.reason }],
  });
  const found = new Map<string, Observation>();
  const answers = (prefix: string) =>
    [...measured].filter(([id, { answer }]) => id.startsWith(prefix) && answer !== null).map(([, { answer }]) => answer);

  const numbers = answers('am.nhs-number.correspondence.');
  if (numbers.length > 0) {
    found.set(
      'nc.4i.answer',
      proposed(
        yesIf(numbers.every((answer) => answer === 'Yes')),
        'condition-nhs-number',
        'Settings measured in the period, and whether each reaches the thresholds for the NHS number',
        'A consistent identifier is one that every measured setting uses.',
      ),
    );
  }
  const progress = answers('am.open-api.status.');
  if (progress.length > 0) {
    found.set(
      'nc.4ii.answer',
      proposed(
        yesIf(progress.some((answer) => answer !== 'Unavailable')),
        'condition-open-apis',
        'Progress towards Open APIs by setting, from the register',
        'Open APIs are pursued when at least one setting has one live, installed or in development.',
      ),
    );
  }
  if (live.length > 0) {
    // What comes in through the gate was admitted or refused there; sharing between settings runs outside it.
    const refused = live.filter((entry) => {
      const gate = facts.admissions.get(entry.flow.id);
      return isSharing(entry) && gate?.admitted === false && stepAt(entry.flow.history, gate.at)?.state === 'live';
    });
    const unassured = live.filter((entry) => assurance.refusals(entry, facts.asked).length > 0);
    const lacking = [...new Set([...refused, ...unassured])];
    found.set('nc.4iii.answer', {
      ...proposed(
        yesIf(lacking.length === 0),
        'condition-information-governance',
        'Flows that were live in the period: whether the gate admits them, and whether everybody who handles their data has a Data Security and Protection Toolkit assessment that is met and up to date, on the last day of the period or on the day the return is made if that is earlier',
        refused.length > 0
          ? 'At least one live flow between settings has no agreement or legal basis in force.'
          : unassured.length > 0
            ? 'At least one organisation of a live flow has no Data Security and Protection Toolkit assessment that is met and up to date.'
            : 'Every live flow has an agreement and a legal basis in force, or is stopped at the gate, and everybody who handles its data is assured.',
      ),
      flows: (lacking.length === 0 ? live : lacking).slice(0, cited).map((entry) => flowEvidence(facts, entry)),
    });
    const silent = live.filter(({ agreement }) => !agreement.fairProcessing.some(({ on }) => on <= facts.period.to));
    found.set('nc.4iv.answer', {
      ...proposed(
        yesIf(silent.length === 0),
        'condition-clarity-for-people',
        'Agreements of the flows that were live in the period, and whether each has dated fair-processing evidence',
        silent.length === 0
          ? 'Every agreement with a live flow has fair-processing evidence.'
          : 'At least one agreement with a live flow has no fair-processing evidence.',
      ),
      flows: silent.slice(0, cited).map((entry) => flowEvidence(facts, entry)),
    });
  }
  return found;
}

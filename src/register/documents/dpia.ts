import { stepAt } from '../history.ts';
import { isCurrent, isInForce, nameOf, type PlaceFacts } from './facts.ts';
import { type RopaAgreement, recordOfProcessing } from './ropa.ts';
import { longDate, sentence, setAsideWords } from './words.ts';

/** A risk that follows from what the register says, and what is done about it. How likely and how bad is for people to judge. */
export interface Risk {
  readonly about: string;
  readonly risk: string;
  readonly measure: string;
}

export interface Dpia {
  readonly agreements: readonly RopaAgreement[];
  readonly risks: readonly Risk[];
}

/** What the register can say of a data protection impact assessment (UK GDPR art. 35): agreements in force, or the one named. */
export function impactAssessment(facts: PlaceFacts, agreement?: string): Dpia {
  const { at, place } = facts;
  const agreements = recordOfProcessing(facts).agreements.filter(({ id }) => {
    const one = place.agreements.get(id);
    return one !== undefined && (agreement === undefined ? isInForce(one, at) : id === agreement);
  });
  return {
    agreements,
    risks: [
      ...agreements.flatMap((one) => agreementRisks(facts, one)),
      ...licenceRisks(facts, agreements),
      ...flowRisks(facts, agreements),
    ],
  };
}

function agreementRisks({ place }: PlaceFacts, one: RopaAgreement): Risk[] {
  const about = one.title;
  const basisEnd = place.agreements.get(one.id)?.legalBasis.validTo;
  const risks: Risk[] = [];
  const add = (risk: string, measure: string): void => {
    risks.push({ about, risk, measure });
  };
  if (one.form === 'identifiable') {
    add(
      'Data leave the sender in a form that says who people are.',
      'They are pseudonymised on landing by a process of its own; identities are sealed in a second database.',
    );
  }
  if (basisEnd !== undefined) {
    add(
      `The legal basis ends on ${longDate(basisEnd)}; data could go on flowing without one.`,
      'The gate refuses every flow from the next day, and the register says so ahead of time.',
    );
  }
  if (one.subjects.minimumAge === 0) add('Data about children come in.', 'To be weighed here: the agreement sets no lowest age.');
  if (!one.sensitiveCodes.excluded) {
    add('Sensitive or legally restricted codes may come in.', `Allowed by: ${one.sensitiveCodes.approval ?? 'not recorded'}.`);
  }
  for (const { document, reference } of place.agreements.get(one.id)?.objectionsSetAside ?? []) {
    add(`${sentence(setAsideWords[document])}, so data of people who objected come in.`, `Set aside by: ${reference}.`);
  }
  for (const { name, liabilities, auditRights } of one.processors) {
    if (liabilities === null || auditRights === null) {
      add(
        `The contract with ${name} does not say what a breach costs, or gives no right to audit.`,
        'The gate refuses the flows until it does.',
      );
    }
  }
  if (one.retention === null) add('Nothing says how long the data are kept.', 'The gate refuses the flows until the agreement does.');
  if (one.told.length === 0) add('Nothing shows that people were told.', 'The gate refuses the flows until a notice is recorded.');
  return risks;
}

/** Who also sees a source system can match its rows to ours: that is how pseudonyms get broken. */
function licenceRisks({ place, at }: PlaceFacts, agreements: readonly RopaAgreement[]): Risk[] {
  const ids = new Set(agreements.map(({ id }) => id));
  return place.document.projects
    .filter((project) => project.agreements.some((id) => ids.has(id)) && isCurrent({ from: project.validFrom, to: project.validTo }, at))
    .filter(({ sourceSystems }) => sourceSystems.length > 0)
    .map((project) => ({
      about: `Licence: ${project.title} (${nameOf(place, project.organisation)})`,
      risk: `Its holders can also see ${project.sourceSystems.map((id) => place.systems.get(id)?.name ?? id).join(', ')}, and could find out who a pseudonymised record is about.`,
      measure:
        'Access to source systems is declared for each person; rows of a system that the holder sees are withheld unless the agreement says how they are kept safe.',
    }));
}

function flowRisks({ flows, at }: PlaceFacts, agreements: readonly RopaAgreement[]): Risk[] {
  const ids = new Set(agreements.map(({ id }) => id));
  const surprising = flows.filter(
    ({ entry, admission }) => ids.has(entry.agreement.id) && !admission.admitted && stepAt(entry.flow.history, at)?.state === 'live',
  );
  if (surprising.length === 0) return [];
  return [
    {
      about: 'Flows believed to run',
      risk: `${surprising.length} flows are recorded as live and refused by the gate; somebody may believe that they run.`,
      measure: 'Nothing is read; every attempt is on record with all reasons. `haven register check` names them.',
    },
  ];
}

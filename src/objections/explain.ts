import type { Agreement } from '../register/agreement.ts';
import { purposeWords } from '../register/documents/words.ts';
import type { LegalBasisKind, Purpose } from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import { type CoveredTerms, decide, type UseDecision } from './decide.ts';
import type { DecisionTable } from './decision-table.ts';
import { kindOf, type NationalCheck, type StandingObjection } from './kinds.ts';
import { formOfUse } from './national/cover.ts';

/** One objection of a person as the register of objections holds it; nothing in it says who the person is. */
export interface HeldObjection {
  readonly kind: StandingObjection;
  readonly about: Setting | null;
  readonly setOn: string;
  readonly withdrawnOn: string | null;
  readonly source: string;
  readonly recordedIn: Setting | null;
  readonly decidedBy: string | null;
  readonly evidence: string | null;
  readonly inForce: boolean;
}

export interface ExplainedFlow extends CoveredTerms {
  readonly flowId: string;
  readonly title: string;
  /** Whether the register admits the flow today; data of a stopped flow are still data. */
  readonly running: boolean;
  /** In which forms data go out under its agreement; the national check is asked about the form of the use (national/cover.ts). */
  readonly dataOut?: Agreement['dataOut'];
}

export interface Explained {
  readonly flow: string;
  readonly title: string;
  readonly setting: Setting;
  readonly running: boolean;
  readonly purpose: Purpose;
  readonly basis: LegalBasisKind;
  readonly used: boolean;
  /** Row of docs/rules/objections.md that decided; 'none' = no row speaks of it; absent where nothing objects. */
  readonly rule?: string;
  readonly why: string;
}

const waiting: Readonly<Record<string, string>> = {
  NATIONAL_CHECK_STALE:
    'The last answer of the national opt-out service is more than seven days old. Until there is a new one, nothing is released.',
  NATIONAL_CHECK_MISSING: 'The national opt-out service has not been asked for this purpose. Until it has answered, nothing is released.',
  NATIONAL_CHECK_NOT_COVERED: 'The national opt-out service was not asked about this person. Until it has answered, nothing is released.',
};
const nobodyObjects = 'No objection stands against this use. That is not consent: it only means that nobody objected.';
const nobodyDecided = 'The rules do not speak of this use, so it is withheld until a person decides.';

/**
 * For each flow and each of its purposes: may rows about this person be used, and why, in sentences that can be sent out.
 * A flow whose rows do not land serves no purpose at all, so what withholds it as a whole is said of each.
 * @param nationalCheck how the national list stands for a purpose
 */
export function explain(
  table: DecisionTable,
  flows: readonly ExplainedFlow[],
  held: readonly HeldObjection[],
  nationalCheck: (purpose: Purpose) => NationalCheck,
): readonly Explained[] {
  const standing = held.filter(({ inForce }) => inForce);
  return flows.flatMap((flow) => {
    const { flowId, title, running, setting, basis, form, evidence } = flow;
    const objections = standing.filter(({ about }) => about === null || about === setting).map(({ kind }) => kind);
    const use = { basis, form, origin: setting, objections, ...(evidence === undefined ? {} : { evidence }) };
    const landing = decide(table, { ...use, purposes: flow.purposes, nationalCheck: 'fresh' });
    return flow.purposes.map((purpose) => {
      const common = { flow: flowId, title, setting, running, purpose, basis };
      const objected = decide(table, { ...use, purposes: [purpose], nationalCheck: 'fresh' });
      // The check is about the form of the use; objections in force are about the form in which the data came.
      const asUsed = { ...use, form: formOfUse(purpose, form, flow.dataOut ?? []), objections: [] };
      const alone = objected.use ? decide(table, { ...asUsed, purposes: [purpose], nationalCheck: nationalCheck(purpose) }) : objected;
      if (!alone.use) return { ...common, used: false, rule: alone.row, why: reasonOf(table, alone) };
      if (!landing.use) {
        const why = `These records also serve another purpose for which they are withheld, so none of them is kept. ${reasonOf(table, landing)}`;
        return { ...common, used: false, rule: landing.row, why };
      }
      const why = objections.length === 0 ? nobodyObjects : whyAllowed(table, flow, purpose, objections);
      return { ...common, used: true, why };
    });
  });
}

function reasonOf(table: DecisionTable, decision: Extract<UseDecision, { use: false }>): string {
  return waiting[decision.reason] ?? table.rows.find(({ id }) => id === decision.row)?.because ?? nobodyDecided;
}

/** Why each objection does not stop this use, by the row that allows it: the first that speaks, as decide() finds it. */
function whyAllowed(table: DecisionTable, flow: ExplainedFlow, purpose: Purpose, objections: readonly StandingObjection[]): string {
  const { basis, form, setting, evidence = [] } = flow;
  const speaks = <T>(listed: readonly T[] | '*', value: T) => listed === '*' || listed.includes(value);
  const sentences = objections.map((objection) => {
    const { kind, only } = kindOf(objection);
    if (only !== undefined && only !== purpose) return `The objection is to another purpose: ${purposeWords[only]}.`;
    const row = (table.byKind.get(kind) ?? []).find(
      (one) =>
        speaks(one.purposes, purpose) &&
        speaks(one.bases, basis) &&
        speaks(one.forms, form) &&
        speaks(one.origins, setting) &&
        (one.requires === undefined || evidence.includes(one.requires)),
    );
    return row?.because ?? nobodyDecided;
  });
  return [...new Set(sentences)].join(' ');
}

import type { LegalBasisKind, Purpose } from '../register/terms.ts';
import type { Setting } from '../shared/settings.ts';
import { type CoveredTerms, decide } from './decide.ts';
import type { DecisionTable } from './decision-table.ts';
import type { NationalCheck, StandingObjection } from './kinds.ts';

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
}

export interface Explained {
  readonly flow: string;
  readonly title: string;
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

/**
 * For each flow and each of its purposes: may rows about this person be used, and why, in sentences that can be sent out.
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
    return flow.purposes.map((purpose) => {
      const decision = decide(table, {
        ...{ purposes: [purpose], basis, form, origin: setting, objections, nationalCheck: nationalCheck(purpose) },
        ...(evidence === undefined ? {} : { evidence }),
      });
      const common = { flow: flowId, title, running, purpose, basis };
      if (decision.use) {
        const none = 'No objection stands against this use. That is not consent: it only means that nobody objected.';
        return { ...common, used: true, why: objections.length === 0 ? none : because(table, flow, purpose, objections) };
      }
      const row = table.rows.find(({ id }) => id === decision.row);
      const undecided = 'The rules do not speak of this use, so it is withheld until a person decides.';
      return { ...common, used: false, rule: decision.row, why: waiting[decision.reason] ?? row?.because ?? undecided };
    });
  });
}

/** Why each objection does not stop this use, by the rows that allow it. */
function because(table: DecisionTable, flow: ExplainedFlow, purpose: Purpose, objections: readonly string[]): string {
  const sentences = objections.map((objection) => {
    const [kind, only] = objection.split('/');
    if (only !== undefined && only !== purpose) return `The objection is to another purpose (${only}).`;
    const rows = table.rows.filter(({ objection: of, outcome }) => of === kind && outcome === 'use');
    const speaks = <T>(listed: readonly T[] | '*', value: T) => listed === '*' || listed.includes(value);
    const row = rows.find(
      (one) =>
        speaks(one.purposes, purpose) &&
        speaks(one.bases, flow.basis) &&
        speaks(one.forms, flow.form) &&
        speaks(one.origins, flow.setting) &&
        (one.requires === undefined || (flow.evidence ?? []).includes(one.requires)),
    );
    return row?.because ?? '';
  });
  return [...new Set(sentences)].filter((sentence) => sentence !== '').join(' ');
}

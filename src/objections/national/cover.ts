import { admit } from '../../register/admit.ts';
import type { Agreement } from '../../register/agreement.ts';
import { isSharing, type Register } from '../../register/register.ts';
import type { DataForm, FlowTerms, Purpose } from '../../register/terms.ts';
import type { LocalDate } from '../../shared/clock.ts';
import type { Setting } from '../../shared/settings.ts';
import { decide } from '../decide.ts';
import type { DecisionTable } from '../decision-table.ts';

/**
 * Purposes whose very aim is that whoever receives the data knows whom they are about. Case finding gives people back to
 * their practice; commissioning does not, and the two are kept apart (NHS England, risk stratification assurance).
 */
export const purposesAboutKnownPeople: readonly Purpose[] = ['direct-care', 'risk-stratification-case-finding'];

/** Form in which data that came as `came` are used inside the environment, and given out, for one purpose. */
export const formRules: readonly {
  readonly form: 'as it came' | DataForm;
  readonly when: string;
  readonly because: string;
  readonly speaks: (use: { readonly purpose: Purpose; readonly came: DataForm; readonly dataOut: Agreement['dataOut'] }) => boolean;
}[] = [
  {
    form: 'as it came',
    when: 'the data left their sender in a form that identifies nobody',
    because: 'what was never identifiable does not become so here',
    speaks: ({ came }) => came !== 'identifiable',
  },
  {
    form: 'identifiable',
    when: `the purpose is about known people (${purposesAboutKnownPeople.join(', ')})`,
    because: 'the recipient is to know whom the data are about',
    speaks: ({ purpose }) => purposesAboutKnownPeople.includes(purpose),
  },
  {
    form: 'pseudonymised-limited-access',
    when: 'the agreement says that data go out pseudonymised, to named users under a licence',
    because: 'de-identified data with those controls are not confidential patient information (RULE-OPT-2 f)',
    speaks: ({ dataOut }) => dataOut.some(({ form }) => form === 'pseudonymised-limited-access'),
  },
  {
    form: 'identifiable',
    when: 'otherwise',
    because: 'an agreement that does not promise de-identification is not presumed to (fail closed)',
    speaks: () => true,
  },
];

/** The form of a use; the first rule that speaks decides. Objections in force go on to be judged by the form data came in. */
export function formOfUse(purpose: Purpose, came: DataForm, dataOut: Agreement['dataOut']): DataForm {
  const rule = formRules.find(({ speaks }) => speaks({ purpose, came, dataOut }));
  return rule === undefined || rule.form === 'as it came' ? came : rule.form;
}

/** A flow whose rows are confidential patient information for this purpose, so that the national opt-out applies to them. */
export interface CoveredUse {
  readonly setting: Setting;
  /** Reference of the approval the use rests on, as the register has it; without one no check can be for it. */
  readonly approval: string;
  /** Row of docs/rules/objections.md that says so; 'none' when no row speaks of the use, which is no permission. */
  readonly row: string;
}

/** A purpose for which nothing is released without a fresh national check, and why. */
export interface NationalCover {
  readonly purpose: Purpose;
  readonly uses: readonly CoveredUse[];
}

/**
 * Does the national opt-out apply to a use of these flows for this purpose? The decision table is asked, flow by flow, with
 * nobody objecting and no check: where it says no, a check is needed.
 * @returns undefined when it applies to none of them
 */
export function nationalCover(
  register: Register,
  table: DecisionTable,
  use: { readonly purpose: Purpose; readonly flows: readonly FlowTerms[] },
): NationalCover | undefined {
  const { purpose } = use;
  const uses = use.flows.flatMap(({ flowId, form: came, setting, ...flow }): CoveredUse[] => {
    const agreement = register.flows.get(flowId)?.agreement;
    const form = formOfUse(purpose, came, agreement?.dataOut ?? []);
    const decision = decide(table, { ...flow, purposes: [purpose], form, origin: setting, objections: [], nationalCheck: 'missing' });
    return decision.use ? [] : [{ setting, approval: agreement?.legalBasis.reference ?? '', row: decision.row }];
  });
  return uses.length === 0 ? undefined : { purpose, uses };
}

/** The cover of some of its flows: a model that reads hospital rows only discloses no others. */
export function narrowCover(cover: NationalCover | undefined, reads: (setting: Setting) => boolean): NationalCover | undefined {
  const uses = cover?.uses.filter(({ setting }) => reads(setting)) ?? [];
  return cover === undefined || uses.length === 0 ? undefined : { ...cover, uses };
}

/** The approvals a check is needed for, each once. */
export const approvalsOf = ({ uses }: NationalCover): readonly string[] => [...new Set(uses.map(({ approval }) => approval))].sort();

/**
 * Purposes of a project for which nothing is issued to it without a fresh check: over every admitted flow of its agreements,
 * also those its organisation may not see, because a pseudonym is issued once and for all of them.
 * @returns none for a project the register does not know: whether it is licensed is decided before
 */
export function projectCovers(register: Register, table: DecisionTable, projectId: string, at: LocalDate): readonly NationalCover[] {
  const project = register.projects.get(projectId)?.project;
  if (project === undefined) return [];
  const flows = [...register.flows.values()]
    .filter((entry) => !isSharing(entry) && project.agreements.includes(entry.agreement.id))
    .map(({ flow }) => admit(register, flow.id, at))
    .flatMap((admission) => (admission.admitted ? [admission.terms] : []));
  return project.purposes.flatMap((purpose) => {
    const cover = nationalCover(register, table, { purpose, flows: flows.filter(({ purposes }) => purposes.includes(purpose)) });
    return cover === undefined ? [] : [cover];
  });
}

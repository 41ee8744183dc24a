import type { Finding } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { digestOfFinding } from './digest.ts';
import type { ReturnKey } from './history.ts';
import { type MissingAnswer, missingAnswers } from './missing.ts';
import type { Proposal } from './proposals.ts';
import type { LoadedReturn } from './standing.ts';
import { isFrozen, type VersionState } from './state.ts';
import type { Version } from './version.ts';

export interface SheetStatus {
  readonly name: string;
  readonly answered: number;
  readonly total: number;
  readonly owner: string | null;
  /** Reviewed with the answers it holds now. */
  readonly reviewed: boolean;
  readonly reviewedBy: string | null;
}

/** How a return stands: what people and machines are shown after every step. */
export interface ReturnStatus extends ReturnKey {
  readonly version: number;
  readonly state: VersionState;
  readonly amends: number | null;
  /** Digest of all answers: what somebody who signs says they have read. */
  readonly answers: string;
  readonly due: string | null;
  readonly sheets: readonly SheetStatus[];
  readonly missing: readonly MissingAnswer[];
  readonly findings: readonly (Finding & { readonly acknowledged: boolean })[];
  /** Questions whose proposal waits for a person, and copies in a file that nobody has accepted. */
  readonly proposed: readonly string[];
  readonly signed: { readonly at: string; readonly by: string; readonly as: string } | null;
  readonly submitted: { readonly at: string; readonly how: string; readonly fileSha256: string } | null;
}

export function describeStatus(
  key: ReturnKey,
  template: ReturnTemplate,
  loaded: LoadedReturn,
  proposals: readonly Proposal[],
): ReturnStatus {
  const { version, document, standing, acknowledged, answeredByPeople } = loaded;
  const known = new Set(acknowledged.map(({ finding }) => finding));
  const open = proposals
    .filter(({ state, question }) => state === 'open' && !answeredByPeople.has(question))
    .map(({ question }) => question);
  return {
    ...key,
    version: version.version,
    state: version.state,
    amends: version.amends,
    answers: version.answers,
    due: template.due ?? null,
    sheets: standing.sheets.map(({ name, answered, total, owner, reviewed, reviewedBy, answers }) => ({
      ...{ name, answered, total, owner: owner ?? null, reviewed: reviewed === answers },
      reviewedBy: reviewed === answers ? (reviewedBy ?? null) : null,
    })),
    missing: missingAnswers(document, template),
    findings: document.findings.map((finding) => ({ ...finding, acknowledged: known.has(digestOfFinding(document, finding)) })),
    // What was signed waits for nobody, whatever becomes of proposals in a version after it.
    proposed: isFrozen(version.state) ? [] : [...new Set([...open, ...standing.unaccepted])],
    signed: signedOf(version),
    submitted: submittedOf(version),
  };
}

const signedOf = ({ signedAt, signedBy, signedAs }: Version): ReturnStatus['signed'] =>
  signedAt === null || signedBy === null || signedAs === null ? null : { at: signedAt, by: signedBy, as: signedAs };

const submittedOf = ({ submittedAt, submittedHow, fileSha256 }: Version): ReturnStatus['submitted'] =>
  submittedAt === null || submittedHow === null || fileSha256 === null ? null : { at: submittedAt, how: submittedHow, fileSha256 };

/** One event as it is held, without keys that mean nothing outside. */
export interface HeldEvent {
  readonly kind: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly provider: string | null;
  readonly codes: readonly string[];
  readonly costPence: number | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
}

/** What one flow said about the person, and on what ground it may. */
export interface HeldFlow {
  readonly flow: string;
  readonly title: string;
  readonly setting: string;
  /** Name of the organisation that sent it. */
  readonly sender: string | null;
  /** Undefined where the flow has left the register: that is a finding, and is said. */
  readonly agreement: HeldAgreement | undefined;
  /** Demographics and registration as this flow last said them; generalised on landing. */
  readonly sighting: Readonly<Record<string, unknown>> | null;
  readonly events: readonly HeldEvent[];
}

export interface HeldAgreement {
  readonly id: string;
  readonly title: string;
  readonly purposes: readonly string[];
  readonly legalBasis: { readonly kind: string; readonly reference?: string | undefined; readonly clause: string; readonly state: string };
  readonly controllers: readonly string[];
  readonly processors: readonly string[];
  readonly validTo: string;
  readonly retentionMonths: number | null;
}

export interface HeldScore {
  readonly model: string;
  readonly version: string;
  readonly purpose: string;
  readonly indexDate: string;
  readonly score: number;
  readonly band: string;
  readonly tier: string;
  readonly reasons: readonly string[];
}

export interface HeldProject {
  readonly project: string;
  readonly title: string | null;
  readonly organisation: string | null;
  readonly purposes: readonly string[];
  readonly licenceUntil: string | null;
}

export interface Looked {
  readonly at: string;
  readonly what: string;
  readonly who: string;
  readonly project: string | null;
  readonly purpose: string | null;
}

/** Everything held in one place about one person, as it is given to them. */
export interface SubjectAccessAnswer {
  readonly request: string;
  readonly place: string;
  readonly placeName: string;
  readonly answeredOn: string;
  readonly decidedBy: string;
  readonly decision: string;
  /** Opened by the re-identifier; empty when nothing was ever landed. */
  readonly identity: readonly { readonly nhsNumber: string }[];
  readonly person: Readonly<Record<string, unknown>> | null;
  readonly flows: readonly HeldFlow[];
  readonly objections: readonly Readonly<Record<string, unknown>>[];
  /** What the national opt-out check was asked about the person, and said. */
  readonly nationalChecks: readonly Readonly<Record<string, unknown>>[];
  readonly linkage: {
    readonly grade: string | null;
    readonly doubts: readonly string[];
    readonly numbers: number;
    readonly merges: number;
  };
  readonly summary: Readonly<Record<string, unknown>> | null;
  readonly scores: readonly HeldScore[];
  readonly projects: readonly HeldProject[];
  /** Projects whose holders looked at the person once and know them no more, because an objection took them out. */
  readonly projectsBefore: readonly HeldProject[];
  readonly looked: readonly Looked[];
  readonly notes: readonly string[];
}

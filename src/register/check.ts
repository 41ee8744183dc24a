import type { LocalDate } from '../shared/clock.ts';
import { admit } from './admit.ts';
import { dayBefore, daysBetween } from './calendar.ts';
import { stepAt } from './history.ts';
import { nextChange } from './next-change.ts';
import { classifyEndpoint } from './open-api.ts';
import { assurance } from './party-rules.ts';
import type { Register, RegisteredFlow } from './register.ts';
import type { Admission } from './terms.ts';

/** Something a person should look at although it refuses nothing today. */
export interface RegisterFinding {
  readonly code: string;
  readonly flow: string;
  readonly message: string;
}

export interface CheckedFlow {
  readonly flow: string;
  readonly title: string;
  readonly place: string;
  readonly agreement: string;
  readonly state: string;
  /** Who decided that it is so, when and on which evidence: for those who keep the register, and for no supplier. */
  readonly decided?: { readonly on: LocalDate; readonly by: string; readonly evidence: string };
  readonly admission: Admission;
  /** Last day of an admission, if nobody changes the register. */
  readonly until?: LocalDate;
  /** True where the register says live and the gate says no: a flow that people believe to run. */
  readonly surprising: boolean;
}

export interface RegisterCheck {
  readonly at: LocalDate;
  readonly version: number;
  readonly admitted: number;
  readonly refused: number;
  readonly flows: readonly CheckedFlow[];
  readonly findings: readonly RegisterFinding[];
}

/** Days before an end date from which `check` warns, so that a renewal is begun in time (Pioneer approval took ten weeks). */
const warningDays = 90;

export interface KnownFields {
  readonly all: ReadonlySet<string>;
  /** Without these nothing lands: they decide whether a record may. */
  readonly needed: readonly string[];
}

/** Field names by data set; undefined where a data set has no fixed list (FHIR). */
export type KnownFeeds = ReadonlyMap<string, KnownFields | undefined>;

/** Asks the gate about every flow, and looks for what will or should change the answer. */
export function checkRegister(register: Register, at: LocalDate, feeds?: KnownFeeds): RegisterCheck {
  const flows = [...register.flows.values()].map((entry): CheckedFlow => {
    const { flow, place } = entry;
    const admission = admit(register, flow.id, at);
    const step = stepAt(flow.history, at);
    const state = step?.state ?? 'not recorded';
    const decided = step === undefined ? {} : { decided: { on: step.on, by: step.by, evidence: step.evidence } };
    const surprising = state === 'live' && !admission.admitted;
    const change = admission.admitted ? nextChange(register, flow.id, at) : undefined;
    const until = change === undefined ? {} : { until: dayBefore(change.on) };
    const about = { flow: flow.id, title: flow.title, place: place.place.id, agreement: flow.agreement };
    return { ...about, state, ...decided, admission, ...until, surprising };
  });
  const findings = [...register.flows.values()].flatMap((entry) => findingsOf(entry, at, feeds));
  const admitted = flows.filter((flow) => flow.admission.admitted).length;
  return { at, version: register.version, admitted, refused: flows.length - admitted, flows, findings };
}

function findingsOf(entry: RegisteredFlow, at: LocalDate, feeds: KnownFeeds | undefined): RegisterFinding[] {
  const { flow, agreement, place, endpoint } = entry;
  const findings: RegisterFinding[] = [];
  const find = (code: string, message: string): void => {
    findings.push({ code, flow: flow.id, message });
  };
  const state = flow.history.filter((step) => step.on <= at).at(-1)?.state;
  if (state === 'proposed' && flow.plannedGoLive !== undefined && flow.plannedGoLive < at) {
    find('GO_LIVE_STALE', `Go-live was planned for ${flow.plannedGoLive} and has passed; give a new date or stop the flow.`);
  }
  if (state !== 'live') return findings;
  if (feeds !== undefined && !feeds.has(flow.feed)) find('FEED_UNKNOWN', `No data set specification has the id ${flow.feed}.`);
  const fields = feeds?.get(flow.feed);
  const listed = entry.terms?.allowedFields ?? [];
  const strange = fields === undefined ? [] : listed.filter((field) => !fields.all.has(field));
  if (strange.length > 0) find('FIELD_UNKNOWN', `The agreement lists what the data set does not have: ${strange.join(', ')}.`);
  const absent = fields === undefined ? [] : fields.needed.filter((field) => !listed.includes(field));
  if (absent.length > 0) {
    find('FIELD_NOT_LISTED', `The agreement does not list fields that decide what may land, so nothing does: ${absent.join(', ')}.`);
  }
  if (flow.route === 'open-api') {
    const facts = classifyEndpoint(endpoint, at, at);
    if (facts.route !== 'open-api') find('ROUTE_NOT_OPEN_API', `Registered as Open API, but its facts lack: ${facts.missing.join(', ')}.`);
  }
  if (place.place.assurance === 'warn') for (const refusal of assurance.refusals(entry, at)) find(refusal.code, refusal.message);
  const ends: [what: string, on: LocalDate | undefined][] = [
    ['The agreement', agreement.validTo],
    ['The legal basis', agreement.legalBasis.validTo],
    ['The review of the impact assessment', agreement.dpia?.reviewBy],
    ...agreement.processors.map((p): [string, LocalDate | undefined] => [`The contract with ${p.organisation}`, p.to]),
  ];
  for (const [what, on] of ends) {
    const days = on === undefined ? undefined : daysBetween(at, on);
    if (days !== undefined && days >= 0 && days <= warningDays) find('ENDS_SOON', `${what} ends on ${on}, in ${days} days.`);
  }
  return findings;
}

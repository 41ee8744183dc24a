import { stepAt } from '../register/history.ts';
import type { PlaceRegister, Register, RegisteredFlow } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { HeldAgreement, HeldFlow, HeldProject } from './answer.ts';
import type { FlowRows } from './gather.ts';

const nameOf = (place: PlaceRegister, ods: string): string => place.organisations.get(ods)?.name ?? ods;

/** Rows of a flow beside what the register says of it: who sent them, on which basis, for what, and how long they are kept. */
export function describeFlow(register: Register, rows: FlowRows, at: LocalDate): HeldFlow {
  const entry = register.flows.get(rows.flow);
  return {
    flow: rows.flow,
    title: entry?.flow.title ?? rows.flow,
    setting: rows.setting,
    sender: entry?.sender.name ?? null,
    agreement: entry === undefined ? undefined : describeAgreement(entry, at),
    sighting: rows.sighting,
    events: rows.events ?? [],
  };
}

function describeAgreement({ agreement, place }: RegisteredFlow, at: LocalDate): HeldAgreement {
  const { kind, reference, clause, history } = agreement.legalBasis;
  return {
    id: agreement.id,
    title: agreement.title,
    purposes: agreement.purposes,
    legalBasis: { kind, reference, clause, state: stepAt(history, at)?.state ?? 'not recorded' },
    controllers: agreement.controllers.map(({ organisation }) => nameOf(place, organisation)),
    processors: agreement.processors.map(({ organisation }) => nameOf(place, organisation)),
    validTo: agreement.validTo,
    retentionMonths: agreement.retention?.months ?? null,
  };
}

export function describeProject(register: Register, id: string): HeldProject {
  const entry = register.projects.get(id);
  return {
    project: id,
    title: entry?.project.title ?? null,
    organisation: entry === undefined ? null : nameOf(entry.place, entry.project.organisation),
    purposes: entry?.project.purposes ?? [],
    licenceUntil: entry?.project.validTo ?? null,
  };
}

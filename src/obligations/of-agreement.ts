import type { Agreement } from '../register/agreement.ts';
import { plural } from '../register/documents/words.ts';
import type { PlaceRegister, Register } from '../register/register.ts';
import type { LocalDate } from '../shared/clock.ts';
import { standardConditions } from './conditions.ts';
import { addDays, addMonths } from './dates.ts';
import { type Obligation, type ObligationParts, oblige } from './obligation.ts';
import type { ObligationKind } from './rules.ts';
import { type Occurrence, takenOver, yearly } from './series.ts';
import { finalLetter, isOn, type Standing, standingOf } from './standing.ts';

/** How long before its end an agreement or a legal basis is somebody's task: what the gate shows as ending soon. */
const lead = 90;

interface Asked {
  readonly agreement: Agreement;
  readonly place: PlaceRegister;
  readonly standing: Standing;
  readonly at: LocalDate;
  make(kind: ObligationKind, parts: Omit<ObligationParts, 'place' | 'ownedBy' | 'agreement'> & { ownedBy?: string }): Obligation;
}

/** Everything that one agreement obliges people to, on a day. */
export function obligationsOfAgreement(register: Register, place: PlaceRegister, agreement: Agreement, at: LocalDate): Obligation[] {
  const standing = standingOf(agreement, at);
  if (standing === undefined) return [];
  const asked: Asked = {
    agreement,
    place,
    standing,
    at,
    make: (kind, parts) =>
      oblige(kind, {
        ownedBy: ownerOf(agreement, at),
        ...parts,
        place: place.place.id,
        agreement: agreement.id,
        subject: [agreement.id, ...parts.subject],
      }),
  };
  return [...ofApproval(register, asked), ...ofKeeping(asked), ...(standing.state === 'in-force' ? ofRunning(asked) : [])];
}

/** The first controller answers for the agreement; joint controllers say in their arrangement who is named first (art. 26). */
function ownerOf({ controllers, processors }: Agreement, at: LocalDate): string {
  const controller = controllers.find((one) => isOn(one, at)) ?? controllers.at(-1);
  return (controller ?? processors[0])?.organisation ?? 'no controller';
}

const lastDay = ({ standing }: Asked): LocalDate => (standing.state === 'ended' ? standing.on : standing.until);

/** The eleven standard conditions. An approval whose conditions nobody typed in has them all the same. */
function ofApproval(register: Register, asked: Asked): Obligation[] {
  const { agreement, at, make } = asked;
  const letter = finalLetter(agreement, at);
  if (letter === undefined) return [];
  const last = lastDay(asked);
  const reports = yearly(addMonths(letter, 12), last, at);
  return standardConditions(agreement).flatMap((condition): Obligation[] => {
    const clause = `${condition.source}, condition ${condition.number}`;
    const { dueOn } = condition;
    const written = dueOn === undefined ? [] : yearly(dueOn, last < dueOn ? dueOn : last, at);
    const occurrences = takenOver(reports, written);
    const recorded = ({ due }: Occurrence): Obligation['recorded'] =>
      due === condition.dueOn && condition.doneOn !== undefined && condition.evidence !== undefined
        ? { on: condition.doneOn, evidence: condition.evidence }
        : undefined;
    const each = (kind: ObligationKind, of: string, subject: readonly string[] = [], dues = occurrences): Obligation[] =>
      dues.map((one) => make(kind, { subject: [...subject, one.label], of, due: one.due, clause, recorded: recorded(one) }));
    switch (condition.task) {
      case 'annual-report':
        return each('annual-report', agreement.title);
      case 'training':
        return each('training', agreement.title);
      case 'processor-audit':
        return agreement.processors
          .filter(({ from }) => from <= at)
          .flatMap(({ organisation, from, to }) => {
            const dues = takenOver(yearly(addMonths(from, 12), to ?? last, at), written);
            return dues.map((one) =>
              make('processor-audit', {
                subject: [organisation, one.label],
                of: `${organisation}, ${agreement.title}`,
                organisation,
                due: one.due,
                clause,
                recorded: recorded(one),
              }),
            );
          });
      case 'review':
        return each('condition-review', condition.text, [String(condition.number)], written);
      default: {
        const statements = each('condition-statement', `condition ${condition.number}, ${condition.text}`, [String(condition.number)]);
        return condition.task === 'change-notice' ? [...statements, ...noticesOfFlows(register, asked, letter, clause)] : statements;
      }
    }
  });
}

/** A flow that begins after the letter was not in what was approved: its notice has to be out the day before. */
function noticesOfFlows(register: Register, { agreement, place, make }: Asked, letter: LocalDate, clause: string): Obligation[] {
  return [...register.flows.values()].flatMap(({ flow, place: of }) => {
    const { plannedGoLive } = flow;
    if (of.place.id !== place.place.id || flow.agreement !== agreement.id || plannedGoLive === undefined || plannedGoLive <= letter)
      return [];
    return [make('change-notice', { subject: [flow.id], of: flow.title, due: addDays(plannedGoLive, -1), clause })];
  });
}

/** What the data themselves oblige to, also when the agreement has ended. */
function ofKeeping(asked: Asked): Obligation[] {
  const { agreement, at, standing, make } = asked;
  const last = lastDay(asked);
  const clause = agreement.clauses.retention;
  const checks = agreement.retention === undefined ? [] : yearly(addMonths(agreement.validFrom, 12), last, at);
  const months = agreement.retention?.months;
  const ends = standing.state === 'ended' || standing.until <= addDays(at, lead);
  return [
    // On its last day an agreement is renewed or its data go: the check of that day is that one.
    ...checks
      .filter(({ due }) => due !== last)
      .map(({ due, label }) =>
        make('retention-check', { subject: [label], of: `${agreement.title} (${plural(months ?? 0, 'month')})`, due, clause }),
      ),
    ...(ends ? [make('end-of-agreement', { subject: [], of: agreement.title, due: last, clause })] : []),
  ];
}

/** What an agreement in force has to keep fresh. */
function ofRunning({ agreement, place, at, make }: Asked): Obligation[] {
  const { legalBasis, dpia, fairProcessing, title, validFrom } = agreement;
  const newest = fairProcessing
    .map(({ on }) => on)
    .sort()
    .at(-1);
  const framework = agreement.framework === undefined ? undefined : place.frameworks.get(agreement.framework);
  const noticeDue = newest === undefined ? validFrom : addMonths(newest, 12);
  const dpiaDue = dpia === undefined ? validFrom : dpia.reviewBy;
  return [
    ...(legalBasis.validTo === undefined
      ? []
      : [
          make('basis-renewal', {
            subject: [legalBasis.validTo],
            of: title,
            due: addDays(legalBasis.validTo, -lead),
            clause: legalBasis.clause,
          }),
        ]),
    ...(dpiaDue === undefined ? [] : [make('dpia', { subject: [dpiaDue.slice(0, 4)], of: title, due: dpiaDue })]),
    make('fair-processing', { subject: [noticeDue.slice(0, 4)], of: title, due: noticeDue, clause: agreement.clauses.fairProcessing }),
    ...(framework?.validTo === undefined
      ? []
      : [
          // Of the framework and not of the agreement: many agreements under it ask for one review.
          oblige('framework-review', {
            place: place.place.id,
            subject: [framework.id, framework.validTo.slice(0, 4)],
            of: framework.title,
            due: framework.validTo,
            ownedBy: ownerOf(agreement, at),
          }),
        ]),
    ...statements({ agreement, at, make }),
  ];
}

/** Only risk stratification under section 251 asks every commissioner and supplier for a signed statement. */
function statements({ agreement, at, make }: Pick<Asked, 'agreement' | 'at' | 'make'>): Obligation[] {
  if (finalLetter(agreement, at) === undefined || !agreement.purposes.some((purpose) => purpose.startsWith('risk-stratification')))
    return [];
  const due = agreement.legalBasis.validFrom ?? agreement.validFrom;
  const parties = [...agreement.controllers, ...agreement.processors]
    .filter((one) => isOn(one, at))
    .map(({ organisation }) => organisation);
  return [...new Set(parties)].map((organisation) =>
    make('assurance-statement', {
      subject: [organisation, due.slice(0, 4)],
      of: agreement.title,
      organisation,
      ownedBy: organisation,
      due,
    }),
  );
}

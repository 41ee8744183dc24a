import type { Agreement } from '../agreement.ts';
import { canonicalJson } from '../document.ts';
import type { Flow, PlaceDocument } from '../model.ts';
import { bindingConditions } from '../standard-conditions.ts';

/** What the standard condition 9 of an approval wants to be told of before it happens. */
export const noticeTopics = ['purpose', 'data flows', 'data items', 'security', 'the condition itself'] as const;
export type NoticeTopic = (typeof noticeTopics)[number];

const differs = (before: unknown, after: unknown): boolean => canonicalJson(before ?? null) !== canonicalJson(after ?? null);

/**
 * Which conditions hold this change until notice of it was given, in words: for each agreement that has such a condition
 * and is changed in its purpose, data flows, data items or security; an approval under section 251 has it whether or not
 * somebody typed it into the register. To stop, to suspend, to withdraw and to send less never waits for a letter.
 */
export function noticesNeeded(before: PlaceDocument, after: PlaceDocument): string[] {
  const afterAgreements = new Map(after.agreements.map((agreement) => [agreement.id, agreement]));
  return before.agreements.flatMap((agreement) => {
    const changed = afterAgreements.get(agreement.id);
    const conditions = bindingConditions(agreement).filter((condition) => condition.task === 'change-notice');
    if (changed === undefined || conditions.length === 0) return [];
    const topics = topicsOf(agreement, changed, before, after);
    return topics.length === 0
      ? []
      : conditions.map(
          ({ number, source }) => `${source} condition ${number}: notice before a change of ${topics.join(', ')} (${agreement.id})`,
        );
  });
}

function topicsOf(was: Agreement, is: Agreement, before: PlaceDocument, after: PlaceDocument): NoticeTopic[] {
  const changed: Readonly<Record<NoticeTopic, boolean>> = {
    purpose:
      is.purposes.some((purpose) => !was.purposes.includes(purpose)) || was.legalBasis.kind !== is.legalBasis.kind || was.form !== is.form,
    'data flows': flowsOpened(was.id, before.flows, after.flows),
    'data items': moreItems(was, is),
    security: lessSecure(was, is) || lessAssured(before, after),
    'the condition itself': differs(noticeConditions(was), noticeConditions(is)),
  };
  return noticeTopics.filter((topic) => changed[topic]);
}

const noticeConditions = ({ conditions }: Agreement): object[] =>
  conditions.filter(({ task }) => task === 'change-notice').map(({ number, source, text }) => ({ number, source, text }));

/** A flow that is new to the agreement, goes another way, or is taken up again. */
function flowsOpened(agreement: string, before: readonly Flow[], after: readonly Flow[]): boolean {
  const known = new Map(before.filter((flow) => flow.agreement === agreement).map((flow) => [flow.id, flow]));
  const way = ({ from, through, to, feed, form, route, endpoint }: Flow): object => ({ from, through, to, feed, form, route, endpoint });
  return after
    .filter((flow) => flow.agreement === agreement)
    .some((flow) => {
      const was = known.get(flow.id);
      if (was === undefined || differs(way(was), way(flow))) return true;
      return flow.history.at(-1)?.state === 'live' && was.history.at(-1)?.state !== 'live';
    });
}

/** More may come in, of more people, or under fewer conditions than before. */
function moreItems(was: Agreement, is: Agreement): boolean {
  const before = new Map(was.dataIn.map((data) => [data.feed, data]));
  const more = is.dataIn.some((data) => {
    const known = before.get(data.feed);
    const fields = new Set(known?.items.flatMap((item) => item.fields));
    return (
      data.items.some((item) => item.fields.some((field) => !fields.has(field))) ||
      (data.linkByLocalId && known?.linkByLocalId !== true) ||
      data.acceptedNumberStatus.some((status) => known?.acceptedNumberStatus.includes(status) !== true)
    );
  });
  const unlocked = !is.sensitiveCodes.exclude && differs(was.sensitiveCodes, is.sensitiveCodes);
  return more || unlocked || is.minimumAge < was.minimumAge || setsMoreAside(was, is);
}

/** Data of people who objected come in that did not before. */
const setsMoreAside = (was: Agreement, is: Agreement): boolean =>
  (is.objectionsSetAside ?? []).some((one) => !(was.objectionsSetAside ?? []).some((known) => !differs(known, one)));

/** Other processors or contracts, other ways out, holders who see a source system too, or data kept longer and destroyed otherwise. */
function lessSecure(was: Agreement, is: Agreement): boolean {
  const kept = was.retention;
  return (
    is.processors.some((processor) => !was.processors.some((known) => !differs(known, processor))) ||
    is.dataOut.some((out) => !was.dataOut.some((known) => !differs(known, out))) ||
    (is.sourceSystemAccess !== undefined && is.sourceSystemAccess !== was.sourceSystemAccess) ||
    (kept !== undefined &&
      (is.retention === undefined || is.retention.months > kept.months || is.retention.destruction !== kept.destruction))
  );
}

const lessAssured = (before: PlaceDocument, after: PlaceDocument): boolean =>
  before.place.assurance === 'refuse' && after.place.assurance === 'warn';

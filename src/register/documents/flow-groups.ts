import type { LocalDate } from '../../shared/clock.ts';
import { stepAt } from '../history.ts';
import type { RegisteredFlow } from '../register.ts';
import type { Refusal } from '../terms.ts';
import { type FlowFacts, type PlaceFacts, titleOf } from './facts.ts';

/** One end of a flow as a map shows it: a service of an organisation, or all practices that do the same. */
export interface FlowEnd {
  readonly key: string;
  readonly name: string;
  readonly setting: string;
  readonly organisations: readonly { readonly ods: string; readonly name: string }[];
}

/** Flows that a reader may take as one: same agreement, ends and route through others, and the same answer of the gate. */
export interface FlowGroup {
  readonly agreement: string;
  readonly from: FlowEnd;
  readonly through: readonly string[];
  readonly to: FlowEnd;
  readonly dataSets: readonly { readonly feed: string; readonly title: string; readonly flows: number }[];
  readonly running: boolean;
  /** First day on which any of them ran, where they run. */
  readonly since: LocalDate | null;
  /** Why they do not run, each reason once. */
  readonly reasons: readonly Refusal[];
  readonly flows: readonly string[];
  /** Null where deliveries were not looked at. */
  readonly observed: { readonly deliveries: number; readonly lastOn: LocalDate | null } | null;
}

/** In the order of the register, running before stopped within an agreement. */
export function groupFlows(facts: PlaceFacts, flows: readonly FlowFacts[] = facts.flows): FlowGroup[] {
  const groups = new Map<string, FlowFacts[]>();
  for (const flow of flows) {
    const { entry, admission } = flow;
    const codes = admission.admitted ? 'running' : admission.refusals.map(({ code }) => code);
    const key = JSON.stringify([entry.agreement.id, senderOf(entry).key, entry.flow.through, entry.to.id, codes]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [flow]);
    else known.push(flow);
  }
  const made = [...groups.values()].map((members) => groupOf(facts, members));
  const order = [...facts.place.agreements.keys()];
  return made.toSorted((a, b) => order.indexOf(a.agreement) - order.indexOf(b.agreement) || Number(b.running) - Number(a.running));
}

function groupOf(facts: PlaceFacts, members: readonly FlowFacts[]): FlowGroup {
  const { entry, admission } = members[0] as FlowFacts;
  const feeds = new Map<string, number>();
  const organisations = new Map<string, string>();
  const reasons = new Map<string, Refusal>();
  for (const member of members) {
    const { flow, sender } = member.entry;
    feeds.set(flow.feed, (feeds.get(flow.feed) ?? 0) + 1);
    organisations.set(sender.ods, sender.name);
    if (!member.admission.admitted) for (const refusal of member.admission.refusals) reasons.set(JSON.stringify(refusal), refusal);
  }
  const since = members.flatMap((member) => liveSince(member.entry, facts.at)).sort()[0];
  const seen = members.flatMap(({ observed }) => (observed === undefined || observed === 'none' ? [] : [observed]));
  return {
    agreement: entry.agreement.id,
    from: { ...senderOf(entry), organisations: [...organisations].map(([ods, name]) => ({ ods, name })) },
    through: entry.through.map(({ name }) => name),
    to: {
      key: entry.to.id,
      name: entry.to.name,
      setting: entry.to.setting,
      organisations: [{ ods: entry.recipient.ods, name: entry.recipient.name }],
    },
    dataSets: [...feeds].map(([feed, count]) => ({ feed, title: titleOf(facts, feed), flows: count })),
    running: admission.admitted,
    since: admission.admitted ? (since ?? null) : null,
    reasons: [...reasons.values()],
    flows: members.map((member) => member.entry.flow.id),
    observed: members.every(({ observed }) => observed === undefined)
      ? null
      : {
          deliveries: seen.reduce((total, { deliveries }) => total + deliveries, 0),
          lastOn:
            seen
              .map(({ lastOn }) => lastOn)
              .toSorted()
              .at(-1) ?? null,
        },
  };
}

/** Each practice signs for itself, but forty boxes that say the same would hide everything else. */
function senderOf({ from, sender }: RegisteredFlow): Omit<FlowEnd, 'organisations'> {
  return from.setting === 'gp' && sender.roles.includes('gp-practice')
    ? { key: 'gp-practices', name: 'GP practices', setting: 'gp' }
    : { key: from.id, name: from.name, setting: from.setting };
}

function liveSince({ flow }: RegisteredFlow, at: LocalDate): LocalDate[] {
  const step = stepAt(flow.history, at);
  return step?.state === 'live' ? [step.on] : [];
}

/** The sender in a line: its service and organisation, or how many practices, named where they are few. */
export function endWords(end: FlowEnd): string {
  if (end.key !== 'gp-practices') return `${end.name}, ${end.organisations.map(({ name }) => name).join(', ')}`;
  return end.organisations.length <= 3 ? end.organisations.map(({ name }) => name).join('; ') : `${end.organisations.length} GP practices`;
}

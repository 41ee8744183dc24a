import { basisWords, inWords, longDate, plural, purposeWords } from '../register/documents/words.ts';
import type { LocalDate } from '../shared/clock.ts';
import type { Explained, HeldObjection } from './explain.ts';
import { kindOf, type ObjectionKind } from './kinds.ts';

/** What an IG lead can say to a person about their objections; the person is not named in it. */
export interface Explanation {
  readonly place: string;
  readonly placeName: string;
  readonly on: LocalDate;
  readonly objections: readonly HeldObjection[];
  readonly uses: readonly Explained[];
}

const kindWords: Readonly<Record<ObjectionKind, string>> = {
  'type-1': 'Type 1 objection: your GP record leaves the practice for your own care only',
  ndop: 'National data opt-out: confidential patient information is not used for research and planning',
  programme: 'Objection to this programme as a whole',
  'social-care-consent-withheld': 'Consent to share the social care record was not given',
  'social-care-consent-withdrawn': 'Consent to share the social care record was taken back',
  'local-sharing': 'Refusal to share the record with other services that give care',
  'right-to-object': 'Right to object (UK GDPR article 21)',
  'risk-stratification': 'Objection to risk stratification',
  'lack-of-capacity': 'Kept out of the programme by somebody who decides for a person without capacity',
};

function objectionLine(objection: HeldObjection): string {
  const { kind, only } = kindOf(objection.kind);
  const parts = [
    kindWords[kind],
    ...(only === undefined ? [] : [`for ${purposeWords[only]}`]),
    ...(objection.about === null ? [] : [`about records of ${inWords(objection.about)}`]),
    `since ${longDate(objection.setOn as LocalDate)}`,
    ...(objection.recordedIn === null ? [] : [`recorded by ${inWords(objection.recordedIn)}`]),
    ...(objection.decidedBy === null ? [] : [`decided by ${inWords(objection.decidedBy)}`]),
    ...(objection.withdrawnOn === null ? [] : [`withdrawn on ${longDate(objection.withdrawnOn as LocalDate)}`]),
  ];
  return `- ${parts.join(', ')}. ${objection.inForce ? 'It is in force.' : 'It is not in force today.'}`;
}

/** One line for all flows and purposes of a setting of which the same is true: nobody needs 37 lines for 37 practices. */
function useLines(uses: readonly Explained[]): string[] {
  const groups = new Map<string, { readonly one: Explained; readonly purposes: Set<string>; readonly flows: Set<string> }>();
  for (const one of uses) {
    const key = JSON.stringify([one.basis, one.used, one.why]);
    const group = groups.get(key) ?? { one, purposes: new Set<string>(), flows: new Set<string>() };
    group.purposes.add(purposeWords[one.purpose]);
    group.flows.add(one.flow);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ one, purposes, flows }) =>
      `- ${one.used ? 'Used' : 'NOT used'} for ${[...purposes].join('; ')} (${plural(flows.size, 'flow')}, on the basis of ${basisWords[one.basis]}). ${one.why}`,
  );
}

/**
 * The explanation as plain text to be sent out. Only flows that run today are in it; the JSON of the answer has the
 * stopped ones, too.
 */
export function explanationLetter({ placeName, on, objections, uses }: Explanation): string {
  const running = uses.filter((use) => use.running);
  const settings = [...new Set(running.map(({ setting }) => setting))];
  return [
    `How objections apply to the shared data of ${placeName}, ${longDate(on)}`,
    '',
    objections.length === 0 ? 'No objection of this person is on record here.' : 'Objections on record:',
    ...objections.map(objectionLine),
    '',
    'What this means today, by the service the records come from:',
    ...settings.flatMap((setting) => ['', `Records of ${inWords(setting)}`, ...useLines(running.filter((use) => use.setting === setting))]),
    '',
    'An objection reaches back: what it covers was removed, with everything made from it. Withdrawing one acts on data that arrive from then on.',
    'The services that gave care keep their own records; this is about the data shared here.',
  ].join('\n');
}

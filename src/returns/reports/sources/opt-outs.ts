import { countedIn, countObjections } from '../../../objections/counts.ts';
import type { ObjectionKind } from '../../../objections/kinds.ts';
import { inWords, sentence } from '../../../register/documents/words.ts';
import { releaseCount } from '../../disclosure.ts';
import type { Observation } from '../../observation.ts';
import { columnsOf, lastDay, measured, type ObservedRow, type ReportFacts, type ReportSource } from '../source.ts';

/** Kinds of objection as people say them. */
const kindNames: Readonly<Record<ObjectionKind, string>> = {
  'type-1': 'GP type 1 objection',
  ndop: 'National data opt-out',
  programme: 'Objection to the programme',
  'social-care-consent-withheld': 'Social care consent withheld',
  'social-care-consent-withdrawn': 'Social care consent withdrawn',
  'local-sharing': 'Objection to local sharing',
  'right-to-object': 'Right to object (UK GDPR art. 21)',
  'risk-stratification': 'Objection to risk stratification',
  'lack-of-capacity': 'Decided for a person who lacks capacity',
};

const reasonNames: Readonly<Record<string, string>> = {
  OBJECTION_TYPE1: kindNames['type-1'],
  OBJECTION_NDOP: kindNames.ndop,
  OBJECTION_PROGRAMME: kindNames.programme,
  OBJECTION_SOCIAL_CARE_CONSENT: 'Social care consent withheld or withdrawn',
  OBJECTION_LOCAL_SHARING: kindNames['local-sharing'],
  OBJECTION_RIGHT_TO_OBJECT: kindNames['right-to-object'],
  OBJECTION_RISK_STRATIFICATION: kindNames['risk-stratification'],
};

const reasonWords = (reason: string): string => reasonNames[reason] ?? sentence(reason.toLowerCase().replaceAll('_', ' '));

const objectionQuery = {
  id: 'objections-in-force',
  description: 'Objections of people of the place by kind: in force on the last day, set and withdrawn in the period',
};

export const objections: ReportSource = {
  id: 'objections',
  about: 'People who object, by the kind of objection',
  row: 'a kind of objection',
  columns: {
    'in-force': 'Recorded for this place, in force on the last day',
    set: 'Recorded for this place, set in the period',
    withdrawn: 'Recorded for this place, withdrawn in the period',
    'whole-gateway': 'In force everywhere in the gateway',
  },
  async observe(facts) {
    const { db, place, period } = facts;
    const last = lastDay(facts);
    const counts = await countObjections(db, { from: period.from, to: last, place: place.place.id });
    // Lists of the nation and of the programme are recorded for no place: they hold everywhere.
    const everywhere = new Map((await countObjections(db, { from: period.from, to: last })).map(({ kind, inForce }) => [kind, inForce]));
    return counts.map((count) => {
      const { kind, inForce, set, withdrawn } = count;
      const say = (text: string, ...of: Parameters<typeof countedIn>[1]): Observation => ({
        ...measured(
          objectionQuery,
          text === '*' ? text : Number(text),
          'Counted in the register of objections that were recorded for this place; no objection is not consent.',
        ),
        ...(of.length > 0 && { counted: countedIn(count, of) }),
      });
      return {
        key: kind,
        label: kindNames[kind],
        cells: {
          'in-force': say(inForce, 'inForce'),
          set: say(set, 'set'),
          withdrawn: say(withdrawn, 'withdrawn'),
          'whole-gateway': say(everywhere.get(kind) ?? '0'),
        },
      };
    });
  },
};

const withheldQuery = {
  id: 'withheld-on-landing',
  description: 'Records withheld on landing because of an objection, by reason and setting, from the receipts of the period',
};

interface WithheldRow extends Record<string, unknown> {
  readonly reason: string;
  readonly setting: string;
  readonly records: string;
}

/** Reason → setting → records. */
async function withheldRecords({ db, place, period }: ReportFacts): Promise<Map<string, Map<string, number>>> {
  const { rows } = await db.query<WithheldRow>(
    `select r.key as reason, coalesce(d.setting::text, 'other-provider') as setting, sum(r.value::bigint) as records
     from landing.delivery d join register.flow f using (flow_id) cross join lateral jsonb_each_text(d.withheld) r
     where f.place_id = $1 and d.state = 'landed' and r.key like 'OBJECTION%'
       and d.finished >= $2::date::timestamp at time zone 'Europe/London'
       and d.finished < ($3::date + 1)::timestamp at time zone 'Europe/London'
     group by 1, 2 order by 1, 2`,
    [place.place.id, period.from, period.to],
  );
  const reasons = new Map<string, Map<string, number>>();
  for (const { reason, setting, records } of rows) {
    const settings = reasons.get(reason) ?? new Map<string, number>();
    reasons.set(reason, settings.set(setting, Number(records)));
  }
  return reasons;
}

export const withheld: ReportSource = {
  id: 'withheld',
  about: 'Records that never landed because somebody objected, from the receipts of the period',
  row: 'a reason, in one setting',
  columns: { reason: 'Reason', setting: 'Setting', records: 'Records withheld' },
  async observe(facts) {
    const reasons = await withheldRecords(facts);
    const { flows, landed } = await facts.seen();
    return [...reasons].flatMap(([reason, settings]) =>
      [...settings].map(([setting, records]): ObservedRow => {
        const behind = flows.filter(({ from, flow }) => from.setting === setting && landed.has(flow.id));
        const say = (answer: string | number | null) =>
          measured(withheldQuery, answer, 'Sum over the receipts of the period; the same person may be withheld in several deliveries.', {
            landed: behind.flatMap(({ flow }) => landed.get(flow.id) ?? []),
          });
        const shown = releaseCount(records);
        const name = `withheld/${reason.toLowerCase()}/${setting}.records`;
        return {
          key: `${reason.toLowerCase().replaceAll('_', '-')}.${setting}`,
          label: `${reasonWords(reason)}, ${inWords(setting)}`,
          cells: { ...columnsOf(say, { reason, setting: inWords(setting) }), records: { ...say(shown), counted: { [name]: shown } } },
        };
      }),
    );
  },
};

interface RemovedRow extends Record<string, unknown> {
  readonly applications: string;
  readonly people: string;
  readonly records: string;
  readonly notices: string;
  readonly acknowledged: string;
}

const removedQuery = {
  id: 'objections-applied',
  description: 'Applications of objections in the period: people and records removed, and notices to recipients of earlier releases',
};

export const removed: ReportSource = {
  id: 'removed',
  about: 'What objections removed again after it had landed, and recipients who were told; of the whole gateway',
  row: 'the period',
  columns: {
    applications: 'Times objections were applied',
    people: 'People whose data were removed',
    records: 'Records removed',
    notices: 'Notices to recipients',
    acknowledged: 'Notices acted on',
  },
  async observe({ db, period }) {
    const { rows } = await db.query<RemovedRow>(
      `with applied as (
         select * from objections.application
         where applied_at >= $1::date::timestamp at time zone 'Europe/London' and applied_at < ($2::date + 1)::timestamp at time zone 'Europe/London'
       )
       select count(*) as applications, coalesce(sum(persons), 0) as people, coalesce(sum(events), 0) as records,
         (select count(*) from objections.notice n join applied a using (application_no)) as notices,
         (select count(*) from objections.notice n join applied a using (application_no) where n.acknowledged_at is not null) as acknowledged
       from applied`,
      [period.from, period.to],
    );
    const [row] = rows;
    const count = (text: string | undefined): number => Number(text ?? 0);
    const say = (answer: string | number | null) =>
      measured(removedQuery, answer, 'Counted where objections are applied, for all places of this gateway together.');
    return [
      {
        key: 'period',
        label: 'In the period',
        cells: columnsOf(say, {
          applications: count(row?.applications),
          people: releaseCount(count(row?.people)),
          records: releaseCount(count(row?.records)),
          notices: count(row?.notices),
          acknowledged: count(row?.acknowledged),
        }),
      },
    ];
  },
};

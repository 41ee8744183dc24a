import { join } from 'node:path';
import { loadDecisionTable } from '../../../objections/decision-table.ts';
import { nationalCover } from '../../../objections/national/cover.ts';
import { nationalStatus } from '../../../objections/national/status.ts';
import { admit } from '../../../register/admit.ts';
import { inWords, sentence } from '../../../register/documents/words.ts';
import { isSharing } from '../../../register/register.ts';
import type { Purpose } from '../../../register/terms.ts';
import { localDate } from '../../../shared/clock.ts';
import { releaseCount } from '../../disclosure.ts';
import { columnsOf, lastDay, measured, type ObservedRow, type ReportSource, registered } from '../source.ts';

const usesQuery = {
  id: 'national-opt-out-uses',
  description: 'Each use of each agreement, held to the decision table of objections: does the national data opt-out apply to it?',
};

/** Uses the register allows on the last day of the period, and whether the opt-out applies to them by the decision table. */
export const nationalUses: ReportSource = {
  id: 'national-uses',
  about: 'Every use of the data by agreement and purpose, and whether the national data opt-out applies to it',
  row: 'a purpose of an agreement',
  columns: {
    agreement: 'Agreement',
    purpose: 'Purpose',
    basis: 'Legal basis',
    flows: 'Flows running',
    applies: 'The opt-out applies',
    approval: 'Approval',
    row: 'Rule',
  },
  async observe(facts) {
    const { place, register } = facts;
    const table = await loadDecisionTable(join(facts.config, 'objections'));
    const at = lastDay(facts);
    return [...place.agreements.values()].flatMap((agreement) => {
      const terms = [...register.flows.values()]
        .filter((entry) => entry.agreement === agreement && !isSharing(entry))
        .map(({ flow }) => admit(register, flow.id, at))
        .flatMap((admission) => (admission.admitted ? [admission.terms] : []));
      if (terms.length === 0) return [];
      return agreement.purposes.map((purpose): ObservedRow => {
        const flows = terms.filter(({ purposes }) => purposes.includes(purpose));
        const cover = nationalCover(register, table, { purpose, flows });
        const say = (answer: string | number | null) =>
          registered(
            usesQuery,
            answer,
            cover === undefined
              ? 'The decision table lets every flow of this use through without a national check.'
              : 'The decision table withholds these flows until the nation has been asked.',
          );
        return {
          key: `${agreement.id}.${purpose}`,
          label: `${agreement.title}: ${inWords(purpose)}`,
          tags: [agreement.legalBasis.kind],
          cells: columnsOf(say, {
            agreement: agreement.title,
            purpose: sentence(inWords(purpose)),
            basis: inWords(agreement.legalBasis.kind),
            flows: flows.length,
            applies: cover === undefined ? 'No' : 'Yes',
            approval: cover === undefined ? null : (agreement.legalBasis.reference ?? null),
            row: cover === undefined ? null : [...new Set(cover.uses.map(({ row }) => row))].join(', '),
          }),
        };
      });
    });
  },
};

const checksQuery = {
  id: 'national-opt-out-checks',
  description: 'Youngest whole answer of the national service by purpose and approval, as it stood at the end of the period',
};

export const nationalChecks: ReportSource = {
  id: 'national-checks',
  about: 'Checks with the national data opt-out service: when, for which purpose and approval, and with what result',
  row: 'a purpose and an approval that was asked for',
  columns: {
    purpose: 'Purpose',
    approval: 'Approval',
    'checked-on': 'Checked on',
    state: 'On the last day',
    people: 'People asked about',
    'opted-out': 'Opted out',
    requests: 'Request files',
    replies: 'Replies',
  },
  async observe(facts) {
    const approvals = [...facts.place.agreements.values()].flatMap(({ legalBasis }) => legalBasis.reference ?? []);
    const { rows } = await facts.db.query<{ purpose: Purpose; approval: string }>(
      `select distinct purpose, approval from ndop.exchange
       where approval = any ($1) and decided_at < ($2::date + 1)::timestamp at time zone 'Europe/London' order by 1, 2`,
      [approvals, facts.period.to],
    );
    const end = new Date(`${lastDay(facts)}T23:59:59Z`);
    const found: ObservedRow[] = [];
    for (const { purpose, approval } of rows) {
      const status = await nationalStatus(facts.db, { purpose, approval, at: end });
      const say = (answer: string | number | null) =>
        measured(
          checksQuery,
          answer,
          status.state === 'missing'
            ? 'The request was not answered by the end of the period.'
            : 'From the requests and replies that were kept.',
        );
      const known = status.state === 'missing' ? undefined : status;
      found.push({
        key: `${purpose}.${approval}`,
        label: `${sentence(inWords(purpose))}, ${approval}`,
        cells: columnsOf(say, {
          purpose: sentence(inWords(purpose)),
          approval,
          'checked-on': known === undefined ? null : localDate(known.checkedAt),
          state: status.state === 'fresh' ? 'usable' : status.state === 'stale' ? 'too old to release on' : 'not answered',
          people: known === undefined ? null : releaseCount(known.people),
          'opted-out': known === undefined ? null : releaseCount(known.optedOut),
          requests: known?.requests.join(', ') ?? null,
          replies: known?.responses.join(', ') ?? null,
        }),
      });
    }
    return found;
  },
};

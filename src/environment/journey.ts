import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import { recordAudit } from '../audit/record.ts';
import type { PayloadSealer } from '../audit/sealed.ts';
import type { Transaction } from '../database/query.ts';
import { discloseUnder, releaseBlock } from '../objections/national/disclose.ts';
import type { Clock, LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';
import { ageBand } from './age.ts';
import type { LicensedProject } from './project.ts';
import type { WithheldByObjection } from './scope.ts';

/** One step of a journey: what happened and when; no source id, no provider's own number, no attribute, no identifier. */
export interface JourneyEvent {
  readonly on: string;
  readonly until: string | null;
  readonly setting: Setting;
  readonly kind: string;
  readonly codes: readonly string[];
  readonly costPence: number | null;
}

export interface Journey {
  readonly recipientPseudonym: string;
  readonly purpose: string;
  /** Five-year band on the day of the read. */
  readonly ageBand: string | null;
  /** Outward part of the postcode (`SS1`). */
  readonly postcodeStem: string | null;
  readonly events: readonly JourneyEvent[];
}

export interface JourneyRequest {
  readonly project: LicensedProject;
  readonly recipientPseudonym: string;
  /** First and last day on which events began, both within; an end that is left out is open. */
  readonly from?: LocalDate;
  readonly to?: LocalDate;
  readonly actor: string;
}

/** Rows a licensed project may read at once; a longer journey is asked for in pieces, by date. */
export const mostEvents = 10_000;

const personSql = `
select p.person_id::text, extract(year from age($3::date, p.birth_month))::int as age,
  substring(p.postcode_sector from '^([A-Z]{1,2}[0-9][A-Z0-9]?)\\s') as stem,
  (select coalesce(jsonb_agg(jsonb_build_object('kind', o.kind, 'about', o.about)), '[]') from objections.of_person(p.person_id, $3::date) o) as objections
from environment.recipient_pseudonym r join environment.person p using (person_id)
where r.project_id = $1 and r.recipient_pseudonym = $2
  and r.epoch = (select max(latest.epoch) from environment.recipient_pseudonym latest where latest.project_id = $1)`;

const eventSql = `
select to_char(started_at, 'YYYY-MM-DD') as "on", to_char(ended_at, 'YYYY-MM-DD') as "until", setting::text as setting, kind,
  coalesce(codes, '{}') as codes, cost_pence::float8 as "costPence"
from environment.event e
where person_id = $1 and flow_no = any ($2::int[]) and setting = any ($3::environment.setting[]) and kind <> 'demographics'
  and ($4::date is null or started_at >= $4) and ($5::date is null or started_at < $5::date + 1)
order by started_at, setting, kind, source_key
limit $6`;

/**
 * What may be said of the person besides events: that anything of these flows is about them at all, and age and area only
 * where one of these flows says so itself, because what others said is no more to be read than their rows are.
 */
const saidSql = `
select exists (select from environment.event where person_id = $1 and flow_no = any ($2::int[]) and setting = any ($3::environment.setting[])) as known,
  exists (select from linkage.sighting s where s.person_id = $1 and s.flow_no = any ($2::int[]) and s.birth_month = p.birth_month) as age,
  exists (select from linkage.sighting s where s.person_id = $1 and s.flow_no = any ($2::int[]) and s.postcode_sector = p.postcode_sector) as area
from environment.person p where p.person_id = $1`;

interface Said {
  readonly known: boolean;
  readonly age: boolean;
  readonly area: boolean;
}

/** An objection in force of the person; `about` is the one setting a local-sharing objection speaks of. */
interface Objecting {
  readonly kind: string;
  readonly about: Setting | null;
}

/** What a read found: a journey, nobody this project may see, more than may be read at once, or that nothing may be read now. */
export type JourneyRead = Journey | 'too-long' | { readonly blocked: GatewayError } | undefined;

/**
 * What a read gives its caller, once the transaction with its leaf is committed.
 * @throws GatewayError JOURNEY_TOO_LONG; NATIONAL_CHECK_MISSING, NATIONAL_CHECK_STALE, NDOP_OTHER_APPROVAL.
 */
export function givenJourney(read: JourneyRead): Journey | undefined {
  if (typeof read === 'object' && 'blocked' in read) throw read.blocked;
  if (read !== 'too-long') return read;
  throw new GatewayError(
    'JOURNEY_TOO_LONG',
    `This journey has more than ${mostEvents} events. Ask for fewer days at once, with \`from\` and \`to\`.`,
    { status: 422 },
  );
}

/** Flows whose rows of this person may be read: those no objection in force withholds. */
function readableFlows(project: LicensedProject, objections: readonly Objecting[]) {
  const { flows, withheld } = project.scope;
  const says = ({ objection, setting }: WithheldByObjection): boolean =>
    objections.some(({ kind, about }) => kind === objection && (about === null || about === setting));
  const closed = new Set(withheld.filter(says).map(({ flowNo }) => flowNo));
  return flows.filter(({ flowNo }) => !closed.has(flowNo));
}

interface Releasing {
  readonly person_id: string;
  readonly objections: readonly Objecting[];
}

/**
 * Opted out, or not covered by the check: nothing of the person. The evidence is kept whoever it was (RULE-OPT-6). An opt-out
 * that came after the check, by whatever way, counts at once.
 */
async function mayRelease(tx: Transaction, { project, actor }: JourneyRequest, person: Releasing, clock: Clock): Promise<boolean> {
  const { national } = project.scope;
  if (national === undefined) return true;
  if (person.objections.some(({ kind }) => kind === 'ndop')) return false;
  const release = { releaseId: `journey:${project.projectId}:${randomUUID()}`, personIds: [person.person_id], actor };
  return (await discloseUnder(tx, national, release, clock)).personIds.length > 0;
}

/**
 * The journey of one person for a licensed project (environment/project.ts decides what it may read), in order of time.
 * Purpose, agreements in force, visibility and objections are applied on every read; the audit leaf, with the digest of
 * the very answer, is written in the same transaction: no audit row, no answer. So commit before sending. The pseudonym is
 * in its sealed part (docs/adr/0011), so that a lawful erasure reaches the log.
 * @returns undefined, the same for a pseudonym of another project and for a person of whom objections, or bases that ran
 * out, leave nothing; it is a value and not an error, because its leaf must be committed too.
 * Only pseudonyms of the project's latest epoch are known: those of an earlier one were taken out of use when it began.
 * One that is too long is on record too, as a value for `givenJourney`.
 */
export async function readJourney(
  tx: Transaction,
  request: JourneyRequest,
  { sealer, clock }: { readonly sealer: PayloadSealer; readonly clock: Clock },
): Promise<JourneyRead> {
  const { project, recipientPseudonym } = request;
  const { scope } = project;
  // Before anybody is looked up, so that the answer is the same for every pseudonym.
  const blocked = scope.national === undefined ? undefined : await releaseBlock(tx, scope.national, clock.now());
  if (blocked !== undefined) {
    const { type: _, detail, ...entry } = leaf(request, undefined);
    await recordAudit(tx, { ...entry, type: 'journey.blocked', detail: { ...detail, code: blocked.code } }, clock);
    return { blocked };
  }
  const person = (
    await tx.query<{ person_id: string; age: number | null; stem: string | null; objections: Objecting[] }>(personSql, [
      ...[project.projectId, recipientPseudonym, scope.at],
    ])
  ).rows[0];
  const readable = person === undefined ? [] : readableFlows(project, person.objections);
  const settings = [...new Set(readable.map(({ setting }) => setting))];
  const said =
    person === undefined || readable.length === 0
      ? undefined
      : (await tx.query<Said & Record<string, unknown>>(saidSql, [person.person_id, readable.map(({ flowNo }) => flowNo), settings]))
          .rows[0];
  const known =
    person !== undefined &&
    said?.known === true &&
    // Where the national opt-out applies it takes out every row of the person, from every feed (RULE-OPT-3).
    (await mayRelease(tx, request, person, clock));
  const flows = known ? readable : [];
  const events =
    person === undefined || flows.length === 0
      ? []
      : (
          await tx.query<JourneyEvent & Record<string, unknown>>(eventSql, [
            person.person_id,
            flows.map(({ flowNo }) => flowNo),
            settings,
            ...[request.from ?? null, request.to ?? null, mostEvents + 1],
          ])
        ).rows;
  if (events.length > mostEvents) {
    await sealer.record(tx, { ...leaf(request, undefined), type: 'journey.too-long', ...about(recipientPseudonym) }, clock);
    return 'too-long';
  }
  const journey: Journey | undefined =
    person === undefined || flows.length === 0
      ? undefined
      : {
          recipientPseudonym,
          purpose: scope.purpose,
          ageBand: said?.age !== true || person.age === null ? null : ageBand(person.age),
          postcodeStem: said?.area === true ? person.stem : null,
          events,
        };
  // What was asked for is written only when it exists: an unknown text could be anything, even an identifier.
  if (journey === undefined) await recordAudit(tx, leaf(request, journey), clock);
  else await sealer.record(tx, { ...leaf(request, journey), ...about(recipientPseudonym) }, clock);
  return journey;
}

const about = (recipientPseudonym: string) => ({ holder: recipientPseudonym, sealed: { recipientPseudonym } });

function leaf(request: JourneyRequest, journey: Journey | undefined) {
  const { project, actor } = request;
  return {
    type: journey === undefined ? 'journey.not-found' : 'journey.read',
    actor,
    detail: {
      project: project.projectId,
      organisation: project.organisation,
      purpose: project.scope.purpose,
      flows: project.scope.flows.map(({ flowNo }) => flowNo),
      from: request.from ?? null,
      to: request.to ?? null,
      rows: journey?.events.length ?? 0,
      resultSha256: journey === undefined ? null : createHash('sha256').update(canonicalJson(journey)).digest('hex'),
    },
  };
}

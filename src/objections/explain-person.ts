import type { Pool } from 'pg';
import type { Actor } from '../access/decide.ts';
import { recordAudit } from '../audit/record.ts';
import type { PayloadSealer } from '../audit/sealed.ts';
import { type Queryable, transaction } from '../database/query.ts';
import { admit } from '../register/admit.ts';
import type { Register } from '../register/register.ts';
import { type Purpose, purposes } from '../register/terms.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import type { DecisionTable } from './decision-table.ts';
import { type ExplainedFlow, explain, type HeldObjection } from './explain.ts';
import type { Explanation } from './explain-letter.ts';
import type { NationalCheck, StandingObjection } from './kinds.ts';
import { checkStateOf } from './national/national-check.ts';
import { nationalChecks, nationalStatus } from './national/status.ts';

/** What the black box says of the person: pseudonyms, dates and reasons. The number stays there. */
export interface KnownObjector {
  readonly personId?: number | undefined;
  readonly landingPseudonyms: readonly string[];
  readonly objections: readonly (Omit<HeldObjection, 'kind'> & { readonly kind: string; readonly purpose: string | null })[];
}

export interface ExplainParts {
  readonly gateway: Pool;
  readonly clock: Clock;
  readonly register: () => Promise<Register>;
  readonly table: DecisionTable;
  readonly sealer: PayloadSealer;
  /** The black box's door: from the opaque request to what is known. */
  findSubject(bytes: AsyncIterable<Buffer>): Promise<KnownObjector>;
}

/**
 * Explains to an IG lead what one person's objections do in the lead's own place. That it was asked is on record before it
 * is answered; about whom is in the sealed part of the leaf (docs/adr/0011).
 * @param actor whom actAs let in as `ig-lead`
 * @param bytes JSON `{"nhsNumber": …}`, opaque here
 * @throws GatewayError with the rule of the number (422), from the black box
 */
export async function explainPerson(parts: ExplainParts, actor: Actor, bytes: AsyncIterable<Buffer>): Promise<Explanation> {
  const { gateway, clock, table } = parts;
  const known = await parts.findSubject(bytes);
  const [holder] = known.landingPseudonyms;
  await transaction(gateway, async (tx) => {
    const entry = { type: 'objection.explained', actor: actor.person, detail: { place: actor.place } };
    if (holder === undefined) await recordAudit(tx, entry, clock);
    else await parts.sealer.record(tx, { ...entry, holder, sealed: { landingPseudonym: holder } }, clock);
  });
  const register = await parts.register();
  const on = localDate(clock.now());
  const objections = known.objections.map(({ kind, purpose, ...said }) => ({
    ...said,
    kind: (purpose === null ? kind : `${kind}/${purpose}`) as StandingObjection,
  }));
  const checks = await checksOf(gateway, known.personId, clock.now());
  return {
    place: actor.place,
    placeName: register.places.get(actor.place)?.place.name ?? actor.place,
    on,
    objections,
    uses: explain(table, flowsOf(register, actor.place, on), objections, (purpose) => checks.get(purpose) ?? 'missing'),
  };
}

function flowsOf(register: Register, place: string, on: ReturnType<typeof localDate>): ExplainedFlow[] {
  return [...register.flows.values()]
    .filter((entry) => entry.place.place.id === place)
    .flatMap(({ flow, terms, agreement: { dataOut } }) =>
      terms === undefined ? [] : [{ ...terms, title: flow.title, dataOut, running: admit(register, flow.id, on).admitted }],
    );
}

/** How the national list stands for this person and each purpose; somebody of whom nothing landed was never asked about. */
async function checksOf(db: Queryable, personId: number | undefined, at: Date): Promise<ReadonlyMap<Purpose, NationalCheck>> {
  const checks = new Map<Purpose, NationalCheck>();
  for (const purpose of purposes) {
    if (personId === undefined) {
      const { state } = await nationalStatus(db, { purpose, at });
      checks.set(purpose, state === 'fresh' ? 'not-covered' : state);
      continue;
    }
    const id = String(personId);
    const check = (await nationalChecks(db, { purpose, at, personIds: [id] })).get(id);
    checks.set(purpose, check === undefined ? 'missing' : checkStateOf(check));
  }
  return checks;
}

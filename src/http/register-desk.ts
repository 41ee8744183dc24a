import type { Pool } from 'pg';
import { z } from 'zod';
import { transaction } from '../database/query.ts';
import { admit } from '../register/admit.ts';
import { type Change, findChange, listChanges } from '../register/changes/change.ts';
import { approveChange, notifyChange, withdrawChange } from '../register/changes/decide.ts';
import { proposeChange } from '../register/changes/propose.ts';
import { checkRegister } from '../register/check.ts';
import { loadRegisterAsOf } from '../register/load.ts';
import { placeDocumentSchema } from '../register/model.ts';
import { outlook } from '../register/outlook.ts';
import { onlyPlace, type Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { ConfigurationError, GatewayError } from '../shared/errors.ts';
import type { RegisterDesk } from './services.ts';

const evidenceSchema = z.strictObject({ evidence: z.string().trim().min(1).max(4000) });

/** The register for people over HTTP: every answer and every decision is about the one place they were let in for. */
export function createRegisterDesk(gateway: Pool, read: () => Promise<Register>, clock: Clock): RegisterDesk {
  const today = () => localDate(clock.now());
  /** A change of another place does not exist here, so that its number cannot be confirmed by asking. */
  const changeOf = async (place: string, change: number): Promise<Change> => {
    const found = await findChange(gateway, change);
    if (found.place === place) return found;
    throw new GatewayError('CHANGE_UNKNOWN', 'There is no such change of this place.', { status: 404 });
  };
  return {
    async check(place, at) {
      return checkRegister(onlyPlace(await read(), place), at ?? today());
    },
    async outlook(place, days) {
      return outlook(onlyPlace(await read(), place), today(), days);
    },
    async asOf(place, date, flow) {
      await read();
      const then = onlyPlace(await loadRegisterAsOf(gateway, date), place);
      const entry = then.places.get(place);
      if (entry === undefined)
        throw new GatewayError('REGISTER_EMPTY', 'The register held nothing of this place on that day.', { status: 404 });
      const { version, document } = entry;
      return flow === undefined
        ? { date, version, document, check: checkRegister(then, date) }
        : { date, version, admission: admit(then, flow, date) };
    },
    async changes(place, all) {
      await read();
      return { changes: await listChanges(gateway, { place, open: !all }) };
    },
    async change(place, change) {
      await read();
      return changeOf(place, change);
    },
    async propose({ place, person, body, effectiveOn }) {
      await read();
      const parsed = placeDocumentSchema.safeParse(body);
      if (!parsed.success) throw notTaken(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
      if (parsed.data.place.id !== place) throw notTaken(['place.id: is not the place of the address']);
      return refusedAsInput(() =>
        transaction(gateway, (tx) => proposeChange(tx, { document: parsed.data, effectiveOn, proposer: person, clock })),
      );
    },
    async approve({ place, person, change }) {
      await changeOf(place, change);
      return transaction(gateway, (tx) => approveChange(tx, { change, person, clock }));
    },
    async notify({ place, person, change, body }) {
      await changeOf(place, change);
      const parsed = evidenceSchema.safeParse(body);
      if (!parsed.success) throw notTaken(['evidence: say what shows that notice was given']);
      return transaction(gateway, (tx) => notifyChange(tx, { change, person, evidence: parsed.data.evidence, clock }));
    },
    async withdraw({ place, person, change }) {
      await changeOf(place, change);
      return transaction(gateway, (tx) => withdrawChange(tx, { change, person, clock }));
    },
  };
}

const notTaken = (problems: readonly string[]): GatewayError =>
  new GatewayError('CHANGE_NOT_TAKEN', `The change cannot be taken:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, {
    status: 422,
  });

/** What is wrong with a document somebody sent is their input and no fault of this service. */
async function refusedAsInput<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConfigurationError ? notTaken(error.problems) : error;
  }
}

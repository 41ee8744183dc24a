import type { Pool } from 'pg';
import { recordAudit } from '../audit/record.ts';
import { createRegisterReader } from '../register/reader.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { type AccessRequest, type Actor, decideAccess } from './decide.ts';
import { type AccessReason, accessReasons } from './reasons.ts';

export interface ActRequest extends AccessRequest {
  /** What is being done, noun and verb, from the code and never from a caller: `register.approve`. */
  readonly action: string;
  readonly clock: Clock;
}

/** A refusal with every reason; its leaf has been committed. */
export class AccessRefusedError extends GatewayError {
  readonly reasons: readonly AccessReason[];

  constructor(reasons: readonly AccessReason[]) {
    const lines = reasons.map((reason) => `  - ${reason}: ${accessReasons[reason].message} (${accessReasons[reason].clause})`);
    super('ACCESS_REFUSED', `This person may not do this:\n${lines.join('\n')}`, { status: 403 });
    this.name = 'AccessRefusedError';
    this.reasons = reasons;
  }
}

/**
 * The one door through which a person acts. Reads the register as it is now, decides, and commits the leaf
 * `access.decided` at once, for yes and no alike: it takes the pool and not the caller's transaction, because a refusal
 * must be on record although nothing else happens. Call it before the transaction of the effect.
 * @throws AccessRefusedError (ACCESS_REFUSED, 403) with all reasons and their clauses.
 */
export async function actAs(db: Pool, request: ActRequest): Promise<Actor> {
  // Asks for the version each time, so that a seat taken away ends at once and a change that is due today is in force first.
  const register = await createRegisterReader(db, { pool: db, clock: request.clock })();
  const decision = decideAccess(register, request, localDate(request.clock.now()));
  const { purpose, project, roles, action } = request;
  const detail = {
    action,
    asked: { roles: [...roles], ...(purpose === undefined ? {} : { purpose }), ...(project === undefined ? {} : { project }) },
    registerVersion: register.version,
    ...(decision.allowed
      ? { decision: 'allowed', role: decision.actor.role, seat: decision.seat, place: decision.actor.place }
      : { decision: 'refused', reasons: [...decision.reasons], ...(decision.place === undefined ? {} : { place: decision.place }) }),
  };
  // What was typed as a name is not kept when it is nobody's: it could be anything, an NHS number for example.
  const actor = register.people.has(request.person) ? request.person : 'person-not-registered';
  await recordAudit(db, { type: 'access.decided', actor, detail }, request.clock);
  if (!decision.allowed) throw new AccessRefusedError(decision.reasons);
  return decision.actor;
}

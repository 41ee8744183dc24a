import { recordAudit } from '../../audit/record.ts';
import type { Queryable } from '../../database/query.ts';
import { type Clock, type LocalDate, localDate } from '../../shared/clock.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { documentProblems, refuseAnotherFlow } from '../apply.ts';
import { diffDocuments } from '../diff.ts';
import { canonicalDocument, documentDigest } from '../document.ts';
import { loadRegister } from '../load.ts';
import type { PlaceDocument } from '../model.ts';
import { type Change, findChange } from './change.ts';
import { noticesNeeded } from './notices.ts';

export interface Proposal {
  readonly document: PlaceDocument;
  /** First day it is to hold; today when left out. */
  readonly effectiveOn?: LocalDate | undefined;
  /** Staff id. */
  readonly proposer: string;
  readonly clock: Clock;
}

/**
 * Proposes a new document for a place that has one: nothing changes yet. Checked now as `apply` would check it, so that
 * nobody approves what could never come into force.
 * @throws ConfigurationError with every problem; PLACE_UNKNOWN, NOTHING_CHANGES, EFFECTIVE_DATE_PAST, FLOW_CANNOT_CHANGE
 */
export async function proposeChange(tx: Queryable, { document: given, effectiveOn, proposer, clock }: Proposal): Promise<Change> {
  const today = localDate(clock.now());
  const from = effectiveOn ?? today;
  if (from < today) {
    throw new GatewayError('EFFECTIVE_DATE_PAST', 'A change takes effect today or later: what happened cannot be changed any more.', {
      exit: exitCode.usage,
    });
  }
  const register = await loadRegister(tx);
  const document = canonicalDocument(given);
  const before = register.places.get(document.place.id);
  if (before === undefined) {
    throw new GatewayError('PLACE_UNKNOWN', 'The register has no such place yet. `haven register apply` sets it up.', { status: 404 });
  }
  documentProblems(register, [document]);
  await refuseAnotherFlow(tx, document);
  const changes = diffDocuments(before.document, document);
  if (changes.length === 0) {
    throw new GatewayError('NOTHING_CHANGES', 'The register says this already. There is nothing to propose.', { status: 409 });
  }
  const sha256 = documentDigest(document);
  const notices = noticesNeeded(before.document, document);
  const { rows } = await tx.query<{ change_no: string }>(
    `insert into register.change (place_id, base_version, document, sha256, changes, notices, effective_on, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning change_no`,
    [document.place.id, before.version, JSON.stringify(document), sha256, changes, notices, from, proposer, clock.now()],
  );
  const change = Number(rows[0]?.change_no);
  await recordAudit(
    tx,
    {
      type: 'register.change-proposed',
      actor: proposer,
      subject: document.place.id,
      detail: { change, baseVersion: before.version, sha256: sha256.toString('hex'), changes, notices, effectiveOn: from },
    },
    clock,
  );
  return findChange(tx, change);
}

import { recordAudit } from '../audit/record.ts';
import type { Queryable } from '../database/query.ts';
import { addJob } from '../jobs/add-job.ts';
import type { Clock } from '../shared/clock.ts';
import { ConfigurationError, GatewayError } from '../shared/errors.ts';
import { crossReferenceProblems, sharedIdProblems } from './cross-references.ts';
import { diffDocuments } from './diff.ts';
import { canonicalDocument, documentDigest } from './document.ts';
import { loadRegister } from './load.ts';
import type { PlaceDocument } from './model.ts';
import { storeAgreements, storeFlows } from './projection.ts';
import type { Register } from './register.ts';
import { storeSeats } from './seat-projection.ts';
import { newWithdrawals } from './withdrawals.ts';

export interface AppliedPlace {
  readonly place: string;
  /** Version after the apply: the one before when nothing changed. */
  readonly version: number;
  readonly changed: boolean;
  readonly changes: readonly string[];
}

/** Who applies, and why alone where the register of a place is in use already. */
export interface Applying {
  readonly actor: string;
  readonly clock: Clock;
  /** Break-glass: the recorded reason why nobody else approves. */
  readonly withoutApproval?: string | undefined;
}

/** Two people writing the register at once take turns, so that each sees what the other did. */
export const applyLock = 0x5245_4749;

/**
 * Makes the documents the register of their places; other places stay as they are. For first set-up, for places that take
 * test numbers, and as break-glass: what is in use changes by a proposal that somebody else approves (changes/). Version,
 * normalised rows and audit leaf are one transaction (the caller's). Applying what is already there writes nothing.
 * @throws ConfigurationError with every problem; FLOW_CANNOT_CHANGE; APPROVAL_NEEDED
 */
export async function applyRegister(tx: Queryable, documents: readonly PlaceDocument[], who: Applying): Promise<AppliedPlace[]> {
  await tx.query('select pg_advisory_xact_lock($1)', [applyLock]);
  const current = await loadRegister(tx);
  const arriving = documents.map(canonicalDocument);
  documentProblems(current, arriving);

  const applied: AppliedPlace[] = [];
  for (const document of arriving) {
    const before = current.places.get(document.place.id);
    const sha256 = documentDigest(document);
    if (before !== undefined && documentDigest(before.document).equals(sha256)) {
      applied.push({ place: document.place.id, version: before.version, changed: false, changes: [] });
      continue;
    }
    if (before !== undefined && !before.place.acceptTestNumbers && who.withoutApproval === undefined) {
      throw new GatewayError(
        'APPROVAL_NEEDED',
        'The register of this place is in use and changes by two people: `haven register propose`, then `approve` by somebody else. In an emergency, `--without-approval REASON` applies it now and records the reason.',
        { status: 409 },
      );
    }
    await refuseAnotherFlow(tx, document);
    const changes = diffDocuments(before?.document, document);
    const version = await storeVersion(tx, current, document, sha256, changes, who);
    applied.push({ place: document.place.id, version, changed: true, changes });
  }
  return applied;
}

/** Everything that speaks against these documents beside the other places of the register. @throws ConfigurationError */
export function documentProblems(current: Register, arriving: readonly PlaceDocument[]): void {
  const staying = [...current.places.values()].map((p) => p.document).filter((d) => arriving.every((a) => a.place.id !== d.place.id));
  const problems = [...arriving.flatMap((document) => crossReferenceProblems(document)), ...sharedIdProblems([...staying, ...arriving])];
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/**
 * Writes one version with its rows and its leaves; the caller holds the lock and has checked the document. The database
 * refuses a version that no two people brought into force and no recorded reason excuses.
 */
export async function storeVersion(
  tx: Queryable,
  current: Register,
  document: PlaceDocument,
  sha256: Buffer,
  changes: readonly string[],
  how: Applying & { readonly change?: number },
): Promise<number> {
  const before = current.places.get(document.place.id);
  const { rows } = await tx.query<{ version: number }>(
    `insert into register.version (place_id, previous, document, sha256, changes, applied_by, applied_at, change_no, without_approval)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning version`,
    [
      document.place.id,
      before?.version ?? null,
      JSON.stringify(document),
      sha256,
      changes,
      how.actor,
      how.clock.now(),
      how.change ?? null,
      how.withoutApproval ?? null,
    ],
  );
  const version = Number(rows[0]?.version);
  await storeAgreements(tx, document);
  await storeFlows(tx, document);
  await storeSeats(tx, document);
  const way = {
    ...(how.change === undefined ? {} : { change: how.change }),
    ...(how.withoutApproval === undefined ? {} : { withoutApproval: how.withoutApproval }),
  };
  const detail = { version, previous: before?.version ?? null, sha256: sha256.toString('hex'), changes, ...way };
  await recordAudit(tx, { type: 'register.applied', actor: how.actor, subject: document.place.id, detail }, how.clock);
  // What the register obliges to, and what the gate answers, follow at once and not after midnight.
  for (const job of ['follow-obligations', 'review-admissions'] as const) await addJob(tx, job, {}, { key: `${job}-of-register` });
  for (const withdrawal of newWithdrawals(before?.document, document)) {
    const { organisation, ...rest } = withdrawal;
    const entry = { type: 'register.signature-withdrawn', actor: how.actor, subject: organisation, detail: { ...rest, version } };
    await recordAudit(tx, entry, how.clock);
  }
  return version;
}

/** Events carry the number of their flow for ever: the same id may not come to mean another place, setting or data set. @throws FLOW_CANNOT_CHANGE */
export async function refuseAnotherFlow(tx: Queryable, document: PlaceDocument): Promise<void> {
  const setting = new Map(document.services.map((service) => [service.id, service.setting]));
  const { rows } = await tx.query<{ flow_id: string }>(
    `select f.flow_id
       from unnest($1::text[], $2::text[], $3::text[]) as wanted (flow_id, setting, feed_id)
       join register.flow f using (flow_id)
      where f.place_id <> $4 or f.setting::text <> wanted.setting or f.feed_id <> wanted.feed_id
      order by f.flow_id`,
    [
      document.flows.map((flow) => flow.id),
      document.flows.map((flow) => setting.get(flow.from) ?? ''),
      document.flows.map((flow) => flow.feed),
      document.place.id,
    ],
  );
  if (rows.length === 0) return;
  throw new GatewayError(
    'FLOW_CANNOT_CHANGE',
    `A flow keeps its place, care setting and data set, because records carry its number. Stop these and register new ids: ${rows.map((row) => row.flow_id).join(', ')}.`,
    { status: 409 },
  );
}

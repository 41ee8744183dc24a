import { recordAudit } from '../audit/record.ts';
import type { Queryable } from '../database/query.ts';
import type { Clock } from '../shared/clock.ts';
import { ConfigurationError, GatewayError } from '../shared/errors.ts';
import { crossReferenceProblems, sharedIdProblems } from './cross-references.ts';
import { diffDocuments } from './diff.ts';
import { canonicalDocument, documentDigest } from './document.ts';
import { loadRegister } from './load.ts';
import type { PlaceDocument } from './model.ts';
import { storeAgreements, storeFlows } from './projection.ts';
import { storeSeats } from './seat-projection.ts';

export interface AppliedPlace {
  readonly place: string;
  /** Version after the apply: the one before when nothing changed. */
  readonly version: number;
  readonly changed: boolean;
  readonly changes: readonly string[];
}

/** Two people applying at once take turns, so that each sees what the other did. */
const applyLock = 0x5245_4749;

/**
 * Makes the documents the register of their places; other places stay as they are. Version, normalised rows and audit
 * leaf are one transaction (the caller's). Applying what is already there writes nothing and says so.
 * @throws ConfigurationError with every problem; FLOW_CANNOT_CHANGE when a flow id would mean another flow than before
 */
export async function applyRegister(
  tx: Queryable,
  documents: readonly PlaceDocument[],
  who: { readonly actor: string; readonly clock: Clock },
): Promise<AppliedPlace[]> {
  await tx.query('select pg_advisory_xact_lock($1)', [applyLock]);
  const current = await loadRegister(tx);
  const arriving = documents.map(canonicalDocument);
  const staying = [...current.places.values()].map((p) => p.document).filter((d) => arriving.every((a) => a.place.id !== d.place.id));
  const problems = [...arriving.flatMap((document) => crossReferenceProblems(document)), ...sharedIdProblems([...staying, ...arriving])];
  if (problems.length > 0) throw new ConfigurationError(problems);

  const applied: AppliedPlace[] = [];
  for (const document of arriving) {
    const before = current.places.get(document.place.id);
    const sha256 = documentDigest(document);
    if (before !== undefined && documentDigest(before.document).equals(sha256)) {
      applied.push({ place: document.place.id, version: before.version, changed: false, changes: [] });
      continue;
    }
    await refuseAnotherFlow(tx, document);
    const changes = diffDocuments(before?.document, document);
    const { rows } = await tx.query<{ version: number }>(
      `insert into register.version (place_id, previous, document, sha256, changes, applied_by, applied_at)
       values ($1, $2, $3, $4, $5, $6, $7) returning version`,
      [document.place.id, before?.version ?? null, JSON.stringify(document), sha256, changes, who.actor, who.clock.now()],
    );
    const version = Number(rows[0]?.version);
    await storeAgreements(tx, document);
    await storeFlows(tx, document);
    await storeSeats(tx, document);
    await recordAudit(
      tx,
      {
        type: 'register.applied',
        actor: who.actor,
        subject: document.place.id,
        detail: { version, previous: before?.version ?? null, sha256: sha256.toString('hex'), changes },
      },
      who.clock,
    );
    applied.push({ place: document.place.id, version, changed: true, changes });
  }
  return applied;
}

/** Events carry the number of their flow for ever: the same id may not come to mean another place, setting or data set. */
async function refuseAnotherFlow(tx: Queryable, document: PlaceDocument): Promise<void> {
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

import { createHash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';
import { recordAudit } from '../audit/record.ts';
import { type Transaction, transaction } from '../database/query.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Certificate } from './certificate.ts';
import type { DataKey } from './data-keys.ts';
import { approveDestruction, type Destruction, findDestruction, findUnfinished, requestDestruction } from './decide.ts';
import { eraseFlows } from './erase-flows.ts';
import { erasePeople, retireAuditKey } from './erase-people.ts';
import { readProgress } from './progress.ts';
import { takeSamples, tryBackups, trySamples } from './samples.ts';
import { findUnruledTables, tableRules } from './tables.ts';
import type { Target } from './target.ts';
import type { DestructionTools } from './tools.ts';

/** Asks for a destruction, or finds the one already asked for. */
export async function ask(tools: DestructionTools, target: Target, person: string): Promise<Destruction> {
  return transaction(
    tools.destroyer,
    async (tx) => (await findUnfinished(tx, target)) ?? requestDestruction(tx, target, { person, clock: tools.clock }),
  );
}

/**
 * Approves what somebody else asked for and carries it out; run again after an interruption, it goes on where it stopped.
 * Answers with the certificate, which is the same however often it was interrupted.
 * @throws GatewayError DESTRUCTION_UNKNOWN, SECOND_PERSON_NEEDED, TABLE_WITHOUT_RULE, DESTRUCTION_INCOMPLETE
 */
export async function approveAndDestroy(tools: DestructionTools, destructionId: string, approver: string): Promise<Certificate> {
  await refuseUnruledTables(tools);
  const found = await findDestruction(tools.destroyer, destructionId);
  if (found.state === 'requested') {
    await transaction(tools.destroyer, async (tx) => {
      const approved = await approveDestruction(tx, found, { person: approver, clock: tools.clock });
      await takeSamples(tx, approved, tools.keys);
    });
  }
  return resumeDestruction(tools, destructionId);
}

/** Goes on with an approved destruction. @throws GatewayError DESTRUCTION_NOT_APPROVED */
export async function resumeDestruction(tools: DestructionTools, destructionId: string): Promise<Certificate> {
  const destruction = await findDestruction(tools.destroyer, destructionId);
  if (destruction.certificate) return destruction.certificate;
  if (destruction.state === 'requested') {
    throw new GatewayError(
      'DESTRUCTION_NOT_APPROVED',
      'Nobody has approved this destruction yet. Another person than asked for it has to.',
      {
        status: 409,
      },
    );
  }
  await refuseUnruledTables(tools);
  await eraseFlows(tools, destruction);
  await erasePeople(tools, destruction);
  await retireAuditKey(tools, destruction);
  await destroyKeys(tools, destruction);
  return certify(tools, destruction);
}

async function refuseUnruledTables(tools: DestructionTools): Promise<void> {
  const unruled = [...(await findUnruledTables(tools.destroyer)), ...(await findUnruledTables(tools.eraser))];
  if (unruled.length > 0) {
    throw new GatewayError('TABLE_WITHOUT_RULE', `No rule says what a destruction does to: ${unruled.join(', ')}. Nothing was destroyed.`, {
      status: 500,
    });
  }
}

/** Keys of the flows; by retention only those of months that have run out as a whole. */
const concerns = (destruction: Destruction, key: DataKey): boolean =>
  destruction.flows.some(({ flowId }) => flowId === key.flowId) &&
  (destruction.beforeDay === undefined || `${key.period}-31` < destruction.beforeDay);

/** Noted in the database first: should this stop between file and database, the key is still on the certificate. */
async function destroyKeys(tools: DestructionTools, destruction: Destruction): Promise<void> {
  const { destructionId, agreementId, reason } = destruction;
  const on = localDate(tools.clock.now());
  const keys = tools.keys.list().filter((key) => concerns(destruction, key));
  await tools.destroyer.query(
    `insert into destruction.key (destruction_id, key_id, flow_id, period)
     select $1, * from unnest($2::text[], $3::text[], $4::text[]) on conflict do nothing`,
    [destructionId, keys.map(({ keyId }) => keyId), keys.map(({ flowId }) => flowId), keys.map(({ period }) => period)],
  );
  if (keys.length > 0) tools.afterBatch('keys noted');
  await tools.keys.destroy(keys.map((key) => ({ ...key, agreementId, destructionId, reason, on })));
  // An agreement ends without a key, too: a backup restored later must not let it go on.
  if (reason === 'agreement' && !(await tools.keys.tombstones()).some((one) => one.destructionId === destructionId && one.keyId === '')) {
    await tools.keys.bury([{ keyId: '', flowId: '', period: '', agreementId, destructionId, reason, on }]);
  }
  if (keys.length > 0) tools.afterBatch('keys');
  await tools.destroyer.query('update destruction.key set destroyed_at = $2 where destruction_id = $1 and destroyed_at is null', [
    destructionId,
    tools.clock.now(),
  ]);
}

async function certify(tools: DestructionTools, destruction: Destruction): Promise<Certificate> {
  const { destructionId } = destruction;
  return transaction(tools.destroyer, async (tx) => {
    const { rows: keys } = await tx.query<{ key_id: string; flow_id: string; period: string; destroyed_at: Date }>(
      'select key_id, flow_id, period, destroyed_at from destruction.key where destruction_id = $1 order by flow_id, period',
      [destructionId],
    );
    const samples = await trySamples(tx, destruction, tools.keys);
    const backups = await tryBackups(tx, new Set(keys.map((key) => key.key_id)), tools.keys);
    const progress = [...(await readProgress(tx, destructionId)).values()];
    const tables = progress.map(({ step, before, destroyed, remaining = 0 }) => ({
      table: step,
      before,
      destroyed,
      remaining,
      elsewhere: before - destroyed - remaining,
    }));
    refuseIncomplete(destruction, tables, [samples, ...backups]);
    const now = tools.clock.now();
    const { approvedBy = '', approvedAt = now } = destruction;
    const certificate: Certificate = {
      format: 'haven-destruction-1',
      destruction: destructionId,
      reason: destruction.reason,
      agreement: destruction.agreementId,
      ...(destruction.practice === undefined ? {} : { practice: destruction.practice }),
      ...(destruction.beforeDay === undefined ? {} : { before: destruction.beforeDay }),
      datasets: destruction.flows.map(({ flowId }) => flowId),
      requested: { by: destruction.requestedBy, at: destruction.requestedAt.toISOString() },
      approved: { by: approvedBy, at: approvedAt.toISOString() },
      certifiedAt: now.toISOString(),
      tables,
      keys: keys.map((key) => ({
        keyId: key.key_id,
        dataset: key.flow_id,
        period: key.period,
        destroyedAt: key.destroyed_at.toISOString(),
      })),
      samples,
      backups,
      kept: Object.entries(tableRules).flatMap(([table, { rule, because }]) =>
        rule === 'kept' && because !== undefined && !table.startsWith('destruction.') ? [`${table}: ${because}`] : [],
      ),
    };
    await closeBooks(tx, destruction, certificate, tools);
    return certificate;
  });
}

function refuseIncomplete(
  destruction: Destruction,
  tables: Certificate['tables'],
  tried: readonly { readonly tried: number; readonly failed: number }[],
): void {
  const flowRows = tables.filter(({ table }) => tableRules[table]?.rule === 'flow');
  const left = destruction.beforeDay === undefined && flowRows.some(({ remaining }) => remaining > 0);
  if (left || tried.some((one) => one.failed !== one.tried)) {
    throw new GatewayError(
      'DESTRUCTION_INCOMPLETE',
      'Something of these data sets is still there or can still be opened. No certificate was written; run `haven destroy resume` again.',
      { status: 500 },
    );
  }
}

async function closeBooks(tx: Transaction, destruction: Destruction, certificate: Certificate, tools: DestructionTools): Promise<void> {
  const { destructionId } = destruction;
  for (const table of ['person', 'identity', 'sample'])
    await tx.query(`delete from destruction.${table} where destruction_id = $1`, [destructionId]);
  if (destruction.reason !== 'retention') {
    // The same file may land again one day, under a new approval.
    await tx.query('update landing.delivery set destruction_id = $1 where flow_id = any ($2::text[]) and destruction_id is null', [
      destructionId,
      destruction.flows.map(({ flowId }) => flowId),
    ]);
  }
  if (destruction.reason === 'agreement') {
    await tx.query('insert into destruction.ended (agreement_id, destruction_id, ended_on) values ($1, $2, $3) on conflict do nothing', [
      destruction.agreementId,
      destructionId,
      localDate(tools.clock.now()),
    ]);
  }
  await tx.query(`update destruction.destruction set state = 'certified', certificate = $2, certified_at = $3 where destruction_id = $1`, [
    destructionId,
    JSON.stringify(certificate),
    tools.clock.now(),
  ]);
  await recordAudit(
    tx,
    {
      type: 'destruction.certified',
      actor: certificate.approved.by,
      subject: destructionId,
      detail: {
        sha256: createHash('sha256').update(canonicalJson(certificate)).digest('hex'),
        reason: certificate.reason,
        agreement: certificate.agreement,
        datasets: certificate.datasets,
        requestedBy: certificate.requested.by,
        tables: certificate.tables,
        keyCount: certificate.keys.length,
        // An entry of the log is bounded; the digest above covers the whole list.
        keys: certificate.keys.slice(0, 1000).map(({ keyId }) => keyId),
        samples: certificate.samples,
      },
    },
    tools.clock,
  );
}

import type { Pool } from 'pg';
import { asAuditor } from '../../audit/auditor.ts';
import { canonicalJson } from '../../audit/canonical-json.ts';
import { type AuditKeeping, checkpoint } from '../../audit/keep-audit.ts';
import { recordAudit } from '../../audit/record.ts';
import { sequenceAudit } from '../../audit/sequence.ts';
import { sheetCsv } from '../../register/documents/csv.ts';
import { pageHtml } from '../../register/documents/page-html.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import { type Return, returnSchema } from '../return.ts';
import { cellSheet, deliverySheet, findingSheet, flowSheet, type PackedCell, packCells } from './cells.ts';
import { checkTogether, countsOfReturn } from './counts.ts';
import { indexPage } from './index-page.ts';
import { findLeaves, leavesOfReturn, proveLeaves } from './leaves.ts';
import { type EvidencePack, type Manifest, type Proofs, packNames, packVersion, prettyJson, sha256Of } from './pack.ts';
import { sheetFile } from './page-parts.ts';
import { sheetPage } from './sheet-page.ts';

/** The return a pack is about: its id here, or the digest of its document (`digestOfFile`). */
export type PackedReturn = { readonly id: string } | { readonly sha256: string };

interface Kept {
  readonly id: string;
  readonly document: Return;
  /** The document as it was hashed; the schema of a later release might add to it. */
  readonly canonical: string;
  readonly sha256: string;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly document: unknown;
  readonly sha256: string;
}

const unknown = (): GatewayError =>
  new GatewayError(
    'RETURN_NOT_KEPT',
    'This return was not built here, or was changed since: nothing in the log proves it. Give the id or the return.json of a kept return.',
    { status: 404, exit: exitCode.inputRefused },
  );

async function findKept(db: Pool, asked: PackedReturn): Promise<Kept> {
  const { rows } = await db.query<Row>(
    `select return_id as id, document, encode(sha256, 'hex') as sha256 from returns.return
     where return_id::text = $1 or sha256 = decode($2, 'hex') order by built_at desc limit 1`,
    'id' in asked ? [asked.id, ''] : ['', asked.sha256],
  );
  const [row] = rows;
  if (row === undefined) throw unknown();
  const canonical = canonicalJson(row.document);
  // The row and its digest could disagree only if somebody wrote past the gateway.
  if (sha256Of(canonical) !== row.sha256) throw unknown();
  return { id: row.id, document: returnSchema.parse(row.document), canonical, sha256: row.sha256 };
}

/** Data versions that hold this very build: its reviews, sign-off and submission are logged under them. */
async function versionsOf(db: Pool, returnId: string): Promise<string[]> {
  const { rows } = await db.query<{ subject: string }>(
    `select place || '/' || template || '/' || version_no as subject from returns.version where return_id = $1`,
    [returnId],
  );
  return rows.map(({ subject }) => subject);
}

const deliveryIds = (document: Return): string[] => [
  ...new Set(
    document.sheets
      .flatMap(({ questions }) => questions)
      .flatMap(({ evidence }) => evidence?.deliveries ?? [])
      .flatMap(({ ids }) => ids),
  ),
];

/**
 * Makes the evidence pack of a kept return: for every cell the query, period, flows, deliveries, counts, register version
 * and clause, who filled and reviewed it, and the place of it all in the log with proofs, for an auditor who sees nothing of
 * the environment. Recorded in the log with the digest of its manifest, so that the pack can be told from any other.
 * @param actor who asks: a person or client id, or `command-line:<user>`
 * @throws GatewayError RETURN_NOT_KEPT, AUDIT_LOG_BROKEN
 */
export async function makeEvidencePack(app: AuditKeeping, asked: PackedReturn, actor: string): Promise<EvidencePack> {
  const kept = await findKept(app.gateway, asked);
  const { id: returnId, document, sha256 } = kept;
  await sequenceAudit(app.gateway);
  const version = document.sheets.flatMap(({ questions }) => questions).find(({ evidence }) => evidence?.registerVersion != null);
  const about = {
    subjects: [returnId, ...(await versionsOf(app.gateway, returnId))],
    place: document.place,
    registerVersion: version?.evidence?.registerVersion ?? null,
    deliveries: deliveryIds(document),
  };
  const before = await asAuditor(app.servers, (auditor) => findLeaves(auditor, about));
  const cells = packCells(document, sha256, before);
  const madeAt = app.clock.now().toISOString();
  const contents = contentsOf(kept, cells, { madeAt, registerVersion: about.registerVersion, leaves: before.ofReturn });
  const manifest: Manifest = {
    pack: packVersion,
    return: {
      id: returnId,
      template: document.template,
      place: document.place,
      period: { from: document.period.from, to: document.period.to },
      state: document.state,
      sha256,
    },
    madeAt,
    madeBy: actor,
    files: Object.fromEntries([...contents].map(([name, bytes]) => [name, sha256Of(bytes)])),
  };
  const manifestBytes = Buffer.from(prettyJson(manifest));
  const manifestSha256 = sha256Of(manifestBytes);
  const detail = { manifest: manifestSha256, return: sha256, files: contents.size };
  await recordAudit(app.gateway, { type: 'return.evidence-packed', actor, subject: returnId, detail }, app.clock);
  const head = await checkpoint(app);
  // Its own entry is new; the others were found before it.
  const proofs = await asAuditor(app.servers, async (auditor) =>
    proveLeaves(auditor, { ...before, ofReturn: await leavesOfReturn(auditor, about.subjects) }, head.size),
  );
  const files = new Map([
    ...contents,
    [packNames.manifest, manifestBytes],
    [packNames.checkpoint, Buffer.from(head.text)],
    [packNames.key, Buffer.from(`${head.verifier}\n`)],
    [packNames.proofs, Buffer.from(prettyJson({ size: head.size, leaves: proofs } satisfies Proofs))],
  ]);
  return { returnId, sha256, manifestSha256, files };
}

interface Made {
  readonly madeAt: string;
  readonly registerVersion: number | null;
  readonly leaves: Parameters<typeof indexPage>[0]['leaves'];
}

/** Everything the manifest names. The return stands in it as its canonical bytes, so that its plain SHA-256 is the signed digest. */
function contentsOf({ id, document, canonical, sha256 }: Kept, cells: readonly PackedCell[], made: Made): Map<string, Buffer> {
  const { counts } = countsOfReturn(document);
  const text = new Map<string, string>([
    [packNames.index, pageHtml(indexPage({ id, document, sha256, cells, ...made }))],
    ...document.sheets.map((sheet) => [sheetFile(sheet.name), pageHtml(sheetPage(document, sheet.name, cells))] as const),
    [packNames.return, canonical],
    [packNames.cells, prettyJson({ return: id, sha256, cells })],
    ['cells.csv', sheetCsv(cellSheet(cells))],
    ['flows.csv', sheetCsv(flowSheet(cells, made.registerVersion))],
    ['deliveries.csv', sheetCsv(deliverySheet(cells))],
    ['findings.csv', sheetCsv(findingSheet(document))],
    [packNames.counts, prettyJson({ rule: 'HES small numbers', counts, findings: checkTogether([document]) })],
  ]);
  return new Map([...text].map(([name, content]) => [name, Buffer.from(content)]));
}

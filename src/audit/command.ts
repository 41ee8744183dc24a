import { open as openFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { transaction } from '../database/query.ts';
import { exitCode } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { asAuditor } from './auditor.ts';
import { addProofCommands } from './command-proof.ts';
import { addWitnessCommand } from './command-witness.ts';
import { exportFhir } from './export-fhir.ts';
import { exportFolder } from './export-folder.ts';
import { type AuditKeeping, checkpoint, foldersOf } from './keep-audit.ts';
import { exportLog, readLog } from './log-reader.ts';
import { readHead } from './proofs.ts';
import { describeReconciled, reconcile } from './reconcile.ts';
import { createPayloadSealer, forgetLostPayloads } from './sealed.ts';
import { sequenceAudit } from './sequence.ts';
import { auditKeyPath, keptCheckpoints, signHead } from './sign-head.ts';
import { openAuditKey } from './signing-key.ts';
import { type Verification, verifyLog } from './verify.ts';
import { type Evidence, readEvidence, readLogKey, verifyExport } from './verify-files.ts';

function toSeconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('must be a number of seconds');
  return Number(text);
}

interface VerifyOptions {
  readonly checkpoint?: string[];
  readonly witness?: string[];
  readonly export?: string;
  readonly publicKey?: string;
  readonly witnessKey?: string[];
  readonly witnessDelay?: number;
}

/** `haven audit verify | checkpoint | export | prove | witness | reconcile | forget-lost-payloads`. */
export function addAuditCommands(program: Command, open: () => Promise<AuditKeeping>, out: Output): void {
  const audit = program.command('audit').description('the Merkle log of everything that happened');

  audit
    .command('verify')
    .description('recomputes the whole log; exits 1 with findings')
    .option('--checkpoint <file...>', 'signed checkpoints kept elsewhere, one or many in a file')
    .option('--witness <file...>', 'checkpoints that a witness cosigned')
    .option('--export <path>', 'verify an exported log (folder or NDJSON file) instead of the database')
    .option('--public-key <key>', 'key of the log, as `haven audit checkpoint --key` prints it; without it the one in the export')
    .option('--witness-key <key...>', 'keys of the witnesses, as `haven audit witness --key` prints them')
    .option('--witness-delay <seconds>', 'how long after signing the witnesses look (default 0: every minute)', toSeconds)
    .action(async (options: VerifyOptions) => {
      const evidence: Evidence = {
        checkpoints: options.checkpoint ?? [],
        witnesses: options.witness ?? [],
        witnessKeys: options.witnessKey ?? [],
        ...(options.publicKey === undefined ? {} : { publicKey: options.publicKey }),
        ...(options.witnessDelay === undefined ? {} : { witnessDelay: options.witnessDelay }),
      };
      const verification =
        options.export === undefined ? await verifyDatabase(await open(), evidence) : await verifyExport(options.export, evidence);
      out.print(out.json ? verification : describe(verification));
      if (verification.findings.length > 0) process.exitCode = exitCode.findings;
    });

  audit
    .command('checkpoint')
    .description('prints a signed checkpoint; keep it where nobody of this installation can change it')
    .option('--key', 'print the public key that verifies checkpoints instead')
    .action(async (options: { key?: boolean }) => {
      const head = await checkpoint(await open(), 'everything');
      out.print(options.key === true ? head.verifier : out.json ? head : head.text.trimEnd());
    });

  audit
    .command('export')
    .description('the log as NDJSON, one line for each entry, on standard output or in a folder that can be verified offline')
    .option('--out <folder>', 'a new folder: leaves, checkpoint, public key')
    .option('--fhir <file>', 'a new file: FHIR R4 AuditEvents (IHE BALP), one a line')
    .action(async (options: { out?: string; fhir?: string }) => {
      const app = await open();
      await sequenceAudit(app.gateway);
      const { out: folder, fhir } = options;
      if (fhir !== undefined) {
        const { open: openPayload } = createPayloadSealer(app.home.keys);
        await asAuditor(app.servers, async (db) => {
          const { origin } = await readHead(db);
          await writeNew(
            fhir,
            exportFhir(readLog(db), origin, (sha256) => openPayload(db, sha256)),
          );
        });
        if (folder === undefined) return;
      }
      if (folder === undefined) return asAuditor(app.servers, async (db) => printAll(exportLog(readLog(db))));
      const exported = await asAuditor(app.servers, async (db) =>
        exportFolder(readLog(db), await signHead(db, foldersOf(app), app.clock, 'everything'), folder),
      );
      out.print(
        out.json ? exported : `${exported.size} entries, root ${exported.root}. Check it with: haven audit verify --export ${folder}`,
      );
    });

  audit
    .command('reconcile')
    .description('holds the log to what was done: every effect has its leaf, once, with the same counts; exits 1 with findings')
    .action(async () => {
      const app = await open();
      const reconciled = await asAuditor(app.servers, (db) => reconcile(db));
      out.print(out.json ? { effects: reconciled } : describeReconciled(reconciled));
      if (reconciled.some(({ findings }) => findings.length > 0)) process.exitCode = exitCode.findings;
    });

  audit
    .command('forget-lost-payloads')
    .description('in a database restored from before the last erasure: lets go of sealed entries whose key was destroyed since')
    .action(async () => {
      const app = await open();
      const actor = `command-line:${userInfo().username}`;
      const keys = await transaction(app.gateway, (tx) => forgetLostPayloads(tx, app.home.keys, actor, app.clock));
      await sequenceAudit(app.gateway);
      out.print(out.json ? { keys } : `${keys} keys were let go of. What they sealed was unreadable already; every proof still holds.`);
    });

  addProofCommands(audit, open, out);
  addWitnessCommand(audit, out);
}

/** A file that exists is left alone: two exports are never mixed. */
async function writeNew(path: string, chunks: AsyncIterable<string>): Promise<void> {
  const file = await openFile(path, 'wx', 0o600);
  try {
    for await (const chunk of chunks) await file.write(chunk);
  } finally {
    await file.close();
  }
}

async function printAll(chunks: AsyncIterable<string>): Promise<void> {
  for await (const chunk of chunks) {
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

/** The log of this installation, held also to the checkpoints it keeps outside its database. */
async function verifyDatabase(app: AuditKeeping, evidence: Evidence): Promise<Verification> {
  const own = await openAuditKey(auditKeyPath(app.home.keys));
  const { checkpoints, outside } = await readEvidence(evidence, evidence.publicKey === undefined ? own : readLogKey(evidence.publicKey));
  const kept = await keptCheckpoints(foldersOf(app), own);
  await sequenceAudit(app.gateway);
  return asAuditor(app.servers, (db) => verifyLog(readLog(db), [...checkpoints, ...kept], outside));
}

function describe({ size, root, waiting, checkpoints, findings, notices }: Verification): string {
  const say = ({ rule, message, index }: Verification['findings'][number]): string =>
    `${rule}${index === undefined ? '' : ` at ${index}`}: ${message}`;
  const head = `${size} entries, root ${root}, ${waiting} waiting, ${checkpoints} checkpoints`;
  const verdict = findings.length === 0 ? `The log is sound: ${head}.` : `${findings.length} findings. ${head}.`;
  return [...findings.map(say), ...notices.map((notice) => `(to ask about) ${say(notice)}`), verdict].join('\n');
}

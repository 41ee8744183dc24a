import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { connect } from '../database/connect.ts';
import type { Queryable } from '../database/query.ts';
import type { DatabaseServers } from '../database/servers.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { type Checkpoint, openAuditKey, openCheckpoint, readVerifierKey, signCheckpoint, verifierKey } from './checkpoint.ts';
import { exportLog, readExport, readLog } from './log-reader.ts';
import { sequenceAudit } from './sequence.ts';
import { type Verification, verifyLog } from './verify.ts';

/** What these commands need of the application, and no more. */
export interface AuditApp {
  readonly gateway: Pool;
  readonly servers: DatabaseServers;
  readonly home: { readonly keys: string };
}

/** `haven audit verify | checkpoint | export`. */
export function addAuditCommands(program: Command, open: () => Promise<AuditApp>, out: Output): void {
  const audit = program.command('audit').description('the Merkle log of everything that happened');

  audit
    .command('verify')
    .description('recomputes the whole log; exits 1 with findings')
    .option('--checkpoint <file...>', 'signed checkpoints kept elsewhere')
    .option('--export <file>', 'verify an exported log instead of the database; needs --public-key for checkpoints')
    .option('--public-key <key>', 'key that verifies the checkpoints, as `haven audit checkpoint --key` prints it')
    .action(async (options: { checkpoint?: string[]; export?: string; publicKey?: string }) => {
      const verification =
        options.export === undefined ? await verifyHere(await open(), options) : await verifyElsewhere(options.export, options);
      out.print(out.json ? verification : describe(verification));
      if (verification.findings.length > 0) process.exitCode = exitCode.findings;
    });

  audit
    .command('checkpoint')
    .description('prints a signed checkpoint; keep it where nobody of this installation can change it')
    .option('--key', 'print the public key that verifies checkpoints instead')
    .action(async (options: { key?: boolean }) => {
      const app = await open();
      const note = await makeCheckpoint(app);
      out.print(options.key === true ? note.verifier : out.json ? note : note.text.trimEnd());
    });

  audit
    .command('export')
    .description('prints the log as NDJSON, one line for each entry')
    .action(async () => {
      const app = await open();
      await sequenceAudit(app.gateway);
      await asAuditor(app, async (db) => {
        for await (const lines of exportLog(readLog(db))) {
          if (!process.stdout.write(lines)) await new Promise((resolve) => process.stdout.once('drain', resolve));
        }
      });
    });
}

interface VerifyOptions {
  readonly checkpoint?: string[];
  readonly publicKey?: string;
}

function givenKey({ publicKey }: VerifyOptions): KeyObject | undefined {
  if (publicKey === undefined) return undefined;
  const key = readVerifierKey(publicKey);
  if (key === undefined)
    throw new GatewayError('PUBLIC_KEY_UNREADABLE', 'The public key is not one that `haven audit checkpoint --key` prints.');
  return key;
}

async function verifyHere(app: AuditApp, options: VerifyOptions): Promise<Verification> {
  const files = options.checkpoint ?? [];
  const given = files.length === 0 ? [] : await readCheckpoints(files, givenKey(options) ?? (await openAuditKey(auditKeyPath(app))));
  return verifyDatabase(app, [...given, ...(await lastCheckpoint(app))]);
}

/** Needs no database and no installation: an auditor can run it at home. */
async function verifyElsewhere(file: string, options: VerifyOptions): Promise<Verification> {
  const files = options.checkpoint ?? [];
  const key = givenKey(options);
  if (files.length > 0 && key === undefined) {
    throw new GatewayError('PUBLIC_KEY_ABSENT', 'Give the public key of the log with --public-key.', { exit: exitCode.usage });
  }
  const checkpoints = key === undefined ? [] : await readCheckpoints(files, key);
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  return verifyLog(readExport(lines), checkpoints);
}

const auditKeyPath = (app: AuditApp): string => join(app.home.keys, 'audit.key');
const lastCheckpointPath = (app: AuditApp): string => join(app.home.keys, 'audit.checkpoint');

/** One snapshot for the whole reading, as the role that may only read. */
async function asAuditor<T>(app: AuditApp, read: (db: Queryable) => Promise<T>): Promise<T> {
  const pool = connect(app.servers, 'haven_auditor', { max: 1 });
  try {
    const client = await pool.connect();
    try {
      // Reading a long log takes longer than a query may; it is one person's own connection.
      await client.query('begin isolation level repeatable read read only');
      const result = await read(client);
      await client.query('commit');
      return result;
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

async function verifyDatabase(app: AuditApp, checkpoints: readonly Checkpoint[]): Promise<Verification> {
  await sequenceAudit(app.gateway);
  return asAuditor(app, (db) => verifyLog(readLog(db), checkpoints));
}

/**
 * Signs the head of the tree, but never one that contradicts the last it signed (C2SP tlog-checkpoint): the log is
 * verified first, and the last checkpoint is kept beside the key, outside the database.
 */
export async function makeCheckpoint(
  app: AuditApp,
): Promise<{ text: string; origin: string; size: number; root: string; verifier: string }> {
  const key = await openAuditKey(auditKeyPath(app));
  const verification = await verifyDatabase(app, await lastCheckpoint(app));
  if (verification.findings.length > 0) {
    throw new GatewayError(
      'AUDIT_LOG_BROKEN',
      'The log does not verify, so no checkpoint was signed. Run `haven audit verify` and keep its findings.',
      {
        status: 500,
        exit: exitCode.findings,
      },
    );
  }
  const origin = await asAuditor(app, async (db) => (await readLog(db).head())?.origin ?? '');
  const { size, root } = verification;
  const text = signCheckpoint({ origin, size, root: Buffer.from(root, 'hex') }, key);
  const path = lastCheckpointPath(app);
  await writeFile(`${path}.${process.pid}`, text, { mode: 0o600 });
  await rename(`${path}.${process.pid}`, path);
  return { text, origin, size, root, verifier: verifierKey(origin, key) };
}

async function lastCheckpoint(app: AuditApp): Promise<Checkpoint[]> {
  try {
    await readFile(lastCheckpointPath(app));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  }
  return readCheckpoints([lastCheckpointPath(app)], await openAuditKey(auditKeyPath(app)));
}

/** A checkpoint that cannot be read proves nothing, so it is refused, not skipped. */
async function readCheckpoints(files: readonly string[], key: KeyObject): Promise<Checkpoint[]> {
  return Promise.all(
    files.map(async (file) => {
      const note = await readFile(file, 'utf8').catch(() => undefined);
      const checkpoint = note === undefined ? undefined : openCheckpoint(note, key);
      if (checkpoint !== undefined) return checkpoint;
      throw new GatewayError(
        'CHECKPOINT_UNREADABLE',
        'A checkpoint file is missing, is not a signed note, or was not signed with the key of this log.',
      );
    }),
  );
}

function describe({ size, root, waiting, checkpoints, findings }: Verification): string {
  const found = findings.map(({ rule, message, index }) => `${rule}${index === undefined ? '' : ` at ${index}`}: ${message}`);
  const head = `${size} entries, root ${root}, ${waiting} waiting, ${checkpoints} checkpoints`;
  return [...found, findings.length === 0 ? `The log is sound: ${head}.` : `${findings.length} findings. ${head}.`].join('\n');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { exitCode, GatewayError } from '../shared/errors.ts';
import { type Opened, type OpeningDecision, openedSchema } from './decision.ts';

/** The way to the re-identifier. It knows neither its key nor its vault. */
export interface ReidentifierConnection {
  /** @throws the re-identifier's own GatewayError; REIDENTIFIER_UNAVAILABLE (503). */
  open(decision: OpeningDecision): Promise<Opened>;
  close(): Promise<void>;
}

const unavailable = (cause?: unknown): GatewayError =>
  new GatewayError('REIDENTIFIER_UNAVAILABLE', 'The re-identifier does not answer. Nothing was opened; ask the operator.', {
    status: 503,
    exit: exitCode.unavailable,
    cause,
  });

/** One that runs in its own container: address from HAVEN_REIDENTIFIER_URL, token from a file both mount. */
export async function connectReidentifier(url: string, tokenFile: string): Promise<ReidentifierConnection> {
  const { hostname, port } = new URL(url);
  const token = (await readFile(tokenFile, 'utf8').catch((error: unknown) => Promise.reject(unavailable(error)))).trim();
  return { open: (decision) => ask({ host: hostname, port: Number(port) || 80 }, token, decision), close: async () => {} };
}

/**
 * Starts one as a child process on a socket in a folder only this user can enter, for as long as one answer takes: the
 * private key is in no process while nobody needs it. It ends when its standard input closes.
 */
export async function spawnReidentifier(options: {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<ReidentifierConnection> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-'));
  const socketPath = join(folder, 'reidentifier');
  const token = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, [options.program, 'reidentifier', '--socket', socketPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...options.environment },
  });
  const close = async (): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
    child.stdin?.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${token}\n`);
  try {
    await listening(child);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { open: (decision) => ask({ socketPath }, token, decision), close };
}

async function listening(child: ChildProcess): Promise<void> {
  const lines = createInterface({ input: child.stdout as Readable });
  await new Promise<void>((resolve, reject) => {
    lines.once('line', () => resolve());
    child.once('error', (error) => reject(unavailable(error)));
    child.once('exit', () => reject(unavailable()));
  });
}

const faultSchema = z.object({ code: z.string(), message: z.string() });

async function ask(address: RequestOptions, token: string, decision: OpeningDecision): Promise<Opened> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({
      ...address,
      method: 'POST',
      path: '/open',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      timeout: 30_000,
    });
    request.once('response', resolve);
    request.once('timeout', () => request.destroy());
    request.once('error', (error) => reject(unavailable(error)));
    request.end(JSON.stringify(decision));
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (response.statusCode === 200) return openedSchema.parse(JSON.parse(text));
  const fault = faultSchema.safeParse(JSON.parse(text || '{}'));
  if (!fault.success) throw unavailable();
  throw new GatewayError(fault.data.code, fault.data.message, { status: response.statusCode ?? 500 });
}

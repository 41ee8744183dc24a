import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { BoxAnswer, BoxDoor } from './protocol.ts';

/** The way to a running black box: where it listens, and the token it knows. */
export interface BlackBoxConnection {
  /** Sends one request; resolves with the result, rejects with the box's own GatewayError. */
  call(
    door: BoxDoor,
    parameters: Readonly<Record<string, unknown>>,
    bytes?: AsyncIterable<Buffer>,
    progress?: (rows: number) => void,
  ): Promise<unknown>;
  /** Resolves when the box and its database answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
  /** Resolves when the box is gone; a box elsewhere is never seen to go. */
  readonly gone: Promise<void>;
}

type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number };

const unavailable = (cause?: unknown): GatewayError =>
  new GatewayError('BLACK_BOX_UNAVAILABLE', 'The black box does not answer. Nothing was taken; send it again when the service is back.', {
    status: 503,
    exit: exitCode.unavailable,
    cause,
  });

/** It has said on standard error what is wrong: sending again would not help. */
const misconfigured = (): GatewayError =>
  new GatewayError('BLACK_BOX_MISCONFIGURED', 'The black box cannot start as it is configured. Nothing was taken.', {
    status: 503,
    exit: exitCode.configuration,
  });

/** A box that runs elsewhere (its own container): address from HAVEN_BLACKBOX_URL, token from a file both mount. */
export async function connectBlackBox(url: string, tokenFile: string): Promise<BlackBoxConnection> {
  const { hostname, port } = new URL(url);
  const token = (await readFile(tokenFile, 'utf8')).trim();
  return { ...talkTo({ host: hostname, port: Number(port) || 80 }, token), close: async () => {}, gone: new Promise(() => {}) };
}

export interface SpawnOptions {
  /** The compiled program (`dist/src/main.js`). */
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Memory of the black box in MiB, for the short-lived and the long-lived part of its heap. What it must remember is bounded;
 * without limits the engine would rather take more memory than collect what is no longer needed. It begins with what it
 * will need, and collects on its own thread: growing in small steps, with helpers marking beside it, took a fifth of the
 * processor from the database next to it.
 */
export const memoryLimits: readonly string[] = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=32',
  '--initial-old-space-size=160',
  '--max-old-space-size=288',
  '--single-threaded-gc',
];

/**
 * Starts a black box as a child process on a socket in a folder only this user can enter. The token goes through its
 * standard input, and it ends when that closes, so it never outlives the process that started it.
 */
export async function spawnBlackBox({ program, environment }: SpawnOptions): Promise<BlackBoxConnection> {
  const folder = await mkdtemp(join(tmpdir(), 'haven-'));
  const socketPath = join(folder, 'box');
  const token = randomBytes(32).toString('hex');
  const child = spawn(process.execPath, [...memoryLimits, program, 'blackbox', '--socket', socketPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${token}\n`);
  try {
    await listening(child);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    ...talkTo({ socketPath }, token),
    gone: new Promise((resolve) => child.once('exit', () => resolve())),
    close: async () => {
      const ended =
        child.exitCode === null && child.signalCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
      child.stdin?.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The child says `listening` on its standard output when it is ready, and nothing else there. */
async function listening(child: ChildProcess): Promise<void> {
  const lines = createInterface({ input: child.stdout as Readable });
  await new Promise<void>((resolve, reject) => {
    lines.once('line', () => resolve());
    child.once('error', (error) => reject(unavailable(error)));
    child.once('exit', (code) => reject(code === exitCode.configuration ? misconfigured() : unavailable()));
  });
}

function talkTo(address: Address, token: string): Pick<BlackBoxConnection, 'call' | 'ping'> {
  return {
    ping: async () => {
      const request = httpRequest({ ...address, path: '/health', timeout: 5_000 });
      request.once('timeout', () => request.destroy());
      const { statusCode } = await respond(request.end());
      if (statusCode !== 200) throw unavailable();
    },
    call: async (door, parameters, bytes, progress) => {
      const request = httpRequest({
        ...address,
        path: door,
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'haven-request': Buffer.from(JSON.stringify(parameters)).toString('base64url') },
      });
      const answered = readAnswer(request, progress);
      const sent = bytes ? pipeline(Readable.from(bytes, { objectMode: false }), request) : Promise.resolve(void request.end());
      // The answer decides. A broken pipe matters only when there is none; a source that broke off must break the request.
      const failed = sent.then(
        () => new Promise<never>(() => {}),
        (error: unknown) => {
          request.destroy();
          throw error;
        },
      );
      failed.catch(() => {});
      return Promise.race([answered, failed.catch(async (error) => answered.catch(() => Promise.reject(error)))]);
    },
  };
}

async function readAnswer(request: ClientRequest, progress: ((rows: number) => void) | undefined): Promise<unknown> {
  const response = await respond(request);
  if (response.statusCode !== 200) throw unavailable();
  for await (const line of createInterface({ input: response })) {
    const answer = JSON.parse(line) as BoxAnswer;
    if ('progress' in answer) progress?.(answer.progress);
    else if ('result' in answer) return answer.result;
    else throw new GatewayError(answer.error.code, answer.error.message, { status: answer.error.status });
  }
  throw unavailable();
}

const respond = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (error) => reject(unavailable(error)));
  });

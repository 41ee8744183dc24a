import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startEmbedded } from '../../../src/database/embedded.ts';
import { openHome } from '../../../src/database/home.ts';
import { createLogger } from '../../../src/shared/logger.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Program = 'src/main.js' | 'scripts/demo.js';

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly program?: Program;
}

/** A place on disk where compiled programs run as a user would run them, with everything they say kept. */
export class World {
  readonly root = mkdtempSync(join(tmpdir(), 'haven-e2e-'));
  readonly home = join(this.root, 'home');
  /** What the programs take for the system's temporary folder: the one of this machine has other users. */
  readonly temporary = join(this.root, 't');
  /** Everything that programs printed here, on either stream. */
  readonly said: { readonly source: string; readonly text: string }[] = [];
  #server: Awaited<ReturnType<typeof startEmbedded>> | undefined;

  constructor() {
    // Open to be passed through: PostgreSQL does not run as root, and would otherwise keep its files somewhere else.
    chmodSync(this.root, 0o711);
    mkdirSync(this.temporary, { mode: 0o711 });
  }

  /** Starts a program without waiting for its end. */
  start(parameters: readonly string[], { input, environment, program = 'src/main.js' }: RunOptions = {}): Running {
    const child = spawn(process.execPath, [join(packageRoot(), 'dist', program), ...parameters], {
      cwd: this.root,
      env: { PATH: process.env.PATH, HAVEN_HOME: this.home, HAVEN_LOG_LEVEL: 'trace', TMPDIR: this.temporary, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => {});
    if (input !== undefined) child.stdin?.end(input);
    return new Running(child, (text) => this.said.push({ source: parameters.join(' '), text }));
  }

  /** Runs a program to its end. */
  async run(parameters: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.start(parameters, { input: '', ...options }).ended;
  }

  /** Keeps the embedded server running between commands, so that none of them has to start it; gives the administrator's URL. */
  async keepDatabase(): Promise<string> {
    this.#server ??= await startEmbedded(openHome({ home: this.home }), createLogger('silent'));
    return this.#server.adminUrl;
  }

  async releaseDatabase(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async remove(): Promise<void> {
    await this.releaseDatabase();
    rmSync(this.root, { recursive: true, force: true });
  }
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess, keep: (text: string) => void) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code]) => {
      keep(`${this.stdout}\n${this.stderr}`);
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Resolves when the program has said `text` on standard error. */
  async says(text: string): Promise<void> {
    await until(`the program says "${text}"; it said:\n${this.stderr}`, () => this.stderr.includes(text) || this.child.exitCode !== null);
    if (!this.stderr.includes(text)) throw new Error(`the program ended before it said "${text}":\n${this.stderr}`);
  }
}

/** Waits for what another process brings about. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, milliseconds = 30_000): Promise<void> {
  for (const deadline = Date.now() + milliseconds; !(await holds()); await setTimeout(25)) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
  }
}

/** Children of a process whose command line holds `word` (proc_pid_cmdline(5), proc_pid_status(5)). */
export function childrenOf(parent: number, word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const { 1: found } = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        return Number(found) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word);
      } catch {
        return false;
      }
    });
}

import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError } from 'commander';
import { type App, openApp } from '../src/app.ts';
import { initKeys } from '../src/blackbox/keys.ts';
import { loadConfig } from '../src/config.ts';
import { serve } from '../src/http/command.ts';
import { blackBoxOfApp } from '../src/http/services-of-app.ts';
import { systemClock } from '../src/shared/clock.ts';
import { exitCode } from '../src/shared/errors.ts';
import { describeFailure } from '../src/shared/failure.ts';
import { createLogger } from '../src/shared/logger.ts';
import { createOutput } from '../src/shared/output.ts';
import { runDemonstration } from './demonstration/run.ts';

interface Options {
  readonly people: number;
  readonly dir?: string;
  readonly serve: boolean;
  readonly port: number;
  readonly keepFeeds: boolean;
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}.`);
    return value;
  };

const program = new Command('scripts/demo')
  .description('a synthetic borough through the whole gateway, from nothing to a filled return')
  .option('--people <n>', 'people in the borough', wholeNumber(100, 800_000), 20_000)
  .option('--dir <dir>', 'where everything is kept (default HAVEN_HOME, or .haven)')
  .option('--no-serve', 'end after the summary')
  .option('--port <port>', 'port of the API and the public page', wholeNumber(1, 65_535), 8080)
  .option('--keep-feeds', 'keep the synthetic feeds, which hold (invented) identifiers', false)
  .exitOverride(({ exitCode: code }) => process.exit(code === 0 ? exitCode.done : exitCode.usage))
  .parse();
const options = program.opts<Options>();

const home = options.dir === undefined ? process.env.HAVEN_HOME : resolve(options.dir);
const config = loadConfig({ ...process.env, ...(home === undefined ? {} : { HAVEN_HOME: home }) }, process.cwd());
const out = createOutput(() => false, { result: process.stdout, progress: process.stderr });
let app: App | undefined;
try {
  const started = performance.now();
  out.progress('Starting PostgreSQL and making keys …');
  await mkdir(config.home, { recursive: true });
  await initKeys({ folder: config.keys });
  const opened = await openApp({ config, clock: systemClock, log: createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel) });
  app = opened;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void opened.close().finally(() => process.exit(130)));
  const feeds = join(config.home, 'feeds');
  try {
    await runDemonstration({ app: opened, out, people: options.people, feeds, started });
  } finally {
    if (!options.keepFeeds) rmSync(feeds, { recursive: true, force: true });
  }
  if (options.serve) {
    out.print(
      `\nThe gateway answers now. Press Ctrl+C to stop it.\n  the page for the public   http://localhost:${options.port}/data-use\n  the interface (OpenAPI)   http://localhost:${options.port}/openapi.json`,
    );
    await serve(opened, { port: options.port, metricsPort: options.port + 1000 }, blackBoxOfApp, out);
  }
  await opened.close();
  process.exit(exitCode.done);
} catch (error) {
  // Not the error's own text: PostgreSQL and parsers quote the value they could not take.
  const { message, exit } = describeFailure(error);
  process.stderr.write(`scripts/demo: ${message}\n`);
  await app?.close().catch(() => undefined);
  process.exit(exit);
}

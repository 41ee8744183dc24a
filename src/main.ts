#!/usr/bin/env node
import process from 'node:process';
import { Command, CommanderError } from 'commander';
import { type AppParts, migrateDatabases, type OpenApp, openApp } from './app.ts';
import { addAuditCommands } from './audit/command.ts';
import { addBlackBoxCommands } from './blackbox/command.ts';
import { loadConfig } from './config.ts';
import { addDestructionCommands } from './destruction/command.ts';
import { addProjectCommands } from './environment/command.ts';
import { addFeedsCommands } from './feeds/command.ts';
import { addHttpCommands } from './http/command.ts';
import { addJobCommands } from './jobs/command.ts';
import { addLandingCommands } from './landing/command.ts';
import { sendObjections } from './landing/send-objections.ts';
import { addLinkageCommands } from './linkage/command.ts';
import { addObjectionCommands } from './objections/command.ts';
import { addExplainCommand } from './objections/command-explain.ts';
import { addNationalCommands } from './objections/command-national.ts';
import { addObligationCommands } from './obligations/command.ts';
import { addRegisterCommands } from './register/command.ts';
import { addReidentifierCommands } from './reidentification/command.ts';
import { addOptOutListCommand } from './reidentification/command-opt-out-list.ts';
import { addReturnsCommands } from './returns/command.ts';
import { addRiskCommands } from './risk/command.ts';
import { systemClock } from './shared/clock.ts';
import { exitCode } from './shared/errors.ts';
import { describeFailure } from './shared/failure.ts';
import { helpAfter, helpStyle } from './shared/help.ts';
import { createLogger } from './shared/logger.ts';
import { createOutput, type Output } from './shared/output.ts';
import { version } from './shared/version.ts';
import { addSubjectAccessCommands } from './subject-access/command.ts';

/** The commands of each stage, in the order in which `haven --help` names them. */
const stages: readonly ((program: Command, open: OpenApp, out: Output) => void)[] = [
  addHttpCommands,
  addRegisterCommands,
  addFeedsCommands,
  addLandingCommands,
  (program, open, out) => addObjectionCommands(program, open, out, sendObjections),
  addExplainCommand,
  addNationalCommands,
  addLinkageCommands,
  addProjectCommands,
  addRiskCommands,
  addReturnsCommands,
  addAuditCommands,
  addObligationCommands,
  addJobCommands,
  addSubjectAccessCommands,
  addDestructionCommands,
];

/** What a command line needs, made once and only when a command asks for it: `haven --help` starts no database. */
function compose(): { parts: () => AppParts; open: OpenApp; close: () => Promise<void> } {
  let parts: AppParts | undefined;
  let app: ReturnType<OpenApp> | undefined;
  const getParts = (): AppParts => {
    if (parts === undefined) {
      const config = loadConfig(process.env, process.cwd());
      parts = { config, clock: systemClock, log: createLogger(config.logLevel) };
      if (config.unknownNames.length > 0)
        parts.log.warn({ names: config.unknownNames }, 'environment variables that mean nothing to this program');
    }
    return parts;
  };
  return {
    parts: getParts,
    open: async () => {
      app ??= openApp(getParts());
      return app;
    },
    // A failed opening has closed what it had opened.
    close: async () => (await app?.catch(() => undefined))?.close(),
  };
}

function addDatabaseCommands(program: Command, parts: () => AppParts, out: Output): void {
  program
    .command('migrate')
    .description('bring both databases to this version; refuses a newer one')
    .action(async () => {
      const versions = await migrateDatabases(parts());
      out.print(out.json ? versions : `haven is at version ${versions.haven}, the vault at version ${versions.vault}`);
    });
}

async function main(): Promise<number> {
  const { parts, open, close } = compose();
  const program = new Command('haven')
    .description('Lawful linked data for health and social care')
    .version(version())
    .option('--json', 'print results for machines')
    .exitOverride()
    .configureHelp(helpStyle)
    .showHelpAfterError('(add --help for what is possible)')
    // What is wrong on a command line may be an NHS number in the wrong place, and standard error often goes to a log.
    .configureOutput({ outputError: (text, write) => write(text.replace(/\d(?:[ -]?\d){8,}/g, '…')) })
    .addHelpText('after', helpAfter);
  const out = createOutput(() => program.opts().json === true, { result: process.stdout, progress: process.stderr });
  addDatabaseCommands(program, parts, out);
  addBlackBoxCommands(program, parts, out);
  addReidentifierCommands(program, parts);
  addOptOutListCommand(program, parts, out);
  for (const addCommands of stages) addCommands(program, open, out);

  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => {
      void close().finally(() => process.exit(128 + number));
    });
  }
  try {
    await program.parseAsync();
    return Number(process.exitCode ?? exitCode.done);
  } catch (error) {
    // Commander has said what is wrong; help and version asked for are no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
    const failure = describeFailure(error);
    if (failure.unexpected) createLogger('error').error({ err: error }, 'unexpected failure');
    process.stderr.write(`haven: ${failure.message}\n`);
    return failure.exit;
  } finally {
    await close();
  }
}

// Whoever reads our output may have read enough (`haven deliveries | head`): that is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCode.done : exitCode.unavailable));
process.exit(await main());

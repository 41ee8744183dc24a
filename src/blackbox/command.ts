import { readFile, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import type { AppParts } from '../app.ts';
import { withoutCredentials } from '../database/servers.ts';
import { ConfigurationError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { initKeys, type KeySource } from './keys.ts';
import { openBox } from './open-box.ts';
import { serveBox } from './serve.ts';

export const keySource = ({ config }: AppParts): KeySource => ({
  folder: config.keys,
  ...(config.rootKeyCommand === undefined ? {} : { rootKeyCommand: config.rootKeyCommand }),
  ...(config.reidentifierPublicKey === undefined ? {} : { publicKeyFile: config.reidentifierPublicKey }),
});

/** `haven keys init` and `haven blackbox`. Neither opens the gateway's side: the black box has its own roles and keys. */
export function addBlackBoxCommands(program: Command, parts: () => AppParts, out: Output): void {
  const keys = program.command('keys').description('keys of this installation');
  keys
    .command('init')
    .description('makes the keys that are missing; never replaces one')
    .action(async () => {
      const { made } = await initKeys(keySource(parts()));
      out.print(
        out.json ? { made } : made.length > 0 ? `Made ${made.join(', ')}. Back the keys up apart from the databases.` : 'All keys exist.',
      );
    });

  program
    .command('blackbox')
    .description('the black box as a process of its own (started by the gateway, or in its own container)')
    .option('--socket <path>', 'listen on a Unix socket; the token comes as the first line of standard input')
    .option('--listen <host:port>', 'listen on a private network; the token is in --token-file', readAddress)
    .option('--token-file <file>', 'file with the token that callers must show')
    .action(async (options: { socket?: string; listen?: Address; tokenFile?: string }) => {
      await runBlackBox(parts(), options);
    });
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function readAddress(text: string): Address {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as host:port.');
  return { host: match[1] as string, port: Number(match[2]) };
}

async function runBlackBox(parts: AppParts, options: { socket?: string; listen?: Address; tokenFile?: string }): Promise<void> {
  const { config, clock, log } = parts;
  if (!config.database)
    throw new ConfigurationError(['HAVEN_DATABASE_URL is not set: the black box is started by the gateway, or given its databases']);
  const token = options.tokenFile ? (await readFile(options.tokenFile, 'utf8')).trim() : await firstLineOfInput();
  if (token.length < 32) throw new ConfigurationError(['the token of the black box must have at least 32 characters']);
  const { box, close } = await openBox({
    servers: {
      haven: withoutCredentials(config.database.haven),
      vault: withoutCredentials(config.database.vault),
      secrets: config.secrets,
    },
    configDirectory: config.configDirectory,
    keys: keySource(parts),
    numbers: config.environment,
    clock,
    log,
  });
  const server = serveBox(box, token);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.listen) server.listen(options.listen.port, options.listen.host, resolve);
    else server.listen(options.socket, resolve);
  });
  process.stdout.write('listening\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    // Whoever started this box holds its standard input open; when they are gone, so is it.
    if (!options.tokenFile) process.stdin.once('close', resolve).once('end', resolve);
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await close();
  if (options.socket) await rm(options.socket, { force: true });
}

async function firstLineOfInput(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  const line = await new Promise<string>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(''));
  });
  lines.close();
  process.stdin.resume();
  return line.trim();
}

import { readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import type { AppParts } from '../app.ts';
import { connect } from '../database/connect.ts';
import { withoutCredentials } from '../database/servers.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { openForDecision } from './open-for-decision.ts';
import { readOpeningKey } from './opening-key.ts';
import { serveReidentifier } from './serve.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

interface ListenOptions {
  readonly listen?: Address;
  readonly socket?: string;
  readonly tokenFile?: string;
}

/**
 * `haven reidentifier`: the only process with the private key, and the only one that may read the vault. It opens one person
 * for one recorded decision, and keeps its own record of that. There is no command that opens an identity by itself.
 */
export function addReidentifierCommands(program: Command, parts: () => AppParts): void {
  program
    .command('reidentifier')
    .description('the re-identifier as a process of its own (started by the gateway, or in its own container)')
    .option('--socket <path>', 'listen on a Unix socket; the token comes as the first line of standard input')
    .option('--listen <host:port>', 'listen on a private network; the token is in --token-file', readAddress)
    .option('--token-file <file>', 'file with the token that callers must show; without one only /health is answered')
    .action(async (options: ListenOptions) => {
      if ((options.socket === undefined) === (options.listen === undefined)) {
        throw new ConfigurationError(['the re-identifier listens on --socket or on --listen, and on one of them only']);
      }
      await run(parts(), options);
    });
}

async function run({ config, log }: AppParts, options: ListenOptions): Promise<void> {
  if (!config.database) throw new ConfigurationError(['HAVEN_VAULT_URL is not set: the re-identifier must be given its vault']);
  const token = await readToken(options);
  const key = await readOpeningKey(config.keys);
  const servers = { haven: '', vault: withoutCredentials(config.database.vault), secrets: config.secrets };
  const vault = connect(servers, 'haven_reidentifier', {
    max: 2,
    onIdleError: (err) => log.warn({ err }, 'an idle connection was lost'),
  });
  const server = serveReidentifier({
    token,
    log,
    open: (decision) => openForDecision(vault, key, decision),
    ping: () => vault.query('select 1 from vault.identity limit 1'),
  });
  await listen(server, options);
  process.stdout.write('listening\n');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    // Whoever started it holds its standard input open; when they are gone, so is it.
    if (options.socket !== undefined) process.stdin.once('close', resolve).once('end', resolve);
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await vault.end();
  if (options.socket !== undefined) await rm(options.socket, { force: true });
}

const listen = (server: Server, { listen: address, socket }: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    if (address === undefined) server.listen(socket, resolve);
    else server.listen(address.port, address.host, resolve);
  });

async function readToken({ socket, tokenFile }: ListenOptions): Promise<string | undefined> {
  const token =
    tokenFile === undefined ? (socket === undefined ? undefined : await firstLineOfInput()) : (await readFile(tokenFile, 'utf8')).trim();
  if (token !== undefined && token.length < 32)
    throw new ConfigurationError(['the token of the re-identifier must have 32 characters or more']);
  return token;
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

function readAddress(text: string): Address {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as host:port.');
  return { host: match[1] as string, port: Number(match[2]) };
}

import { createServer } from 'node:http';
import { type Command, InvalidArgumentError } from 'commander';
import type { AppParts } from '../app.ts';
import { connect } from '../database/connect.ts';
import { withoutCredentials } from '../database/servers.ts';
import { ConfigurationError } from '../shared/errors.ts';
import { readOpeningKey } from './opening-key.ts';

const closed = JSON.stringify({
  code: 'NO_DECISION',
  message: 'An identity is opened only for a recorded direct-care decision of a registered professional, and this version records none.',
});

/**
 * `haven reidentifier`: the only process with the private key, and the only one that may read the vault. It proves at its
 * start that it has both, answers whether it is well, and opens nothing: who may ask for whom is decided by relationships
 * and decisions that this version does not record yet, and without a decision the answer is no.
 */
export function addReidentifierCommands(program: Command, parts: () => AppParts): void {
  program
    .command('reidentifier')
    .description('the re-identifier as a process of its own (in its own container)')
    .requiredOption('--listen <host:port>', 'listen on a private network', readAddress)
    .action(async ({ listen }: { listen: { host: string; port: number } }) => {
      const { config, log } = parts();
      if (!config.database) throw new ConfigurationError(['HAVEN_VAULT_URL is not set: the re-identifier must be given its vault']);
      await readOpeningKey(config.keys);
      const servers = { haven: '', vault: withoutCredentials(config.database.vault), secrets: config.secrets };
      const vault = connect(servers, 'haven_reidentifier', {
        max: 2,
        onIdleError: (err) => log.warn({ err }, 'an idle connection was lost'),
      });
      const server = createServer((request, response) => {
        request.resume();
        if (request.method === 'GET' && request.url === '/health') {
          vault.query('select 1 from vault.identity limit 1').then(
            () => response.writeHead(200).end('ok\n'),
            () => response.writeHead(503).end(),
          );
          return;
        }
        response.writeHead(403, { 'content-type': 'application/problem+json' }).end(closed);
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(listen.port, listen.host, resolve);
      });
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
      });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await vault.end();
    });
}

function readAddress(text: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as host:port.');
  return { host: match[1] as string, port: Number(match[2]) };
}

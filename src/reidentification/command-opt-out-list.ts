import { type Command, InvalidArgumentError } from 'commander';
import type { AppParts } from '../app.ts';
import { connect } from '../database/connect.ts';
import { withoutCredentials } from '../database/servers.ts';
import { openExchanges } from '../objections/national/request-row.ts';
import { ConfigurationError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { readOpeningKey } from './opening-key.ts';
import { type WrittenList, writeOptOutLists } from './opt-out-list.ts';

/**
 * `haven opt-out-list`: the re-identifier's part of a national opt-out check (docs/adr/0009). It writes the lists of recorded
 * decisions that are not written yet and ends. Nobody can name a person to it.
 */
export function addOptOutListCommand(program: Command, parts: () => AppParts, out: Output): void {
  program
    .command('opt-out-list')
    .description('writes the lists of decided national opt-out checks (started by "haven ndop request", or in a container of its own)')
    .option('--exchange <id>', 'only of this exchange', readId)
    .option('--actor <name>', 'who is on record for it', 'opt-out-list')
    .action(async (options: { exchange?: string; actor: string }) => {
      const { config, clock } = parts();
      if (!config.database)
        throw new ConfigurationError(['HAVEN_DATABASE_URL is not set: the lists are written where the databases are known']);
      const privateKey = await readOpeningKey(config.keys);
      const servers = {
        haven: withoutCredentials(config.database.haven),
        vault: withoutCredentials(config.database.vault),
        secrets: config.secrets,
      };
      const national = connect(servers, 'haven_ndop', { max: 2 });
      const vault = connect(servers, 'haven_reidentifier', { max: 1 });
      try {
        const written: WrittenList[] = [];
        for (const exchangeId of options.exchange === undefined ? await openExchanges(national) : [options.exchange])
          written.push(...(await writeOptOutLists({ national, vault, privateKey, clock, actor: options.actor }, exchangeId)));
        out.print({ written });
      } finally {
        await Promise.all([national.end(), vault.end()]);
      }
    });
}

function readId(text: string): string {
  if (/^[0-9a-f-]{36}$/.test(text)) return text;
  throw new InvalidArgumentError('Give the id of an exchange as "haven ndop status" shows it.');
}

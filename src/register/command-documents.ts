import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { loadFeeds } from '../feeds/load.ts';
import { type LocalDate, localDate, systemClock } from '../shared/clock.ts';
import type { Output } from '../shared/output.ts';
import { packageRoot } from '../shared/package-root.ts';
import type { RegisterApp } from './command.ts';
import { dayOption } from './command-changes.ts';
import { factsOf, type PlaceFacts } from './documents/facts.ts';
import { factsOfDay } from './documents/facts-of-day.ts';
import { type DocumentName, documentNames } from './documents/produce.ts';
import { writeDocuments } from './documents/write.ts';
import { loadRegisterFiles } from './load.ts';
import { createRegisterReader } from './reader.ts';

interface Options {
  readonly place: string;
  readonly asOf?: LocalDate;
  readonly out: string;
  readonly agreement?: string;
  readonly path?: string;
}

/** `haven register document`: what the register says, as documents to file, send and publish. */
export function addDocumentCommand(register: Command, open: () => Promise<RegisterApp>, out: Output): void {
  register
    .command('document')
    .description('writes a document of the register: record of processing, flow map, public data, impact assessment, section 251 annex')
    .addArgument(new Argument('<name>').choices([...documentNames, 'all']))
    .requiredOption('--place <id>', 'place of the register')
    .requiredOption('--out <dir>', 'directory for the files')
    .option('--as-of <date>', 'as the register stood at the end of this day, YYYY-MM-DD; today when left out', dayOption)
    .option('--agreement <id>', 'dpia and cag-annex: only this agreement')
    .option('--path <path>', 'made of files that are not applied, as they speak of the day')
    .action(async (name: DocumentName | 'all', options: Options) => {
      const facts = options.path === undefined ? await appliedFacts(await open(), options) : await fileFacts(options.path, options);
      const files = await writeDocuments(facts, name, options.out, options.agreement);
      out.print(
        out.json ? { files } : `${files.join('\n')}\nRead them before you send them; what only people can say is marked "To be completed".`,
      );
    });
}

/** Data set id → title, as the specifications name them. */
export const feedTitles = async (configDirectory: string): Promise<ReadonlyMap<string, string>> =>
  new Map([...(await loadFeeds(configDirectory))].map(([id, { title }]) => [id, title]));

async function appliedFacts({ gateway, clock, config }: RegisterApp, { place, asOf }: Options): Promise<PlaceFacts> {
  const today = localDate(clock.now());
  const read = createRegisterReader(gateway, { pool: gateway, clock });
  return factsOfDay({ db: gateway, read, today, feedTitles: await feedTitles(config.configDirectory) }, place, asOf ?? today);
}

async function fileFacts(path: string, { place, asOf }: Options): Promise<PlaceFacts> {
  const titles = await feedTitles(join(packageRoot(), 'config'));
  return factsOf(await loadRegisterFiles(path), place, asOf ?? localDate(systemClock.now()), { feedTitles: titles });
}

import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { transaction } from '../database/query.ts';
import { fieldsEveryAgreementNeeds, loadFeeds } from '../feeds/load.ts';
import type { FeedSpecification } from '../feeds/specification.ts';
import { type Clock, type LocalDate, localDate, systemClock } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { applyRegister } from './apply.ts';
import { checkRegister, type KnownFeeds, type KnownFields, type RegisterCheck } from './check.ts';
import { checkText } from './check-text.ts';
import { addChangeCommands, dayOption } from './command-changes.ts';
import { addDocumentCommand } from './command-documents.ts';
import { addHistoryCommands } from './command-history.ts';
import { diffDocuments } from './diff.ts';
import { exportRegister } from './export.ts';
import { readRegisterFiles } from './files.ts';
import { loadRegisterFiles } from './load.ts';
import { createRegisterReader } from './reader.ts';
import type { Register } from './register.ts';

/** What these commands need of the application, and no more. */
export interface RegisterApp {
  readonly gateway: Pool;
  readonly clock: Clock;
  readonly config: { readonly configDirectory: string };
}

/** `haven register apply | check | diff | export`. */
export function addRegisterCommands(program: Command, open: () => Promise<RegisterApp>, out: Output): void {
  const register = program.command('register').description('organisations, agreements and flows: who may send what, on which basis');

  register
    .command('apply')
    .description(
      'makes the files under PATH (one place, or a folder of places) the register of their places: first set-up, and example places',
    )
    .argument('<path>')
    .option('--without-approval <reason>', 'in an emergency: changes a register that is in use, alone, and records why')
    .action(async (path: string, { withoutApproval }: { withoutApproval?: string }) => {
      const documents = await readRegisterFiles(path);
      const app = await open();
      const who = { actor: `command-line:${userInfo().username}`, clock: app.clock, withoutApproval: reason(withoutApproval) };
      const applied = await transaction(app.gateway, (tx) => applyRegister(tx, documents, who));
      if (out.json) out.print({ places: applied });
      else {
        for (const { place, version, changed, changes } of applied) {
          out.print(
            changed ? [`${place}: now version ${version}`, ...changes.map((c) => `  ${c}`)].join('\n') : `${place}: nothing changed`,
          );
        }
      }
    });

  register
    .command('diff')
    .description('says in words what applying the files under PATH would change; exits 1 when something would')
    .argument('<path>')
    .action(async (path: string) => {
      const documents = await readRegisterFiles(path);
      const current = await currentRegister(await open());
      const places = documents.map((d) => ({ place: d.place.id, changes: diffDocuments(current.places.get(d.place.id)?.document, d) }));
      const changed = places.some(({ changes }) => changes.length > 0);
      if (out.json) out.print({ changed, places });
      else out.print(changed ? places.flatMap(({ changes }) => changes).join('\n') : 'Nothing would change');
      if (changed) process.exitCode = exitCode.findings;
    });

  register
    .command('export')
    .description('writes the register as files that `apply` takes back')
    .argument('<dir>')
    .option('--place <id>', 'only this place')
    .action(async (dir: string, options: { place?: string }) => {
      const app = await open();
      await currentRegister(app);
      const files = await exportRegister(app.gateway, dir, options.place);
      if (files.length === 0) {
        throw new GatewayError('REGISTER_EMPTY', 'The register holds no such place. `haven register apply` puts one there.', {
          status: 404,
        });
      }
      out.print(out.json ? { files } : files.join('\n'));
    });

  register
    .command('check')
    .description(
      'lists every flow with `admitted` or all its reasons; exits 1 when a flow believed to be live is refused or needs attention',
    )
    .option('--at <date>', 'the day to ask about, YYYY-MM-DD; today when left out', dayOption)
    .option('--path <path>', 'check files that are not applied')
    .action(async (options: { at?: LocalDate; path?: string }) => {
      let check: RegisterCheck;
      if (options.path === undefined) {
        const app = await open();
        const feeds = knownFeeds(await loadFeeds(app.config.configDirectory));
        check = checkRegister(await currentRegister(app), options.at ?? localDate(app.clock.now()), feeds);
      } else {
        // Files can be checked where there is no database, as a supplier or a build does.
        check = checkRegister(await loadRegisterFiles(options.path), options.at ?? localDate(systemClock.now()));
      }
      out.print(out.json ? check : checkText(check));
      if (check.findings.length > 0 || check.flows.some((flow) => flow.surprising)) process.exitCode = exitCode.findings;
    });

  addHistoryCommands(register, open, out);
  addDocumentCommand(register, open, out);
  addChangeCommands(register, open, out);
}

const knownFeeds = (feeds: ReadonlyMap<string, FeedSpecification>): KnownFeeds =>
  new Map([...feeds].map(([id, feed]) => [id, feed.format === 'csv' ? knownFields(feed) : undefined]));

const knownFields = (feed: FeedSpecification): KnownFields => ({
  all: new Set(feed.columns.map((column) => column.name)),
  needed: fieldsEveryAgreementNeeds(feed),
});

/** The register as it is now: what was approved for today is in force by being looked at. */
const currentRegister = ({ gateway, clock }: RegisterApp): Promise<Register> => createRegisterReader(gateway, { pool: gateway, clock })();

/** A reason that says nothing is none. */
function reason(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() !== '') return text?.trim();
  throw new GatewayError('REASON_ABSENT', 'Say why nobody else can approve this.', { exit: exitCode.usage });
}

import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { App, OpenApp } from '../app.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import { connect } from '../database/connect.ts';
import { localDate } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { createBackup } from './backup-create.ts';
import { restoreBackup } from './backup-restore.ts';
import { type Certificate, certificatePage } from './certificate.ts';
import { DataKeys } from './data-keys.ts';
import { type Destruction, findDestruction, listDestructions } from './decide.ts';
import { approveAndDestroy, ask, resumeDestruction } from './destroy.ts';
import { findLeafIndex } from './leaf-index.ts';
import { countTarget } from './preview.ts';
import { type Target, targetOfAgreement, targetsDue, targetsOfPractice } from './target.ts';
import type { DestructionTools } from './tools.ts';

const batch = 20_000;

interface DestroyOptions {
  readonly agreement?: string;
  readonly expired?: true;
  readonly practice?: string;
  readonly as: string;
  readonly approvedBy?: string;
  readonly dryRun?: true;
}

/** `haven destroy …` and `haven backup create | restore`. */
export function addDestructionCommands(program: Command, open: OpenApp, out: Output): void {
  const destroy = program
    .command('destroy')
    .description('destroys what an agreement brought, what ran out, or what a practice that withdrew sent; one asks, another approves')
    .option('--agreement <id>', 'everything this agreement brought')
    .option(
      '--expired',
      'everything that may not be kept any longer today: agreements ended, practices withdrawn, flows gone, retention run out',
    )
    .option('--practice <ods>', 'everything a practice sent under agreements it has withdrawn from', readOds)
    .option('--as <person>', 'who asks: an IG lead of the register')
    .option('--approved-by <person>', 'another IG lead, who approves; without one it is only asked for')
    .option('--dry-run', 'say what would be destroyed, and do nothing')
    .action(async (options: DestroyOptions) => destroyTargets(await open(), options, out));

  destroy
    .command('approve <id>')
    .description('approves what somebody else asked for, and destroys it')
    .option('--as <person>', 'who approves: an IG lead of the register')
    .action(async (id: string, _options: object, command: Command) => {
      // The command above has an option of this name, too, and takes it first.
      const { as: person } = command.optsWithGlobals<{ as?: string }>();
      if (person === undefined) throw new GatewayError('PERSON_MISSING', 'Say who approves: --as PERSON.', { exit: exitCode.usage });
      const app = await open();
      await asLead(app, person, await findDestruction(app.gateway, id), 'destruction.approve');
      const certificate = await withTools(app, out, (tools) => approveAndDestroy(tools, id, person));
      await printCertificate(app, out, certificate);
    });

  destroy
    .command('resume <id>')
    .description('goes on with an approved destruction that was interrupted')
    .action(async (id: string) => {
      const app = await open();
      await printCertificate(app, out, await withTools(app, out, (tools) => resumeDestruction(tools, id)));
    });

  destroy
    .command('list')
    .description('destructions, newest first')
    .action(async () => {
      const all = await listDestructions((await open()).gateway);
      out.print(out.json ? { destructions: all } : all.map(line).join('\n') || 'Nothing has been destroyed or asked for.');
    });

  destroy
    .command('show <id>')
    .description('one destruction, with its certificate')
    .option('--html <file>', 'write the certificate as a page to print')
    .action(async (id: string, options: { html?: string }) => {
      const app = await open();
      const found = await findDestruction(app.gateway, id);
      const leaf = found.certificate && (await findLeafIndex(app, id));
      if (options.html !== undefined) {
        if (!found.certificate) throw new GatewayError('NOT_CERTIFIED', 'This destruction is not certified yet.', { status: 409 });
        await writeFile(options.html, certificatePage(found.certificate, leaf), { flag: 'wx' });
      }
      out.print({ ...found, ...(leaf === undefined ? {} : { auditLeaf: leaf }) });
    });

  const backup = program.command('backup').description('backups that die with the key of what is destroyed');
  backup
    .command('create')
    .description('writes both databases, as of one moment, each data set under its own key')
    .requiredOption('--out <folder>', 'an empty or new folder')
    .action(async (options: { out: string }) => {
      out.print(await withOwner(await open(), out, (tools, actor) => createBackup(tools, { folder: options.out, actor })));
    });
  backup
    .command('restore <folder>')
    .description('puts a backup into new databases; what was destroyed since stays closed')
    .action(async (folder: string) => {
      out.print(await withOwner(await open(), out, (tools, actor) => restoreBackup(tools, { folder, actor })));
    });
}

async function destroyTargets(app: App, options: DestroyOptions, out: Output): Promise<void> {
  if (!options.dryRun && options.as === undefined) {
    throw new GatewayError('PERSON_MISSING', 'Say who asks: --as PERSON.', { exit: exitCode.usage });
  }
  const targets = await findTargets(app, options);
  await withTools(app, out, async (tools) => {
    for (const target of targets) {
      if (options.dryRun) {
        out.print({ ...target, wouldDestroy: await countTarget(tools.destroyer, target) });
        continue;
      }
      await asLead(app, options.as, target, 'destruction.request');
      const asked = await ask(tools, target, options.as);
      if (options.approvedBy === undefined) {
        out.print(
          out.json
            ? asked
            : `Asked for: ${line(asked)}\nAnother person approves with: haven destroy approve ${asked.destructionId} --as PERSON`,
        );
        continue;
      }
      await asLead(app, options.approvedBy, target, 'destruction.approve');
      await printCertificate(app, out, await approveAndDestroy(tools, asked.destructionId, options.approvedBy));
    }
  });
  if (targets.length === 0) out.print(out.json ? { destructions: [] } : 'Nothing has run out.');
}

async function findTargets(app: App, options: DestroyOptions): Promise<readonly Target[]> {
  const { agreement, expired, practice } = options;
  if ([agreement, expired, practice].filter((one) => one !== undefined).length !== 1) {
    throw new GatewayError('TARGET_MISSING', 'Say one of --agreement ID, --expired and --practice ODS.', { exit: exitCode.usage });
  }
  const today = localDate(app.clock.now());
  if (agreement !== undefined) return [await targetOfAgreement(app.gateway, agreement)];
  if (practice !== undefined) return targetsOfPractice(app.gateway, await app.register(), practice, today);
  const targets = await targetsDue(app.gateway, await app.register(), today);
  const counts = await Promise.all(targets.map((target) => countTarget(app.gateway, target)));
  return targets.filter((_, index) => (counts[index]?.events ?? 0) > 0);
}

/** Only an IG lead of the agreement's place may ask or approve; the decision about the seat is on record either way. */
async function asLead(app: App, person: string, { agreementId }: Pick<Target, 'agreementId'>, action: string): Promise<void> {
  const place = [...(await app.register()).places.values()].find(({ agreements }) => agreements.has(agreementId))?.place.id;
  await actAs(app.gateway, { person, roles: ['ig-lead'], ...(place === undefined ? {} : { place }), action, clock: app.clock });
}

async function withTools<T>(app: App, out: Output, work: (tools: DestructionTools) => Promise<T>): Promise<T> {
  const destroyer = connect(app.servers, 'haven_destroyer', { max: 3 });
  const eraser = connect(app.servers, 'haven_eraser', { max: 2 });
  try {
    const keys = await DataKeys.load(app.config.keys);
    let said = '';
    const afterBatch = (step: string): void => {
      if (step !== said) out.progress(`destroying: ${step}`);
      said = step;
    };
    return await work({ destroyer, eraser, keys, auditKeys: app.home.keys, clock: app.clock, batch, afterBatch });
  } finally {
    await destroyer.end();
    await eraser.end();
  }
}

async function withOwner<T>(
  app: App,
  out: Output,
  work: (tools: Parameters<typeof createBackup>[0], actor: string) => Promise<T>,
): Promise<T> {
  const haven = connect(app.servers, 'haven_owner', { max: 2, database: 'haven' });
  const vault = connect(app.servers, 'haven_owner', { max: 2, database: 'vault' });
  try {
    const keys = await DataKeys.load(app.config.keys);
    return await work(
      { haven, vault, keys, auditKeys: app.home.keys, clock: app.clock, progress: (text) => out.progress(text) },
      `command-line:${userInfo().username}`,
    );
  } finally {
    await haven.end();
    await vault.end();
  }
}

async function printCertificate(app: App, out: Output, certificate: Certificate): Promise<void> {
  await sequenceAudit(app.gateway);
  out.print({ ...certificate, auditLeaf: await findLeafIndex(app, certificate.destruction) });
}

const line = (one: Destruction): string =>
  `${one.destructionId}  ${one.state.padEnd(10)}  ${one.reason}  ${one.agreementId}  asked by ${one.requestedBy}${one.approvedBy === undefined ? '' : `, approved by ${one.approvedBy}`}`;

function readOds(text: string): string {
  if (!/^[A-Z0-9]{3,10}$/.test(text)) throw new InvalidArgumentError('It is an ODS code, such as F81001.');
  return text;
}

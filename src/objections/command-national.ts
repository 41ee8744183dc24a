import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { App, OpenApp } from '../app.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import { type Purpose, purposes } from '../register/terms.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { exchangeOf } from './doors-national.ts';
import { advanceExchange, alone, runExchanges } from './national/advance.ts';
import { decideRequest } from './national/decide-request.ts';
import type { ExchangeDeps } from './national/deps.ts';
import { nationalOverview } from './national/overview.ts';
import { localIdOf, requestFileName } from './national/request-name.ts';
import { awaitingRequests, requestsOf } from './national/request-row.ts';

/** `haven ndop request | apply | status | send | collect`. */
export function addNationalCommands(program: Command, open: OpenApp, out: Output): void {
  const ndop = program.command('ndop').description('national data opt-outs: asking, by hand or over MESH, and applying the answer');

  ndop
    .command('request')
    .description('decides to ask about everybody held, and writes the request files (mode 0600)')
    .requiredOption('--purpose <purpose>', `the purpose of the disclosures: ${purposes.join(', ')}`, readPurpose)
    .requiredOption('--approval <reference>', 'the section 251 approval the disclosures rest on, for example "CAG 7-04(a)/2013"')
    .requiredOption('--as <person>', 'who decides: an IG lead, by id in the register')
    .option('--out <file>', 'the file, or a folder for files named by rule; without it they wait to be sent over MESH')
    .action(async (options: { purpose: Purpose; approval: string; as: string; out?: string }) => {
      const app = await open();
      const decidedBy = await asLead(app, options.as, 'ndop.request');
      const result = await withExchange(app, decidedBy, false, async (deps) => {
        const { exchangeId } = await decideRequest(
          deps.national,
          deps.settings,
          { purpose: options.purpose, approval: options.approval, decidedBy, pathOf: await placeFiles(options.out, deps.spool) },
          app.clock,
        );
        const progress = await advanceExchange(deps, exchangeId);
        const files = (await requestsOf(deps.national, exchangeId)).map(({ localId, path, asked }) => ({
          request: localId,
          sendAs: requestFileName(localId),
          path,
          people: asked,
        }));
        return { ...progress, files };
      });
      out.print(result);
    });

  ndop
    .command('apply <file>')
    .description('reads a reply carried by hand; a cleaned list is compared with its request and applied')
    .option('--request <name>', 'the request it answers; without it the name of the file says so, or the only one that waits')
    .option('--accept', 'accept a reply that is empty, or says that very many opted out; needs --as')
    .option('--as <person>', 'who decides that: an IG lead, by id in the register')
    .action(async (file: string, options: { request?: string; accept?: boolean; as?: string }) => {
      const app = await open();
      const acceptedBy = options.accept === true ? await asLead(app, options.as, 'ndop.accept') : undefined;
      const actor = acceptedBy ?? commandLineActor();
      const outcome = await withExchange(app, actor, false, async (deps) => {
        const localId = await requestOf(deps, options.request ?? basename(file), options.request !== undefined);
        const taken = await deps.takeReply({
          localId,
          actor,
          bytes: file === '-' ? process.stdin : createReadStream(file),
          ...(acceptedBy === undefined ? {} : { acceptedBy }),
        });
        const { rows } = await deps.national.query<{ id: string }>('select exchange_id as id from ndop.request where local_id = $1', [
          localId,
        ]);
        const { requests } = await advanceExchange(deps, rows[0]?.id ?? '');
        return { ...taken, state: requests.find((request) => request.localId === localId)?.state ?? taken.state };
      });
      out.print(outcome);
      if (outcome.state === 'held' || outcome.state === 'failed' || outcome.reason !== undefined) process.exitCode = exitCode.findings;
    });

  ndop
    .command('status')
    .description('how the check stands for each purpose, and the latest requests; counts only')
    .action(async () => {
      const app = await open();
      out.print(await nationalOverview(app.gateway, app.clock.now()));
    });

  for (const [name, description] of [
    ['send', 'sends the requests that wait, over MESH'],
    ['collect', 'collects what is in the mailbox, over MESH, and takes every exchange as far as it goes'],
  ] as const) {
    ndop
      .command(name)
      .description(description)
      .action(async () => {
        const app = await open();
        out.print(
          await withExchange(app, commandLineActor(), true, async (deps) => {
            if (deps.mailbox === undefined) {
              throw new GatewayError('MESH_NOT_CONFIGURED', 'objections/national.json has no part "mesh": carry the files by hand.', {
                status: 409,
                exit: exitCode.configuration,
              });
            }
            return runExchanges(deps);
          }),
        );
      });
  }
}

const commandLineActor = (): string => `command-line:${userInfo().username}`;

async function asLead(app: App, person: string | undefined, action: string): Promise<string> {
  if (person === undefined) throw new GatewayError('PERSON_MISSING', 'Say who decides: --as PERSON.', { exit: exitCode.usage });
  return (await actAs(app.gateway, { person, roles: ['ig-lead'], action, clock: app.clock })).person;
}

async function withExchange<T>(app: App, actor: string, overMesh: boolean, work: (deps: ExchangeDeps) => Promise<T>): Promise<T> {
  const deps = await exchangeOf(app, actor, overMesh);
  try {
    // runExchanges takes the mailbox for itself; by hand the command does.
    return await (overMesh ? work(deps) : alone(deps, () => work(deps)));
  } finally {
    await deps.close();
    await sequenceAudit(app.gateway);
  }
}

/** A folder takes files named by rule; one file takes one part, and only where there is none yet. */
async function placeFiles(target: string | undefined, spool: string): Promise<(localId: string) => string> {
  if (target === undefined) return (localId) => join(spool, requestFileName(localId));
  const path = resolve(target);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true || target.endsWith('/')) return (localId) => join(path, requestFileName(localId));
  if (found !== undefined) throw new GatewayError('OUTPUT_EXISTS', 'A file of this name is there already. Name another one, or a folder.');
  let taken = false;
  return () => {
    if (taken) throw new GatewayError('OUTPUT_MUST_BE_A_FOLDER', 'These are too many people for one file. Name a folder that exists.');
    taken = true;
    return path;
  };
}

async function requestOf({ national }: ExchangeDeps, name: string, named: boolean): Promise<string> {
  const localId = localIdOf(name);
  if (localId !== undefined) return localId;
  const [only, ...others] = named ? [] : await awaitingRequests(national);
  if (only !== undefined && others.length === 0) return only.localId;
  throw new GatewayError('NDOP_REQUEST_UNCLEAR', 'Say which request this answers: --request NAME, as "haven ndop status" shows it.', {
    exit: exitCode.usage,
  });
}

function readPurpose(text: string): Purpose {
  const purpose = purposes.find((one) => one === text);
  if (purpose === undefined) throw new InvalidArgumentError(`It is one of: ${purposes.join(', ')}.`);
  return purpose;
}

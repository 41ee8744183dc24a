import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { type App, openApp } from '../../src/app.ts';
import { addAuditCommands } from '../../src/audit/command.ts';
import { type AuditKeeper, createAuditKeeper } from '../../src/audit/keep-audit.ts';
import type { BlackBox } from '../../src/blackbox/box.ts';
import { deriveKey, initKeys } from '../../src/blackbox/keys.ts';
import type { NhsNumber } from '../../src/blackbox/nhs-number.ts';
import { openBox } from '../../src/blackbox/open-box.ts';
import { landingPseudonymiser } from '../../src/blackbox/pseudonymise.ts';
import { serveBox } from '../../src/blackbox/serve.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { addDestructionCommands } from '../../src/destruction/command.ts';
import { addProjectCommands } from '../../src/environment/command.ts';
import { createServer } from '../../src/http/server.ts';
import { blackBoxOfApp, servicesOfApp } from '../../src/http/services-of-app.ts';
import { httpSettingsSchema } from '../../src/http/settings.ts';
import { work } from '../../src/jobs/work.ts';
import { addLandingCommands } from '../../src/landing/command.ts';
import { sendObjections } from '../../src/landing/send-objections.ts';
import { addObjectionCommands } from '../../src/objections/command.ts';
import { addNationalCommands } from '../../src/objections/command-national.ts';
import { addObligationCommands } from '../../src/obligations/command.ts';
import { addRegisterCommands } from '../../src/register/command.ts';
import { openForDecision } from '../../src/reidentification/open-for-decision.ts';
import { readOpeningKey } from '../../src/reidentification/opening-key.ts';
import { serveReidentifier } from '../../src/reidentification/serve.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { createLogger } from '../../src/shared/logger.ts';
import { nhsNumber } from './box.ts';
import { type TestDatabases, testDatabases } from './database.ts';
import { ids } from './place-of-the-year.ts';
import { type SignIn, startSignIn } from './sign-in.ts';

/** What a command said: its exit code, and the object it printed last. */
export interface Said<Result> {
  readonly code: number;
  readonly result: Result;
}

/** `haven …` with `--json`, in this process; a refusal is the GatewayError it is. */
export type Haven = <Result = unknown>(...parameters: readonly string[]) => Promise<Said<Result>>;

/**
 * An installation whose clock the test turns. A program of its own would read the clock of the machine, so the command line, the
 * black box, the re-identifier and the API run here, the latter three over HTTP, with real databases, keys and signed tokens.
 */
export interface Year {
  readonly app: App;
  readonly box: BlackBox;
  readonly databases: TestDatabases;
  readonly root: string;
  readonly haven: Haven;
  /** The gateway stops for the days in between, starts on this one at nine, and does its nightly jobs. */
  on(day: string): Promise<void>;
  /** The gateway stops, and signs its last checkpoint. */
  stop(): Promise<void>;
  /** Asks the API as somebody who signed in at their organisation. */
  ask(person: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  /** What the licensed analyst sees of the n-th person, on these days: events by setting; undefined when nothing may be read. */
  read(person: number, days?: { readonly from?: string; readonly to?: string }): Promise<Readonly<Record<string, number>> | undefined>;
  /** Command line of another installation with the same keys, over other databases. */
  elsewhere(databases: TestDatabases): Promise<{ readonly haven: Haven; close(): Promise<void> }>;
  /** Files of the checkpoints taken so far, one a day. */
  checkpoints(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openYear(start: string): Promise<Year> {
  const databases = await testDatabases();
  const root = await mkdtemp(join(tmpdir(), 'haven-year-'));
  let now = new Date(start);
  const clock: Clock = { now: () => now };
  const log = createLogger('fatal');
  const audience = 'http://localhost:8080';
  const signIn = await startSignIn(now, audience);
  const witness = join(root, 'witness');
  const secrets = join(root, 'secrets');
  await cp(databases.servers.secrets, secrets, { recursive: true });
  const environment = (of: TestDatabases): Record<string, string> => ({
    ...{ HAVEN_HOME: join(root, 'home'), HAVEN_SECRETS: secrets, HAVEN_WITNESS: witness },
    ...{ HAVEN_DATABASE_URL: of.servers.haven, HAVEN_VAULT_URL: of.servers.vault, HAVEN_OIDC_ISSUER: signIn.issuer },
  });
  const { keys, configDirectory } = loadConfig(environment(databases), root);
  await initKeys({ folder: keys });
  const opened = await openBox({ servers: databases.servers, configDirectory, keys: { folder: keys }, numbers: 'test', clock, log });
  const openingKey = await readOpeningKey(keys);
  const reidentifier = serveReidentifier({
    ...{ token, log, ping: async () => undefined },
    open: (decision) => openForDecision(databases.pool('haven_reidentifier'), openingKey, decision),
  });
  const servers = [serveBox(opened.box, token), reidentifier];
  const [boxUrl = '', reidentifierUrl = ''] = await Promise.all(servers.map(listen));
  for (const name of ['blackbox-token', 'reidentifier-token']) await writeFile(join(secrets, name), token);
  const open = (config: Config): Promise<App> => openApp({ config, clock, log });
  const app = await open(
    loadConfig({ ...environment(databases), HAVEN_BLACKBOX_URL: boxUrl, HAVEN_REIDENTIFIER_URL: reidentifierUrl }, root),
  );
  const settings = httpSettingsSchema.parse({ publicBaseUrl: audience });
  const { app: api } = createServer(await servicesOfApp(app, settings, blackBoxOfApp));
  const apiServer = createHttpServer(api);
  servers.push(apiServer);
  const base = await listen(apiServer);
  const ask = askAt(base, signIn, clock);
  const admin = databases.administrator('haven');
  const pseudonymise = landingPseudonymiser(deriveKey(opened.box.rootKey, 'landing', opened.box.landingEpoch));
  let keeper: AuditKeeper | undefined;
  const stop = async (): Promise<void> => {
    await keeper?.stop();
    keeper = undefined;
  };
  return {
    ...{ app, box: opened.box, databases, root, haven: commandLine(app), stop, ask },
    async on(day) {
      await stop();
      now = new Date(`${day}T09:00:00Z`);
      keeper = createAuditKeeper(app);
      await keeper.tick();
      for (const job of Object.values(work)) await job(app);
    },
    async read(person, days = {}) {
      const { rows } = await admin.query<{ pseudonym: string }>(
        `select recipient_pseudonym as pseudonym from environment.recipient_pseudonym join linkage.pseudonym using (person_id)
          where project_id = $1 and landing_pseudonym = $2`,
        [ids.project, pseudonymise(nhsNumber(person) as NhsNumber)],
      );
      // Somebody without a pseudonym is asked for by one that nobody has.
      const pseudonym = rows[0]?.pseudonym ?? '0'.repeat(32);
      const query = new URLSearchParams({ project: ids.project, purpose: 'risk-stratification-commissioning', ...days });
      const { status, body } = await ask(ids.analyst, `/api/journeys/${pseudonym}?${query}`);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`reading was answered with ${status}: ${JSON.stringify(body)}`);
      const journey = body as { readonly events: readonly { readonly setting: string }[] };
      const counts: Record<string, number> = {};
      for (const { setting } of journey.events) counts[setting] = (counts[setting] ?? 0) + 1;
      return counts;
    },
    async elsewhere(other) {
      const restored = await open(loadConfig(environment(other), root));
      return { haven: commandLine(restored), close: () => restored.close() };
    },
    checkpoints: async () => (await readdir(witness)).sort().map((name) => join(witness, name)),
    async close() {
      await app.close();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await signIn.close();
      await opened.close();
      await databases.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What the black box and the re-identifier of this installation ask of whoever calls. */
const token = 'b'.repeat(64);

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
  });

const askAt =
  (base: string, signIn: SignIn, clock: Clock): Year['ask'] =>
  async (person, path, body) => {
    const iat = Math.floor(clock.now().getTime() / 1_000);
    const token = await signIn.token(`example|${person}`, { iat, exp: iat + 600 });
    const answer = await fetch(`${base}${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  };

function commandLine(app: App): Haven {
  const open = async (): Promise<App> => app;
  return async <Result>(...parameters: readonly string[]) => {
    let printed: unknown;
    const print = (result: string | object): void => {
      printed = result;
    };
    const out = { json: true, print, progress: () => undefined };
    const program = new Command('haven').exitOverride().configureOutput({ writeErr: () => undefined });
    for (const add of [
      addRegisterCommands,
      addLandingCommands,
      addNationalCommands,
      addProjectCommands,
      addAuditCommands,
      addObligationCommands,
      addDestructionCommands,
    ])
      add(program, open, out);
    addObjectionCommands(program, open, out, sendObjections);
    process.exitCode = undefined;
    try {
      await program.parseAsync([...parameters], { from: 'user' });
      return { code: Number(process.exitCode ?? 0), result: printed as Result };
    } finally {
      // What a command says of itself must not become what vitest says of the tests.
      process.exitCode = undefined;
    }
  };
}

/** Writes one file in a new folder below the installation, and gives its path. */
export async function writeBelow(root: string, name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(root, 'sent-'));
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { App } from '../../src/app.ts';
import { sequenceAudit } from '../../src/audit/sequence.ts';
import { connect } from '../../src/database/connect.ts';
import { transaction } from '../../src/database/query.ts';
import { loadSummaryRules } from '../../src/environment/activity.ts';
import { issuePseudonyms } from '../../src/environment/command.ts';
import { refreshSummaries } from '../../src/environment/summary.ts';
import { deliver } from '../../src/landing/deliver.ts';
import { waitsForPatients } from '../../src/landing/land-again.ts';
import type { Receipt } from '../../src/landing/receipt.ts';
import { sendObjections } from '../../src/landing/send-objections.ts';
import { admit } from '../../src/register/admit.ts';
import { applyRegister } from '../../src/register/apply.ts';
import { feedTitles } from '../../src/register/command-documents.ts';
import { factsOfDay } from '../../src/register/documents/facts-of-day.ts';
import { writeDocuments } from '../../src/register/documents/write.ts';
import { readRegisterFiles } from '../../src/register/files.ts';
import { isSharing } from '../../src/register/register.ts';
import { buildReturn } from '../../src/returns/build.ts';
import { writeReturn } from '../../src/returns/command.ts';
import { loadTemplate } from '../../src/returns/load.ts';
import { countMeasures } from '../../src/returns/measures/count-measures.ts';
import { loadMeasures } from '../../src/returns/measures/load-measures.ts';
import { quarterOf } from '../../src/returns/period.ts';
import { saveReturn } from '../../src/returns/save.ts';
import { runRiskModel } from '../../src/risk/command.ts';
import { type LocalDate, localDate } from '../../src/shared/clock.ts';
import type { Output } from '../../src/shared/output.ts';
import { generateBorough } from '../generate/borough.ts';
import { writeContents, writePapers } from './papers.ts';
import { summarise } from './summary.ts';

export interface Demonstration {
  readonly app: App;
  readonly out: Output;
  readonly people: number;
  readonly feeds: string;
  /** performance.now() at the very start. */
  readonly started: number;
}

interface DeliveryFile {
  readonly flow: string;
  readonly path: string;
  readonly rows: number;
}

export interface Stage {
  readonly name: string;
  readonly seconds: number;
}

const place = 'southend-on-sea';
const template = 'bcf-2016-17-q2';
const actor = 'demonstration';
const project = 'icb-population-health';
const silent = 'share-social-care-community';

/** Every stage in the order of the data, with its time; prints the summary at the end. */
export async function runDemonstration({ app, out, people, feeds, started }: Demonstration): Promise<void> {
  const stages: Stage[] = [{ name: 'database, keys and processes', seconds: (performance.now() - started) / 1000 }];
  const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    out.progress(`${name} …`);
    const from = performance.now();
    const result = await work();
    stages.push({ name, seconds: (performance.now() - from) / 1000 });
    return result;
  };
  const today = localDate(app.clock.now());
  const { configDirectory } = app.config;

  await stage('register', async () => {
    const documents = await readRegisterFiles(join(configDirectory, 'register', place));
    await transaction(app.gateway, (tx) => applyRegister(tx, documents, { actor, clock: app.clock }));
  });
  // Reads its keys and configuration while the feeds are written; what goes wrong is told when it is needed.
  app.blackBox().catch(() => undefined);
  const sharing = await sharingFlows(app, today);
  const borough = await stage('synthetic feeds', () =>
    generateBorough({ people, seed: 1, out: feeds, at: today, sharing, progress: everyTenth(out, 'people invented') }),
  );
  const [standing, late] = await splitObjections(borough.objections.path, feeds);
  const known = await stage('objections already made', () => sendObjections(app, standing, {}));
  const receipts = await stage(`deliveries (${borough.files.length} files)`, () => deliverAll(app, out, borough.files));
  const removal = await stage('objections that arrive later', () => sendObjections(app, late, {}));
  const refused = await stage('a flow whose basis has run out', () =>
    deliver(app, {
      flowId: 'sus-apc-discharge-evaluation',
      actor,
      content: { path: borough.files.find(({ flow }) => flow.startsWith('sus-apc'))?.path ?? '' },
    }),
  );
  await stage('statistics for the planner', () => gatherStatistics(app));
  await stage('summaries of people', async () => {
    const rules = await loadSummaryRules(join(configDirectory, 'risk'));
    await transaction(app.gateway, (tx) => refreshSummaries(tx, { asOf: today, rules, personIds: 'all' }));
  });
  const runs = await stage('risk runs', () =>
    Promise.all(['hfrs', 'southend-criteria'].map((model) => runRiskModel(app, { model, indexDate: today, place, actor }))),
  );
  const issued = await stage('pseudonyms of a licensed project', () => issuePseudonyms(app, project));
  const { document, returnId, files } = await stage('return', async () => {
    const wording = await loadTemplate(configDirectory, template);
    await countMeasures(app.gateway, (await loadMeasures(configDirectory)).definitions, app.clock);
    const built = await buildReturn(app.gateway, { config: configDirectory, template, place, at: today, period: quarterOf(today) });
    const { id } = await saveReturn(app.gateway, built, actor, app.clock);
    return { document: built, returnId: id, files: await writeReturn(built, wording, join(app.home.out, 'return'), { id }) };
  });
  const documents = await stage('documents of the register', () => writeRegisterDocuments(app, today));
  const papers = await stage('evidence pack and reports', () => writePapers(app, { returnId, place, today, actor }));
  const contents = await writeContents(app.home.out);
  const tree = await stage('audit log', () => sequenceAudit(app.gateway));
  out.print(
    await summarise({
      app,
      borough,
      receipts,
      refused,
      standing: known,
      project: { id: project, ...issued },
      removal,
      runs,
      document,
      files: [contents, ...files, ...papers, ...documents],
      tree,
      stages,
      seconds: (performance.now() - started) / 1000,
    }),
  );
}

/** What autovacuum does within a minute of a large delivery, from a smaller sample; a demonstration does not wait for it, with plans made for empty tables. */
async function gatherStatistics(app: App): Promise<void> {
  const owner = connect(app.servers, 'haven_owner', { max: 1 });
  try {
    await owner.query('set default_statistics_target = 25');
    await owner.query('analyze environment.event, environment.person, linkage.sighting, linkage.pseudonym, objections.objection');
  } finally {
    await owner.end();
  }
}

/** What an IG lead files, sends and publishes; named in the summary are the page that leads to the others, and the map. */
async function writeRegisterDocuments(app: App, today: LocalDate): Promise<string[]> {
  const sources = { db: app.gateway, read: () => app.register(), today, feedTitles: await feedTitles(app.config.configDirectory) };
  const written = await writeDocuments(await factsOfDay(sources, place, today), 'all', join(app.home.out, 'documents'));
  return written.filter((path) => path.endsWith('.svg') || basename(path).startsWith('documents-'));
}

/** Routes between settings that are live today; one supplier stays silent, so that the return has a cell without data. */
async function sharingFlows(app: App, today: LocalDate): Promise<string[]> {
  const register = await app.register();
  const live = [...register.flows.values()].filter((entry) => isSharing(entry) && admit(register, entry.flow.id, today).admitted);
  return live.map(({ flow }) => flow.id).filter((id) => id !== silent);
}

/**
 * Lists of patients go before everything: rows that name a patient by the practice's own id are held while nobody has
 * introduced them. A file with such rows is sent once more at the end, when everybody has spoken; its later receipt stands
 * for it. Objections in the records of practices come last, when there is something to look for and the planner knows how much.
 */
async function deliverAll(app: App, out: Output, files: readonly DeliveryFile[]): Promise<Receipt[]> {
  const receipts = new Map<string, Receipt>();
  const report = everyTenth(out, 'files delivered');
  const send = ({ flow, path }: DeliveryFile): Promise<Receipt> => deliver(app, { flowId: flow, actor, content: { path } });
  const sendAll = (some: readonly DeliveryFile[]): Promise<void> =>
    twoAtATime(some, async (file) => {
      receipts.set(file.path, await send(file));
      report(receipts.size, files.length);
    });
  const introduces = ({ flow }: DeliveryFile): boolean => flow.startsWith('gp-patients');
  const ofPractice = ({ flow }: DeliveryFile): boolean => flow.startsWith('gp-');
  await sendAll(files.filter(introduces));
  await sendAll(files.filter((file) => !ofPractice(file)));
  await gatherStatistics(app);
  await sendAll(files.filter((file) => ofPractice(file) && !introduces(file)));
  await twoAtATime(
    files.filter(({ path }) => waitsForPatients(receipts.get(path) ?? { quarantined: {} })),
    async (file) => {
      const again = await send(file);
      if (again.state === 'landed') receipts.set(file.path, again);
    },
  );
  return [...receipts.values()];
}

/** One file in the database while the next is read; more would only queue on two cores. Larger ones first, so that nobody waits for one of them alone. */
async function twoAtATime(files: readonly DeliveryFile[], work: (file: DeliveryFile) => Promise<void>): Promise<void> {
  const queue = [...files].sort((a, b) => b.rows - a.rows);
  const next = async (): Promise<void> => {
    for (let file = queue.shift(); file; file = queue.shift()) await work(file);
  };
  await Promise.all([next(), next()]);
}

/** Four objections of five stand before the data arrive; the others arrive afterwards and take back what they cover. */
async function splitObjections(path: string, folder: string): Promise<[string, string]> {
  const names: [string, string] = [join(folder, 'objections-standing.csv'), join(folder, 'objections-late.csv')];
  const [standing, late] = names.map((name) => createWriteStream(name)) as [
    ReturnType<typeof createWriteStream>,
    ReturnType<typeof createWriteStream>,
  ];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    if (line === 0 || line % 5 !== 0) standing.write(`${text}\n`);
    if (line === 0 || line % 5 === 0) late.write(`${text}\n`);
    line += 1;
  }
  standing.end();
  late.end();
  await Promise.all([finished(standing), finished(late)]);
  return names;
}

function everyTenth(out: Output, what: string): (done: number, of: number) => void {
  let tenths = 0;
  return (done, of) => {
    const reached = Math.floor((done * 10) / of);
    if (reached <= tenths) return;
    tenths = reached;
    out.progress(`  ${done} of ${of} ${what}`);
  };
}

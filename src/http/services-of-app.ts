import { join } from 'node:path';
import type { App } from '../app.ts';
import { createAuditLog } from '../audit/audit-log.ts';
import { recordAudit } from '../audit/record.ts';
import { createPayloadSealer } from '../audit/sealed.ts';
import { transaction } from '../database/query.ts';
import { listDestructions } from '../destruction/decide.ts';
import { givenJourney, readJourney } from '../environment/journey.ts';
import { licenseProject } from '../environment/project.ts';
import { loadVisibility } from '../environment/visibility.ts';
import { countJobs } from '../jobs/list-jobs.ts';
import { deliver } from '../landing/deliver.ts';
import { findReceipt, readProblems } from '../landing/find-delivery.ts';
import { protect } from '../objections/counts.ts';
import { loadDecisionTable } from '../objections/decision-table.ts';
import { explainOf, recordObjectionOf } from '../objections/doors.ts';
import { explanationLetter } from '../objections/explain-letter.ts';
import { explainPerson } from '../objections/explain-person.ts';
import { nationalOverview } from '../objections/national/overview.ts';
import { acknowledgeNotice, listNotices, readNotice } from '../objections/notices.ts';
import { reportObjections, yearSoFar } from '../objections/report.ts';
import { loadCalendar } from '../obligations/bank-holidays.ts';
import { createDesk } from '../obligations/desk.ts';
import { createRegisterReader } from '../register/reader.ts';
import type { Register } from '../register/register.ts';
import { purposes } from '../register/terms.ts';
import { createReturnsDesk } from '../returns/lifecycle/desk.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { subjectAccessOf } from '../subject-access/doors.ts';
import { answerPage } from '../subject-access/html.ts';
import { answerBytes, answerSubjectAccess } from '../subject-access/request.ts';
import { createPeople } from './people.ts';
import { createReadiness } from './readiness.ts';
import { createRegisterDesk } from './register-desk.ts';
import { createDocuments } from './register-documents.ts';
import { createClientRegistry, createDataUseRegister, createFlowDirectory } from './register-services.ts';
import type { HttpServices, JourneyService, LandingService } from './services.ts';
import type { HttpSettings } from './settings.ts';
import { openSigningKey } from './tokens/signing-key.ts';
import { createAssertionLedger } from './tokens/used-assertions.ts';

/** The two doors of the black box the gateway knocks at; it sees neither what is behind them nor how they are reached. */
export interface BlackBoxDoors {
  deliver(app: App, input: Parameters<LandingService['deliver']>[0]): ReturnType<LandingService['deliver']>;
  /** Resolves when the black box answers. */
  ping(app: App): Promise<unknown>;
}

/** The black box of the composed application: a child process, or a container of its own. */
export const blackBoxOfApp: BlackBoxDoors = {
  deliver: (app, { bytes, ...input }) => deliver(app, { ...input, content: bytes }),
  ping: async (app) => (await app.blackBox()).ping(),
};

/** Everything createServer needs, from the composed application. */
export async function servicesOfApp(app: App, settings: HttpSettings, blackBox: BlackBoxDoors): Promise<HttpServices> {
  const { gateway, clock, log } = app;
  const readRegister = createRegisterReader(gateway, { pool: gateway, clock });
  return {
    settings,
    clock,
    log,
    signingKey: await openSigningKey(app.home.keys),
    clients: createClientRegistry(readRegister, clock),
    assertions: createAssertionLedger(gateway, (tx, entry) => recordAudit(tx, entry, clock)),
    landing: {
      deliver: (input) => blackBox.deliver(app, input),
      find: (deliveryId) => findReceipt(gateway, deliveryId),
      problems: (deliveryId) => readProblems(gateway, deliveryId),
    },
    journeys: await journeysOf(app, readRegister),
    flows: createFlowDirectory(readRegister, clock),
    dataUse: createDataUseRegister(readRegister, clock),
    auditLog: createAuditLog(gateway, app.home.keys),
    destructions: (place) => listDestructions(gateway, place),
    nationalStatus: () => nationalOverview(gateway, clock.now()),
    countJobs: () => countJobs(gateway),
    obligations: createDesk({ gateway, clock, register: readRegister, calendar: () => loadCalendar(app.config.configDirectory) }),
    returns: createReturnsDesk({ gateway, clock, configDirectory: app.config.configDirectory }),
    register: createRegisterDesk(gateway, readRegister, clock),
    documents: createDocuments({ db: gateway, read: readRegister, clock, configDirectory: app.config.configDirectory }),
    ...(app.config.signIn === undefined ? {} : { people: createPeople(gateway, app.config.signIn, clock) }),
    subjectAccess: {
      answer: async (request) => {
        const answer = await answerSubjectAccess(subjectAccessOf(app), request);
        return { json: answerBytes(answer), page: answerPage(answer) };
      },
    },
    objections: {
      record: recordObjectionOf(app),
      explain: async (actor, bytes) => {
        const explanation = await explainPerson(await explainOf(app), actor, bytes);
        return { json: explanation, letter: explanationLetter(explanation) };
      },
      report: (place, period) => reportObjections(gateway, { ...yearSoFar(localDate(clock.now())), ...period }, clock, place),
      notices: async (project) => (await listNotices(gateway, project)).map((notice) => ({ ...notice, people: protect(notice.people) })),
      readNotice: (notice) => transaction(gateway, (tx) => readNotice(tx, notice, clock)),
      acknowledgeNotice: (notice) => transaction(gateway, (tx) => acknowledgeNotice(tx, notice, clock)),
    },
    readiness: createReadiness({ db: gateway, pingBlackBox: () => blackBox.ping(app) }),
  };
}

async function journeysOf(app: App, readRegister: () => Promise<Register>): Promise<JourneyService> {
  const { configDirectory } = app.config;
  const rules = {
    objections: await loadDecisionTable(join(configDirectory, 'objections')),
    visibility: await loadVisibility(join(configDirectory, 'risk')),
  };
  const parts = { sealer: createPayloadSealer(app.home.keys), clock: app.clock };
  return {
    async read({ project: projectId, purpose: asked, recipientPseudonym, period, actor, holder }) {
      const purpose = purposes.find((known) => known === asked);
      if (purpose === undefined) throw new GatewayError('PURPOSE_UNKNOWN', 'The purpose is not one the register knows.');
      const project = licenseProject(await readRegister(), rules, {
        projectId,
        purpose,
        at: localDate(app.clock.now()),
        ...(holder === undefined ? {} : { holder: holder.person }),
      });
      // Committed before it is sent: no audit leaf, no answer.
      const read = await transaction(app.gateway, (tx) => readJourney(tx, { project, recipientPseudonym, ...period, actor }, parts));
      const journey = givenJourney(read);
      return journey === undefined ? undefined : { ...journey, leftOut: project.leftOut };
    },
  };
}

import type { RouteDefinition } from '../route.ts';
import { readAuditCheckpoint, readAuditKey, readAuditProof } from './audit.ts';
import { deliver, readReceipt, readRowReport } from './deliveries.ts';
import { listDestructionsOfPlace } from './destructions.ts';
import { deliverResource, importResources, readCapabilities, readSmartConfiguration } from './fhir.ts';
import { readNationalStatus } from './national.ts';
import { objectionNoticeRoutes } from './objection-notices.ts';
import { explainObjections, recordObjectionRoute, reportObjectionsRoute } from './objections.ts';
import { obligationRoutes } from './obligations.ts';
import { leadToDataUse, readDataUse, readHealth, readInterface, readReadiness } from './open.ts';
import { listFlows, readJourney } from './reads.ts';
import { registerRoutes } from './register.ts';
import { readRegisterDocument } from './register-documents.ts';
import { returnRoutes } from './returns.ts';
import { answerSubject } from './subject-access.ts';
import { requestToken } from './token.ts';

/** Every route of the gateway. */
export const allRoutes: readonly RouteDefinition[] = [
  readHealth,
  readReadiness,
  readInterface,
  readDataUse,
  leadToDataUse,
  requestToken,
  deliver,
  readReceipt,
  readRowReport,
  listFlows,
  readJourney,
  answerSubject,
  recordObjectionRoute,
  explainObjections,
  reportObjectionsRoute,
  ...objectionNoticeRoutes,
  ...registerRoutes,
  readRegisterDocument,
  ...obligationRoutes,
  ...returnRoutes,
  readNationalStatus,
  listDestructionsOfPlace,
  readAuditCheckpoint,
  readAuditKey,
  readAuditProof,
  readCapabilities,
  readSmartConfiguration,
  deliverResource,
  importResources,
];

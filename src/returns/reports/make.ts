import type { Pool } from 'pg';
import { asAuditor } from '../../audit/auditor.ts';
import { sequenceAudit } from '../../audit/sequence.ts';
import type { DatabaseServers } from '../../database/servers.ts';
import type { Clock } from '../../shared/clock.ts';
import { buildReport, type ReportAsked } from './build.ts';
import { keepReport } from './protect.ts';
import type { Report } from './report.ts';

/** What making a report needs of the application. */
export interface ReportMaking {
  readonly gateway: Pool;
  readonly servers: DatabaseServers;
  readonly clock: Clock;
  readonly config: { readonly configDirectory: string };
}

export interface MadeReport {
  readonly report: Report;
  /** Hex SHA-256 of its canonical JSON, as the log holds it. */
  readonly sha256: string;
}

/**
 * Builds a report and records in the log that it was made: what the command line and the interface call.
 * @param actor who asks: a person or client id, or `command-line:<user>`
 * @throws GatewayError REPORT_UNKNOWN, PLACE_UNKNOWN, COUNTS_SHOWN_SINCE; ConfigurationError
 */
export async function makeReport(app: ReportMaking, asked: ReportAsked, actor: string): Promise<MadeReport> {
  await sequenceAudit(app.gateway);
  const report = await asAuditor(app.servers, (auditor) =>
    buildReport({ db: app.gateway, auditor, config: app.config.configDirectory }, asked),
  );
  return { report, sha256: await keepReport(app.gateway, report, actor, app.clock) };
}

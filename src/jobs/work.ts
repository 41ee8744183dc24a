import { join } from 'node:path';
import { connect } from '../database/connect.ts';
import { transaction } from '../database/query.ts';
import { countTarget } from '../destruction/preview.ts';
import { targetsDue } from '../destruction/target.ts';
import { loadSummaryRules } from '../environment/activity.ts';
import { refreshAfterDelivery } from '../environment/refresh.ts';
import { exchangeOf } from '../objections/doors-national.ts';
import { hasMailbox, runExchanges } from '../objections/national/advance.ts';
import { pruneNationalChecks } from '../objections/national/prune.ts';
import { followDestruction } from '../obligations/destruction-tasks.ts';
import { escalateObligations } from '../obligations/escalate.ts';
import { followObligations } from '../obligations/follow.ts';
import { followReturns } from '../obligations/return-tasks.ts';
import { reviewAdmissions } from '../obligations/review-admissions.ts';
import { returnsDue } from '../returns/lifecycle/deadlines.ts';
import { populateReturns } from '../returns/lifecycle/populate.ts';
import { loadThresholds } from '../returns/load.ts';
import { countMeasures } from '../returns/measures/count-measures.ts';
import { loadMeasures } from '../returns/measures/load-measures.ts';
import { probeEndpoints } from '../returns/probes/probe-endpoints.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { JobApp, JobWork } from './worker.ts';

/** What each job does: one door of its stage, which can be run twice without harm. */
export const work: JobWork = {
  'review-admissions': async (app) => reviewAdmissions(app.gateway, await app.register(), app.clock),
  'follow-obligations': async (app) => followObligations(app.gateway, await app.register(), app.clock),
  'escalate-obligations': (app) => escalateObligations(app.gateway, app.clock),
  'check-retention': checkRetention,
  'advance-national-opt-outs': advanceNationalOptOuts,
  'prune-national-checks': pruneNational,
  'count-measures': async (app) => countMeasures(app.gateway, (await loadMeasures(app.config.configDirectory)).definitions, app.clock),
  'probe-endpoints': async (app) => {
    const { endpointProbe } = await loadThresholds(app.config.configDirectory);
    await probeEndpoints({ gateway: app.gateway, clock: app.clock, actor: 'gateway' }, await app.register(), endpointProbe);
  },
  'populate-returns': ({ gateway, clock, config, register }) =>
    populateReturns({ gateway, clock, configDirectory: config.configDirectory, register }),
  'follow-returns': followReturnTasks,
  'refresh-summaries': async (app) => {
    const rules = await loadSummaryRules(join(app.config.configDirectory, 'risk'));
    await transaction(app.gateway, (tx) => refreshAfterDelivery(tx, { asOf: localDate(app.clock.now()), rules }));
  },
};

/** Only what is there can be destroyed: a target without a record is no task. */
async function checkRetention(app: JobApp): Promise<void> {
  const register = await app.register();
  const due = [];
  for (const target of await targetsDue(app.gateway, register, localDate(app.clock.now()))) {
    if ((await countTarget(app.gateway, target)).events === 0) continue;
    due.push({ agreement: target.agreementId, reason: target.reason, practice: target.practice });
  }
  await followDestruction(app.gateway, register, due, app.clock);
}

async function followReturnTasks(app: JobApp): Promise<void> {
  const register = await app.register();
  const due = await returnsDue(app.gateway, app.config.configDirectory, register, localDate(app.clock.now()));
  await followReturns(app.gateway, due, register.version, app.clock);
}

async function pruneNational(app: JobApp): Promise<void> {
  const national = connect(app.servers, 'haven_ndop', { max: 1 });
  try {
    await pruneNationalChecks(national, app.clock);
  } finally {
    await national.end();
  }
}

/** Only where a mailbox is configured: files carried by hand wait for a hand. */
async function advanceNationalOptOuts(app: JobApp): Promise<void> {
  const deps = await exchangeOf(app, 'haven', true);
  try {
    if (hasMailbox(deps)) await runExchanges(deps);
  } catch (error) {
    // Another process is at it, and the next turn comes in ten minutes.
    if (!(error instanceof GatewayError && error.code === 'MAILBOX_BUSY')) throw error;
  } finally {
    await deps.close();
  }
}

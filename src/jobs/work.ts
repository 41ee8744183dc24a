import { join } from 'node:path';
import { transaction } from '../database/query.ts';
import { loadSummaryRules } from '../environment/activity.ts';
import { refreshAfterDelivery } from '../environment/refresh.ts';
import { escalateObligations } from '../obligations/escalate.ts';
import { followObligations } from '../obligations/follow.ts';
import { reviewAdmissions } from '../obligations/review-admissions.ts';
import { localDate } from '../shared/clock.ts';
import type { JobWork } from './worker.ts';

/** What each job does: one door of its stage, which can be run twice without harm. */
export const work: JobWork = {
  'review-admissions': async (app) => reviewAdmissions(app.gateway, await app.register(), app.clock),
  'follow-obligations': async (app) => followObligations(app.gateway, await app.register(), app.clock),
  'escalate-obligations': (app) => escalateObligations(app.gateway, app.clock),
  'refresh-summaries': async (app) => {
    const rules = await loadSummaryRules(join(app.config.configDirectory, 'risk'));
    await transaction(app.gateway, (tx) => refreshAfterDelivery(tx, { asOf: localDate(app.clock.now()), rules }));
  },
};

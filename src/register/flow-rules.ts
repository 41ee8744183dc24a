import { type AdmissionRule, type Found, rule, signatureAt, withdrawnBy } from './admission-rule.ts';
import { admissionTable as table } from './admission-table.ts';
import { stepAt } from './history.ts';

const live = rule(table.live, ({ flow: { history, plannedGoLive } }, at) => {
  const step = stepAt(history, at);
  if (step?.state === 'live') return [];
  if (step?.state === 'suspended') return [{ code: 'FLOW_SUSPENDED', values: { on: step.on } }];
  if (step?.state === 'stopped') return [{ code: 'FLOW_STOPPED', values: { on: step.on } }];
  const next = history.find((later) => later.on > at && later.state === 'live')?.on ?? plannedGoLive;
  return next !== undefined && next > at ? [{ code: 'FLOW_NOT_YET_LIVE', values: { on: next } }] : [{ code: 'FLOW_NOT_LIVE' }];
});

const route = rule(table.route, ({ endpoint, flow }, at) => {
  if (flow.route === 'none') return [{ code: 'ROUTE_NONE' }];
  if (endpoint === undefined) return [];
  if (endpoint.liveFrom === undefined || endpoint.liveFrom > at) return [{ code: 'ROUTE_NOT_LIVE' }];
  return endpoint.liveTo !== undefined && endpoint.liveTo < at ? [{ code: 'ROUTE_CLOSED', values: { on: endpoint.liveTo } }] : [];
});

const setting = rule(table.setting, ({ terms }) => (terms === undefined ? [{ code: 'FLOW_WITHOUT_SETTING' }] : []));

const asymmetry = rule(table.asymmetry, ({ agreement, from, to }) =>
  from.setting === 'gp' && to.setting === 'social-care' && agreement.legalBasis.kind !== 'consent'
    ? [{ code: 'GP_DATA_TO_SOCIAL_CARE' }]
    : [],
);

const term = rule(table.term, ({ agreement: { validFrom, validTo } }, at) => {
  if (at < validFrom) return [{ code: 'AGREEMENT_NOT_STARTED', values: { on: validFrom } }];
  return at > validTo ? [{ code: 'AGREEMENT_EXPIRED', values: { on: validTo } }] : [];
});

const agreement = rule(table.agreement, ({ agreement: { history } }, at) => {
  const state = stepAt(history, at)?.state ?? 'not recorded as in force';
  return state === 'in-force' ? [] : [{ code: 'AGREEMENT_NOT_IN_FORCE', values: { state } }];
});

const framework = rule(table.framework, ({ framework: above, sender }, at) => {
  if (above === undefined) return [];
  const clause = above.title;
  if (at < above.adoptedOn) return [{ code: 'FRAMEWORK_NOT_ADOPTED', clause, values: { on: above.adoptedOn } }];
  const found: Found<'FRAMEWORK_EXPIRED' | 'FRAMEWORK_NOT_SIGNED' | 'FRAMEWORK_LEFT'>[] = [];
  if (above.validTo !== undefined && at > above.validTo) found.push({ code: 'FRAMEWORK_EXPIRED', clause, values: { on: above.validTo } });
  // A charter that keeps no list of its signatories binds through the agreement alone.
  if (above.signatories.length === 0) return found;
  const signature = signatureAt(above.signatories, sender.ods, at);
  if (signature === undefined) return [...found, { code: 'FRAMEWORK_NOT_SIGNED', clause }];
  const left = withdrawnBy(signature, at);
  return left === undefined ? found : [...found, { code: 'FRAMEWORK_LEFT', clause, values: { on: left } }];
});

/** Flow, route, agreement and framework. */
export const flowRules: readonly AdmissionRule[] = [live, route, setting, asymmetry, term, agreement, framework];

import { type AdmissionRule, rule } from './admission-rule.ts';
import { admissionTable as table } from './admission-table.ts';
import { basisRules } from './basis-rules.ts';
import { flowRules } from './flow-rules.ts';
import { organisationRules, partyRules } from './party-rules.ts';

const impact = rule(table.impact, ({ agreement: { dpia } }, at) => {
  if (dpia === undefined || dpia.on > at) return [{ code: 'DPIA_MISSING' }];
  return dpia.reviewBy !== undefined && dpia.reviewBy < at
    ? [{ code: 'DPIA_REVIEW_OVERDUE', clause: `UK GDPR art. 35(11); ${dpia.reference}`, values: { on: dpia.reviewBy } }]
    : [];
});

const told = rule(table.told, ({ agreement }, at) =>
  agreement.fairProcessing.some((notice) => notice.on <= at && (notice.until === undefined || at <= notice.until))
    ? []
    : [{ code: 'FAIR_PROCESSING_MISSING' }],
);

const fields = rule(table.fields, ({ agreement, flow }) =>
  agreement.dataIn.some((data) => data.feed === flow.feed && data.items.length > 0) ? [] : [{ code: 'FIELDS_NOT_LISTED' }],
);

const retention = rule(table.retention, ({ agreement }) => (agreement.retention === undefined ? [{ code: 'RETENTION_MISSING' }] : []));

const conditions = rule(table.conditions, ({ agreement }, at) =>
  agreement.conditions.flatMap(({ dueOn, doneOn, source, number }) =>
    dueOn !== undefined && dueOn < at && (doneOn === undefined || doneOn > at)
      ? [{ code: 'CONDITION_OVERDUE', clause: `${source} condition ${number}`, values: { on: dueOn } }]
      : [],
  ),
);

/** Every rule of the gate but the first (the flow is known), in the order of the table. */
export const admissionRules: readonly AdmissionRule[] = [
  ...flowRules,
  ...basisRules,
  ...partyRules,
  impact,
  told,
  fields,
  retention,
  ...organisationRules,
  conditions,
];

import { z } from 'zod';

/** Where an answer comes from. Observation never overwrites a human's answer (design: returns). */
export const provenances = ['observed', 'declared', 'carried forward'] as const;
export type Provenance = (typeof provenances)[number];

export const answerSchema = z.union([z.string().max(32_767), z.number(), z.null()]);
export type Answer = z.infer<typeof answerSchema>;

const periodSchema = z.strictObject({ from: z.iso.date(), to: z.iso.date() });
export type Period = z.infer<typeof periodSchema>;

/** A count as it may leave: `*` for 1 to 7, else the nearest 5 (HES small-numbers rule). */
const releasedCount = z.union([z.literal('*'), z.int().nonnegative()]);
export type ReleasedCount = z.infer<typeof releasedCount>;

const flowEvidenceSchema = z.strictObject({
  id: z.string(),
  route: z.string(),
  from: z.string(),
  to: z.string(),
  liveInPeriod: z.boolean(),
  seen: z.boolean().describe('A delivery of this flow landed in the period'),
  agreement: z.string(),
  clause: z.string().describe('The provision the agreement relies on'),
  refusals: z
    .array(z.string())
    .describe(
      'Why the gate would refuse the flow on the last day of the period or the day of the return, whichever is first; empty = admitted',
    ),
  missingForOpenApi: z.array(z.string()).describe('What the route lacks of RULE-API-1; empty = Open API'),
});
export type FlowEvidence = z.infer<typeof flowEvidenceSchema>;

const deliveryEvidenceSchema = z.strictObject({
  flow: z.string(),
  deliveries: z.int().nonnegative().describe('Number of landed deliveries; counts of files are not counts of people'),
  ids: z.array(z.string()).describe('Delivery ids, latest first, at most twenty'),
  received: releasedCount,
  numberExpected: releasedCount,
  numberUsable: releasedCount,
  numberVerified: releasedCount,
  keptBack: z
    .array(z.string())
    .optional()
    .describe('Counts that are a star although they are larger, because subtracting them from others would give a small one away'),
});
export type DeliveryEvidence = z.infer<typeof deliveryEvidenceSchema>;

export const evidenceFlags = [
  'NO_DATA_IN_PERIOD',
  'TOO_FEW_RECORDS',
  'NUMBER_STATUS_NOT_CARRIED',
  'NO_FLOW_IN_REGISTER',
  'NO_ENDPOINT_IN_REGISTER',
  'ENDPOINT_NOT_ANSWERING',
] as const;
export type EvidenceFlag = (typeof evidenceFlags)[number];

export const evidenceSchema = z.strictObject({
  query: z.strictObject({ id: z.string(), description: z.string() }),
  period: periodSchema,
  /** What the gateway saw, whether or not it became the answer; null = it saw nothing that answers this. */
  observed: answerSchema,
  reason: z.string(),
  flags: z.array(z.enum(evidenceFlags)),
  flows: z.array(flowEvidenceSchema),
  deliveries: z.array(deliveryEvidenceSchema),
  shares: z.record(z.string(), z.union([z.literal('*'), z.number(), z.null()])).describe('Percentages worked out from released counts'),
  counted: z
    .record(z.string(), releasedCount)
    .optional()
    .describe('Counts of people or of what happened to them that the shares rest on, by what they count; absent where they are kept back'),
  thresholds: z.array(z.strictObject({ id: z.string(), value: z.number().nullable(), reason: z.string() })),
  registerVersion: z.int().nonnegative().nullable(),
  audit: z.strictObject({ treeSize: z.int().nonnegative(), rootHash: z.string() }).nullable(),
  source: z.string().nullable().describe('Where a declared or carried-forward answer was written down'),
});
export type Evidence = z.infer<typeof evidenceSchema>;

const answeredSchema = z.strictObject({
  id: z.string(),
  text: z.string(),
  answer: answerSchema,
  provenance: z.enum(provenances).nullable(),
  evidence: evidenceSchema.nullable(),
  filledBy: z.string().nullable(),
  reviewedBy: z.string().nullable(),
});
export type AnsweredQuestion = z.infer<typeof answeredSchema>;

export const severities = ['error', 'warning', 'information'] as const;
export type Severity = (typeof severities)[number];

const findingSchema = z.strictObject({
  rule: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  questions: z.array(z.string()),
  message: z.string(),
  remedy: z.string(),
  severity: z.enum(severities),
});
export type Finding = z.infer<typeof findingSchema>;

const calculatedSchema = z.strictObject({
  id: z.string(),
  text: z.string(),
  value: z.union([z.number(), z.string(), z.null()]),
  shown: z.string().describe('The value as the sheet prints it; empty when nobody knows it'),
  source: z.string(),
});
export type CalculatedCell = z.infer<typeof calculatedSchema>;

/** What another paper says about a question of the return, in the answer's own terms: board papers are read beside it. */
export const statementSchema = z.strictObject({
  question: z.string(),
  says: answerSchema.describe('The answer that the statement amounts to, as the question would take it'),
  words: z.string().max(1000).describe('The statement as it was published'),
  source: z.string().describe('Where it was published'),
  on: z.iso.date().optional(),
});

/** A return: a template filled for one place and one period (published: interfaces, Return JSON). */
export const returnSchema = z.strictObject({
  template: z.string(),
  title: z.string(),
  place: z.string(),
  placeName: z.string(),
  period: periodSchema,
  templatePeriod: periodSchema,
  /** True when the period is not the template's own: practice, never to be submitted. */
  rehearsal: z.boolean(),
  note: z.string().nullable(),
  state: z.enum(['draft', 'reviewed', 'signed-off', 'submitted']),
  /** Data version of the place's return, from its sign-off on; a later one says which it replaces. */
  version: z.int().positive().optional(),
  amends: z.int().positive().optional(),
  builtOn: z.iso.date(),
  sheets: z.array(
    z.strictObject({ name: z.string(), questions: z.array(answeredSchema), calculated: z.array(calculatedSchema).default([]) }),
  ),
  counts: z.record(z.string(), z.strictObject({ answered: z.int().nonnegative(), total: z.int().nonnegative() })),
  /** Answers of earlier quarters, by template, as far as they were given: shown beside this quarter's and used by the checks. */
  previous: z.record(z.string(), z.record(z.string(), answerSchema)).default({}),
  /** Statements published elsewhere about the same quarter, which the checks hold against the answers. */
  elsewhere: z.array(statementSchema).default([]),
  findings: z.array(findingSchema),
});
export type Return = z.infer<typeof returnSchema>;

/** Every value of a return by cell: the answers, and the pre-populated cells. */
export const valuesOf = (document: Return): ReadonlyMap<string, Answer> =>
  new Map(
    document.sheets.flatMap(({ questions, calculated }) => [
      ...questions.map(({ id, answer }) => [id, answer] as const),
      ...calculated.map(({ id, value }) => [id, value] as const),
    ]),
  );

export const answersOf = (document: Return): ReadonlyMap<string, AnsweredQuestion> =>
  new Map(document.sheets.flatMap((sheet) => sheet.questions.map((q) => [q.id, q] as const)));

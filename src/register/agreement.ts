import { z } from 'zod';
import { agreementStates, basisStates, date, id, odsCode, stepOf, text } from './history.ts';
import { dataForms, evidenceKinds, legalBases, purposes } from './terms.ts';

/** The umbrella an agreement hangs from: protocol or charter → agreement → flow (Southend protocol, April 2013). */
export const frameworkSchema = z.strictObject({
  id,
  kind: z.enum(['protocol', 'charter', 'framework']),
  title: text,
  adoptedOn: date,
  validTo: date.optional(),
  evidence: text,
  signatories: z
    .array(
      z.strictObject({ organisation: odsCode, signedOn: date, signedBy: text, withdrawnOn: date.optional(), evidence: text.optional() }),
    )
    .default([])
    .describe('Where a charter lists who signed it, only they send under it (Dorset Information Sharing Charter: eight partners)'),
});

const period = { from: date, to: date.optional() };

const legalBasis = z.strictObject({
  kind: z.enum(legalBases),
  reference: text.optional().describe('e.g. the CAG reference of a section 251 approval'),
  clause: text.describe('The provision relied on, as a refusal will cite it'),
  article6: text.optional(),
  article9: text.optional(),
  validFrom: date.optional(),
  validTo: date.optional().describe('Last day in force; section 251 support is always for a fixed term'),
  consent: z
    .strictObject({
      wordingVersion: text.describe('Version of the words people were asked in'),
      wording: text.describe('The words, or where they are kept'),
      obtained: text.describe('When and how it is asked for and recorded'),
      purposes: z.array(z.enum(purposes)).min(1),
      namedProcessors: z
        .array(odsCode)
        .describe('Processors the wording names; whether it named one was doubted in 2014 (Southend, Action 3)'),
    })
    .optional(),
  history: z.array(stepOf(basisStates)).default([]),
});

/** Identifiers and fields that may come in for one data set. Anything not named here is dropped and reported. */
const dataIn = z.strictObject({
  feed: id,
  items: z
    .array(
      z.strictObject({
        fields: z.array(z.string().min(1).max(200)).min(1),
        identifying: z.boolean().default(false),
        origin: z.enum(['national', 'local']).default('national'),
        justification: text,
      }),
    )
    .default([]),
  linkByLocalId: z.boolean().default(false),
  acceptedNumberStatus: z
    .array(z.string().max(2))
    .default(['01'])
    .describe("NHS NUMBER STATUS INDICATOR CODEs that may be linked; '' where the data set carries none"),
});

export const identifiersOut = ['age-band', 'postcode-stem', 'lower-layer-area', 'ward', 'pseudonym', 'nhs-number'] as const;

const dataOut = z.strictObject({
  form: z.enum(dataForms),
  to: text,
  identifiers: z.array(z.enum(identifiersOut)).default([]),
  condition: text,
});

const condition = z.strictObject({
  number: z.int().positive(),
  text,
  source: text,
  task: z.enum(['annual-report', 'breach-report', 'change-notice', 'processor-audit', 'training', 'review', 'none']).default('none'),
  within: text.optional().describe('e.g. 10 working days, 12 months'),
  dueOn: date.optional(),
  doneOn: date.optional(),
  evidence: text.optional(),
});

export const agreementSchema = z.strictObject({
  id,
  title: text,
  framework: id.optional(),
  note: text.optional(),
  clauses: z
    .partialRecord(z.enum(['term', 'signatures', 'controllers', 'processors', 'fields', 'flows', 'retention', 'fairProcessing']), text)
    .default({})
    .describe('Where the signed document says it, for citation'),
  purposes: z.array(z.enum(purposes)).min(1),
  form: z.enum(dataForms).describe('Form in which data leave the sender, unless the flow says otherwise'),
  legalBasis,
  validFrom: date,
  validTo: date,
  history: z.array(stepOf(agreementStates)).default([]),
  controllers: z.array(z.strictObject({ organisation: odsCode, capacity: z.enum(['sole', 'joint', 'in-common']), ...period })).default([]),
  processors: z
    .array(
      z.strictObject({
        organisation: odsCode,
        contract: text,
        liabilities: text.optional().describe('What a breach costs: licences without penalties were one of the failures of 2014'),
        auditRights: text.optional().describe('How the controller audits (UK GDPR art. 28(3)(h), CAG standard condition 7)'),
        ...period,
      }),
    )
    .default([]),
  signatories: z
    .array(
      z.strictObject({ organisation: odsCode, signedOn: date, signedBy: text, withdrawnOn: date.optional(), evidence: text.optional() }),
    )
    .default([])
    .describe('Each GP practice joins by its own signature and may leave by it'),
  dataIn: z.array(dataIn).default([]),
  dataOut: z.array(dataOut).default([]),
  sourceSystemAccess: text
    .optional()
    .describe('Clause and safeguards by which holders who also see a source system may be given its rows; without it they are refused'),
  sensitiveCodes: z
    .discriminatedUnion('exclude', [
      z.strictObject({ exclude: z.literal(true) }),
      z.strictObject({ exclude: z.literal(false), approval: text }),
    ])
    .default({ exclude: true }),
  objectionsSetAside: z
    .array(
      z.strictObject({
        document: z.enum(evidenceKinds),
        reference: text.describe('The letter, minutes, direction or notice, and where in it'),
        seenOn: date,
        seenBy: text,
      }),
    )
    .min(1)
    .optional()
    .describe('Documents that say an objection does not apply here, as whoever discloses has seen them; without one it applies'),
  minimumAge: z.int().min(0).max(120).default(0),
  retention: z.strictObject({ months: z.int().positive().max(1200), destruction: text }).optional(),
  conditions: z.array(condition).default([]),
  fairProcessing: z
    .array(
      z.strictObject({
        channel: text,
        evidence: text,
        on: date,
        until: date.optional().describe('Last day the notice stood; a poster that was taken down tells nobody anything'),
        by: odsCode.optional().describe('Organisation that gave the notice; every participant gives its own'),
      }),
    )
    .default([]),
  dpia: z.strictObject({ reference: text, on: date, reviewBy: date.optional() }).optional(),
});

export type Framework = z.infer<typeof frameworkSchema>;
export type Agreement = z.infer<typeof agreementSchema>;

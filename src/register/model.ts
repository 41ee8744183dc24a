import { z } from 'zod';
import { agreementSchema, frameworkSchema } from './agreement.ts';
import { date, flowStates, id, odsCode, stepOf, text } from './history.ts';
import { organisationSchema, serviceSchema, systemSchema } from './organisation.ts';
import { personSchema, seatSchema } from './people.ts';
import { dataForms, purposes } from './terms.ts';

/** A Health and Wellbeing Board area. Several places share one installation; nothing of one changes another. */
export const placeSchema = z.strictObject({
  id,
  name: text,
  geography: z
    .string()
    .regex(/^E\d{8}$/, 'must be a nine-character geography code of England')
    .describe('ONS code of the area'),
  note: text.optional(),
  assurance: z
    .enum(['refuse', 'warn'])
    .default('refuse')
    .describe('What a stale or failed DSPT does to a flow: refuse it, or only warn in `register check`'),
  acceptTestNumbers: z.boolean().default(false).describe('Only an example or test place takes 999… NHS numbers'),
});

export const routes = ['open-api', 'interim', 'none'] as const;
export type Route = (typeof routes)[number];

export const flowSchema = z.strictObject({
  id,
  title: text,
  agreement: id,
  feed: id,
  from: id.describe('Service that sends'),
  through: z.array(odsCode).default([]).describe('Organisations that handle the data on the way'),
  to: id.describe('Service that receives; the linked data set, or another care setting'),
  form: z.enum(dataForms).optional(),
  route: z.enum(routes),
  endpoint: id.optional(),
  cadence: z.enum(['on-request', 'real-time', 'daily', 'weekly', 'monthly', 'quarterly', 'once']),
  plannedGoLive: date.optional(),
  history: z.array(stepOf(flowStates)).default([]),
  note: text.optional(),
});

/** A licence to analyse: whom, for what, until when, and the key that makes its pseudonyms its own. */
export const projectSchema = z.strictObject({
  id,
  title: text,
  organisation: odsCode,
  agreements: z.array(id).min(1),
  licence: z.enum(['ordinary', 'super-user']),
  seats: z.int().positive(),
  purposes: z.array(z.enum(purposes)).min(1),
  recipientKeyId: id,
  validFrom: date,
  validTo: date,
  contract: text.describe('The licence with its liabilities and penalties (ICO anonymisation code)'),
  sourceSystems: z.array(id).default([]).describe('Source systems its holders can also see: that is how pseudonyms get broken'),
});

const publicKey = z
  .looseObject({ kty: z.enum(['EC', 'RSA']), kid: text, use: z.literal('sig').optional(), alg: z.enum(['ES384', 'RS384']).optional() })
  .refine(
    (key) => !['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((member) => member in key),
    'must be a public key: it holds a private member',
  );

/** A machine that sends (SMART Backend Services: private_key_jwt). */
export const clientSchema = z.strictObject({
  clientId: id,
  organisation: odsCode,
  jwks: z.strictObject({ keys: z.array(publicKey).min(1) }),
  flows: z.array(id).default([]),
  projects: z.array(id).default([]).describe('Licences it reads under; a client without any reads nothing of persons'),
  scopes: z.array(z.string().regex(/^system\/[A-Za-z*]+\.(?:[cruds]+|read|write|\*)$/)).default([]),
  validFrom: date,
  validTo: date,
});

/** One file of a place: any part of the document. */
export const registerFileSchema = z.strictObject({
  $schema: z.string().optional(),
  place: placeSchema.optional(),
  organisations: z.array(organisationSchema).default([]),
  services: z.array(serviceSchema).default([]),
  systems: z.array(systemSchema).default([]),
  frameworks: z.array(frameworkSchema).default([]),
  agreements: z.array(agreementSchema).default([]),
  flows: z.array(flowSchema).default([]),
  projects: z.array(projectSchema).default([]),
  clients: z.array(clientSchema).default([]),
  people: z.array(personSchema).default([]),
  seats: z.array(seatSchema).default([]),
});

/** Everything the register says of one place. */
export const placeDocumentSchema = registerFileSchema.omit({ $schema: true }).extend({ place: placeSchema });

export type Place = z.infer<typeof placeSchema>;
export type Flow = z.infer<typeof flowSchema>;
export type Project = z.infer<typeof projectSchema>;
export type Client = z.infer<typeof clientSchema>;
export type PlaceDocument = z.infer<typeof placeDocumentSchema>;

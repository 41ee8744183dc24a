import { z } from 'zod';
import { settings } from '../shared/settings.ts';
import { date, id, odsCode, text } from './history.ts';

export const organisationRoles = [
  'gp-practice',
  'primary-care-network',
  'nhs-trust',
  'local-authority',
  'commissioner',
  'commissioning-support',
  'nhs-body',
  'ambulance-service',
  'independent-provider',
  'voluntary-sector',
  'data-processor',
] as const;

export const assuranceStatuses = ['standards-exceeded', 'standards-met', 'approaching-standards', 'standards-not-met'] as const;

/** A yearly self-assessment: the IG Toolkit until March 2018, the Data Security and Protection Toolkit since. */
const assurance = z.strictObject({
  standard: z.enum(['ig-toolkit', 'dspt']),
  version: text.describe('Year of the standard, e.g. 2025-26'),
  status: z.enum(assuranceStatuses),
  publishedOn: date,
  validTo: date.describe('Last day before the next assessment is overdue'),
});

export const organisationSchema = z.strictObject({
  ods: odsCode,
  name: text,
  roles: z.array(z.enum(organisationRoles)).min(1),
  openedOn: date.optional(),
  closedOn: date.optional().describe('First day the organisation no longer exists'),
  succeededBy: z.array(z.strictObject({ organisation: odsCode, on: date, evidence: text })).default([]),
  icoRegistration: z.strictObject({ number: text, validTo: date }).optional(),
  assurance: z.array(assurance).default([]),
});

/** What an organisation does in one care setting; `linked-data-set` is the controlled environment itself. */
export const serviceSchema = z.strictObject({
  id,
  name: text,
  organisation: odsCode,
  setting: z.enum([...settings, 'linked-data-set']),
  system: id.optional(),
});

export const interactions = ['request-response', 'message', 'file', 'view'] as const;

/** The recorded facts that decide whether a route is an Open API (RULE-API-1); a tick is not a fact. */
export const endpointSchema = z.strictObject({
  id,
  title: text,
  standard: z.enum([
    'fhir-r4',
    'fhir-stu3',
    'gp-connect',
    'itk',
    'itk3',
    'hl7v2',
    'mesh',
    'sftp',
    'https-upload',
    'portal',
    'proprietary-api',
    'email',
    'paper',
  ]),
  interaction: z.enum(interactions),
  publishedSpecification: z.url().optional(),
  capabilityStatement: z.url().optional(),
  thirdPartyAccess: z
    .strictObject({ publishedTerms: z.url().optional(), withoutBespokeWork: z.boolean() })
    .default({ withoutBespokeWork: false }),
  liveFrom: date.optional(),
  liveTo: date.optional(),
});

export const systemSchema = z.strictObject({
  id,
  name: text,
  supplier: text,
  nhsNumberIsSearchable: z.boolean().default(false).describe('Staff can retrieve a record by NHS number'),
  endpoints: z.array(endpointSchema).default([]),
});

export type Organisation = z.infer<typeof organisationSchema>;
export type Service = z.infer<typeof serviceSchema>;
export type System = z.infer<typeof systemSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;

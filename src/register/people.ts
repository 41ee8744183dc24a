import { z } from 'zod';
import { date, id, odsCode, text } from './history.ts';
import { purposes } from './terms.ts';

/**
 * What a person may be here. `ordinary` and `super-user` are the two licences of the Southend plan (view and change nothing;
 * all tools); the others are the offices that decide, author, look after or treat.
 */
export const personRoles = [
  'ordinary',
  'super-user',
  'aggregate-only',
  'professional',
  'ig-lead',
  'returns-author',
  'auditor',
  'operator',
] as const;
export type PersonRole = (typeof personRoles)[number];

/** Roles that look at data of persons under a licensed project, and so take one of its seats. */
export const licensedRoles: readonly PersonRole[] = ['ordinary', 'super-user'];

/** Regulators of health and social care professionals in England. */
const regulators = ['gmc', 'nmc', 'hcpc', 'gphc', 'gdc', 'goc', 'swe'] as const;

/** A named user: an opaque staff id and never a name, so that the audit log can say who without saying more. */
export const personSchema = z.strictObject({
  id: id.regex(/[a-z]/, 'must hold a letter: a number alone could be an NHS number').describe('Opaque staff id, one per place'),
  organisation: odsCode,
  post: text.describe('Post held, e.g. Head of information governance'),
  subject: text.optional().describe("`sub` at the organisation's OpenID provider; without one the person cannot sign in over HTTP"),
  trainedOn: date.optional().describe('Last data security awareness training; it counts for twelve months (standard condition 5)'),
  confidentialitySignedOn: date.optional().describe('Contractual obligation of confidentiality (standard condition 4)'),
  sourceSystems: z
    .array(id)
    .describe('Source systems the person can see: declared, also when there are none, because that is how pseudonyms get broken'),
  registration: z.strictObject({ regulator: z.enum(regulators), number: text, validTo: date }).optional(),
});

/** One role of one person, for a time. Taking it away is a change of the register, effective on the next request. */
export const seatSchema = z.strictObject({
  id,
  person: id,
  role: z.enum(personRoles),
  project: id.optional().describe('Licence the seat belongs to; it counts against the seats of that licence'),
  purposes: z.array(z.enum(purposes)).default([]),
  validFrom: date,
  validTo: date,
});

export type Person = z.infer<typeof personSchema>;
export type Seat = z.infer<typeof seatSchema>;

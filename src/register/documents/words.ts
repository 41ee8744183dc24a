import type { LocalDate } from '../../shared/clock.ts';
import type { DataForm, EvidenceKind, LegalBasisKind, Purpose } from '../terms.ts';

/** The purposes of the register in the words of a notice to the public. */
export const purposeWords: Readonly<Record<Purpose, string>> = {
  'direct-care': 'giving you care',
  'risk-stratification-commissioning': 'planning services for groups of people at risk of falling ill',
  'risk-stratification-case-finding': 'helping your own GP practice to find patients who may need support',
  commissioning: 'planning and paying for services',
  'service-evaluation': 'finding out how well services work',
  'emergency-planning': 'preparing for emergencies',
  'public-health': 'protecting and improving public health',
  payment: 'checking payments for care',
  returns: 'national reports made of counts',
};

export const basisWords: Readonly<Record<LegalBasisKind, string>> = {
  'section-251': 'support under section 251 of the NHS Act 2006, which has an end date',
  consent: 'consent of the people concerned',
  'direct-care': 'direct care',
  statutory: 'a duty in law',
  'public-interest': 'public interest',
  contract: 'a contract',
  anonymised: 'data that no longer say who anybody is',
};

/** Documents that set an objection aside, as a notice to the public says what they do. */
export const setAsideWords: Readonly<Record<EvidenceKind, string>> = {
  'ndop-set-aside': 'the national data opt-out does not apply',
  'type-1-set-aside': 'a type 1 opt-out at a GP practice does not apply',
};

/** Forms of data as the Southend plan classes them: personal confidential, de-identified for limited access, anonymous. */
export const formWords: Readonly<Record<DataForm, string>> = {
  identifiable: 'Identifiable (personal confidential data)',
  'pseudonymised-limited-access': 'Pseudonymised, for limited access',
  anonymised: 'Anonymised',
  aggregate: 'Aggregate: counts only',
};

/** An id as words: `social-care` becomes "social care", `nhs-111` "NHS 111". */
export const inWords = (id: string): string => id.replaceAll('-', ' ').replaceAll(/\b(?:nhs|gp)\b/g, (name) => name.toUpperCase());

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const months = 'January February March April May June July August September October November December'.split(' ');

/** 2026-11-21 as people write it: 21 November 2026. */
export function longDate(date: LocalDate): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${Number(day)} ${months[Number(month) - 1] ?? ''} ${year}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

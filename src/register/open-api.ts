import type { LocalDate } from '../shared/clock.ts';
import type { Route } from './model.ts';
import type { Endpoint } from './organisation.ts';

/** RULE-API-1 needs all four; the answer lists which are missing, because a return must be able to explain its cell. */
export interface RouteFinding {
  readonly route: Route;
  readonly missing: readonly string[];
}

const requestResponse: ReadonlySet<Endpoint['standard']> = new Set(['fhir-r4', 'fhir-stu3', 'gp-connect', 'itk', 'itk3']);
/** Paper and plain e-mail are no digital sharing (BCF Additional Measures guidance). */
const notDigital: ReadonlySet<Endpoint['standard']> = new Set(['email', 'paper']);

/**
 * Classifies an endpoint for a period (both ends inclusive) from its recorded facts: NHS England Open API Architecture
 * Policy (May 2014) C.1 to C.6, as RULE-API-1. Never an opinion: a fact that is not recorded is a fact that is missing.
 */
export function classifyEndpoint(endpoint: Endpoint | undefined, from: LocalDate, to: LocalDate): RouteFinding {
  if (endpoint === undefined) return { route: 'none', missing: ['endpoint'] };
  const live = endpoint.liveFrom !== undefined && endpoint.liveFrom <= to && (endpoint.liveTo === undefined || endpoint.liveTo >= from);
  if (!live || notDigital.has(endpoint.standard)) return { route: 'none', missing: live ? ['digital route'] : ['live in the period'] };
  const missing: string[] = [];
  if (endpoint.publishedSpecification === undefined) missing.push('published specification');
  if (!requestResponse.has(endpoint.standard) || endpoint.interaction !== 'request-response')
    missing.push('standards-based request and response');
  const { publishedTerms, withoutBespokeWork } = endpoint.thirdPartyAccess;
  if (publishedTerms === undefined || !withoutBespokeWork) missing.push('third-party access on published terms');
  return { route: missing.length === 0 ? 'open-api' : 'interim', missing };
}

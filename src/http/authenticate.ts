import type { Request } from 'express';
import { decodeJwt } from 'jose';
import type { Actor } from '../access/decide.ts';
import { type Purpose, purposes } from '../register/terms.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Access, MachineRule, PeopleRule } from './access-matrix.ts';
import { commonScopes, holdsScope } from './scope.ts';
import type { HttpServices } from './services.ts';
import { type TokenIssuer, verifyAccessToken } from './tokens/access-token.ts';

/** A machine that has shown a valid token, with what it may do NOW: what the token says and the register still says. */
export interface Caller {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly flows: ReadonlySet<string>;
  readonly projects: ReadonlySet<string>;
}

export const tokenIssuer = (services: HttpServices): TokenIssuer => ({
  key: services.signingKey,
  clock: services.clock,
  baseUrl: services.settings.publicBaseUrl,
});

/**
 * Who is calling. The token is only an upper bound: the register is asked again, so that a client, scope or flow taken away
 * is gone on the next request and not five minutes later (OWASP ASVS 5.0, 8.3.2).
 */
export async function authenticate(token: string, services: HttpServices): Promise<Caller> {
  const claims = await verifyAccessToken(tokenIssuer(services), token);
  const client = await services.clients.find(claims.client_id);
  if (client === undefined || client.clientId !== claims.client_id) {
    throw new GatewayError('CLIENT_REVOKED', 'This client is no longer registered.', { status: 401 });
  }
  const stillOf = (inToken: readonly string[], inRegister: readonly string[]): ReadonlySet<string> =>
    new Set(inToken.filter((item) => inRegister.includes(item)));
  return {
    clientId: client.clientId,
    scopes: commonScopes(claims.scopes, client.scopes),
    flows: stillOf(claims.flows, client.flows),
    projects: stillOf(claims.projects, client.projects ?? []),
  };
}

/** @throws GatewayError 401 TOKEN_ABSENT. */
export function bearerToken(request: Request): string {
  // RFC 6750 §2.1; a token in the body or the query is not looked at.
  const match = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  throw new GatewayError('TOKEN_ABSENT', 'Send an access token as Authorization: Bearer. Machines get theirs from /oauth/token.', {
    status: 401,
  });
}

/**
 * Whether a token says it is a person's, before anything about it is believed: whoever it says issued it then verifies it,
 * with its own keys, so a token of one kind can never pass as the other.
 */
export function isOfPerson(token: string, services: HttpServices): boolean {
  if (services.people === undefined) return false;
  try {
    return decodeJwt(token).iss === services.people.issuer;
  } catch {
    return false;
  }
}

export type ClosedAccess = Exclude<Access, { readonly open: true }>;

/** The seat of a person who has shown a valid token, decided for this request and on record before anything happens. */
export async function authorisePerson(
  subject: string,
  rule: PeopleRule,
  asked: { readonly route: string; readonly named: Named },
  services: HttpServices,
): Promise<Actor> {
  const { place, project, purpose } = asked.named;
  const actor = await services.people?.actAs(subject, {
    roles: rule.roles,
    action: asked.route,
    // Not named is a place that is nobody's: what a row asks for and a request leaves out is refused.
    ...(rule.place === 'in-query' ? { place: typeof place === 'string' ? place : '' } : {}),
    ...(rule.project === undefined ? {} : { project: typeof project === 'string' ? project : '' }),
    ...(rule.purpose === undefined ? {} : purposeOf(purpose)),
  });
  if (actor === undefined) throw new GatewayError('NOT_PERMITTED', 'Not permitted.', { status: 403 });
  return actor;
}

function purposeOf(named: unknown): { readonly purpose: Purpose } {
  const purpose = purposes.find((known) => known === named);
  if (purpose === undefined) throw new GatewayError('NOT_PERMITTED', 'Not permitted.', { status: 403 });
  return { purpose };
}

/** What a route lets its caller touch, after the object rule was applied. */
export interface Named {
  readonly flow?: unknown;
  readonly project?: unknown;
  readonly place?: unknown;
  readonly purpose?: unknown;
  readonly deliveryId?: unknown;
}

/** Scope, then object. A delivery of somebody else's flow does not exist, so that its id cannot be confirmed by asking. */
export async function authorise(caller: Caller, access: MachineRule, named: Named, services: HttpServices): Promise<void> {
  if (!holdsScope(caller.scopes, access.scope)) {
    throw new GatewayError('SCOPE_MISSING', `This address needs the scope ${access.scope}.`, { status: 403 });
  }
  if (access.subject === 'project' && caller.projects.size === 0) {
    throw new GatewayError('NOT_A_PROJECT', 'Only the client of a project may read this.', { status: 403 });
  }
  switch (access.object) {
    case 'own-flows':
      return;
    case 'flow-in-query':
      if (typeof named.flow === 'string' && caller.flows.has(named.flow)) return;
      throw new GatewayError('FLOW_NOT_PERMITTED', 'This client may not use that flow. GET /api/flows lists the flows it may use.', {
        status: 403,
      });
    case 'project-in-query':
      if (typeof named.project === 'string' && caller.projects.has(named.project)) return;
      throw new GatewayError('PROJECT_NOT_PERMITTED', 'This client does not belong to that project.', { status: 403 });
    case 'flow-of-delivery': {
      const receipt = typeof named.deliveryId === 'string' ? await services.landing.find(named.deliveryId) : undefined;
      if (receipt !== undefined && caller.flows.has(receipt.flow)) return;
      throw new GatewayError('DELIVERY_UNKNOWN', 'There is no such delivery for this client.', { status: 404 });
    }
    default:
      // A rule that is not known grants nothing.
      throw new GatewayError('NOT_PERMITTED', 'Not permitted.', { status: 403 });
  }
}

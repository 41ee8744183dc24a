import type { PersonRole } from '../register/people.ts';

/**
 * What a token may be good for, in the grammar of SMART App Launch 2 (scope.ts). A client holds what the register gives it;
 * `system/*.c` there covers `system/Delivery.c` here. Whoever may deliver may read what became of it, so receipts and own
 * flows need no scope of their own.
 */
export const scopes = ['system/Delivery.c', 'system/Journey.r'] as const;
export type Scope = (typeof scopes)[number];

/** Which object a caller may name, beyond holding the scope (OWASP API1:2023, broken object level authorisation). */
export type ObjectRule =
  /** `?flow=` must be one of the client's permitted flows. */
  | 'flow-in-query'
  /** The delivery must belong to one of the client's permitted flows; else it does not exist for this caller. */
  | 'flow-of-delivery'
  /** The answer is limited to the client's permitted flows; nothing can be named. */
  | 'own-flows'
  /** `?project=` must be one of the client's projects. */
  | 'project-in-query';

/** What a machine needs: a scope, and an object of its own. */
export interface MachineRule {
  readonly subject: 'client' | 'project';
  readonly scope: Scope;
  readonly object: ObjectRule;
}

/** What a person needs: a seat with one of these roles, of the place named in the query, or of any place they belong to. */
export interface PeopleRule {
  readonly roles: readonly PersonRole[];
  readonly place: 'in-query' | 'own';
  /** `?project=` must be of the seat, too; with `purpose`, so must `?purpose=`. */
  readonly project?: 'in-query';
  readonly purpose?: 'in-query';
}

export type Access =
  | { readonly open: true; readonly because: string }
  | (MachineRule & { readonly open?: never; readonly people?: PeopleRule })
  | { readonly open?: never; readonly subject?: never; readonly people: PeopleRule };

export type RouteName = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

/** The register names organisations, bases and staff ids, and no person of whom data are held. */
const readsRegister: PeopleRule = { roles: ['ig-lead', 'auditor'], place: 'in-query' };
/** Two of them for every change: the second is held to another person by the change itself. */
const keepsRegister: PeopleRule = { roles: ['ig-lead'], place: 'in-query' };

/** Answers of organisations and counts after disclosure control; no row of one person. */
const readsReturns: PeopleRule = { roles: ['returns-author', 'ig-lead', 'auditor'], place: 'in-query' };
/**
 * Whoever was given people is told whom to remove again, whatever the purpose was, and needs no scope of its own for that; who
 * only looks changes nothing, so another says that it was done.
 */
const toldOfObjections = { subject: 'project', scope: 'system/Journey.r', object: 'project-in-query' } as const;
const readsNotices: PeopleRule = { roles: ['ordinary', 'super-user'], place: 'own', project: 'in-query' };

/** One answers, another reviews and signs: the second is held to another person by the return itself. */
const keepsReturns: PeopleRule = { roles: ['returns-author'], place: 'in-query' };

/**
 * One row per route. A route without a row cannot be registered and a row without a route fails the tests, so this table is
 * the whole of what a machine or a person can reach: a kind of caller that a row does not speak of is refused. It is code and not configuration: who may do what is reviewed like code.
 */
export const accessMatrix: Readonly<Record<RouteName, Access>> = {
  'GET /healthz': { open: true, because: 'says only that the process answers' },
  'GET /readyz': { open: true, because: 'a load balancer has no token; names of checks and yes or no, nothing else' },
  'GET /openapi.json': { open: true, because: 'the published interface' },
  'GET /': { open: true, because: 'leads to the page for the public and says nothing' },
  'GET /data-use': { open: true, because: 'fair processing is public' },
  'GET /fhir/metadata': { open: true, because: 'FHIR R4 capabilities interaction; holds nothing about people' },
  'GET /fhir/.well-known/smart-configuration': { open: true, because: 'SMART App Launch discovery' },
  'POST /oauth/token': { open: true, because: 'authenticates the client itself, by its signed assertion' },
  'POST /api/deliveries': { subject: 'client', scope: 'system/Delivery.c', object: 'flow-in-query' },
  'GET /api/deliveries/:id': { subject: 'client', scope: 'system/Delivery.c', object: 'flow-of-delivery' },
  'GET /api/deliveries/:id/problems': { subject: 'client', scope: 'system/Delivery.c', object: 'flow-of-delivery' },
  'POST /fhir': { subject: 'client', scope: 'system/Delivery.c', object: 'flow-in-query' },
  'POST /fhir/$import': { subject: 'client', scope: 'system/Delivery.c', object: 'flow-in-query' },
  'GET /api/flows': { subject: 'client', scope: 'system/Delivery.c', object: 'own-flows' },
  'GET /api/journeys/:recipientPseudonym': {
    subject: 'project',
    scope: 'system/Journey.r',
    object: 'project-in-query',
    people: { roles: ['ordinary', 'super-user'], place: 'own', project: 'in-query', purpose: 'in-query' },
  },
  'POST /api/subject-access': { people: { roles: ['ig-lead'], place: 'in-query' } },
  'POST /api/objections': { people: { roles: ['ig-lead'], place: 'in-query' } },
  'POST /api/objections/explain': { people: { roles: ['ig-lead'], place: 'in-query' } },
  'GET /api/objections/report': { people: readsRegister },
  'GET /api/objections/notices': { ...toldOfObjections, people: readsNotices },
  'GET /api/objections/notices/:notice': { ...toldOfObjections, people: readsNotices },
  'POST /api/objections/notices/:notice/acknowledgement': { ...toldOfObjections, people: { ...readsNotices, roles: ['super-user'] } },
  'GET /api/register/check': { people: readsRegister },
  'GET /api/register/outlook': { people: readsRegister },
  'GET /api/register/as-of': { people: readsRegister },
  'GET /api/register/documents/:name': { people: readsRegister },
  'GET /api/register/changes': { people: readsRegister },
  'GET /api/register/changes/:change': { people: readsRegister },
  'POST /api/register/changes': { people: keepsRegister },
  'POST /api/register/changes/:change/approve': { people: keepsRegister },
  'POST /api/register/changes/:change/notify': { people: keepsRegister },
  'POST /api/register/changes/:change/withdraw': { people: keepsRegister },
  'GET /api/ndop/status': { people: { roles: ['ig-lead', 'auditor'], place: 'in-query' } },
  'GET /api/obligations': { people: readsRegister },
  'POST /api/obligations/:task/evidence': { people: keepsRegister },
  'POST /api/obligations/:task/judgement': { people: keepsRegister },
  'GET /api/breaches': { people: readsRegister },
  'POST /api/breaches': { people: keepsRegister },
  'POST /api/breaches/:breach/actions': { people: keepsRegister },
  'POST /api/breaches/:breach/closure': { people: keepsRegister },
  'GET /api/returns': { people: readsReturns },
  'GET /api/returns/notices': { people: readsReturns },
  'POST /api/returns/notices/:notice/read': { people: keepsReturns },
  'GET /api/returns/:template': { people: readsReturns },
  'GET /api/returns/:template/history': { people: readsReturns },
  'GET /api/returns/:template/difference': { people: readsReturns },
  'GET /api/returns/:template/proposals': { people: readsReturns },
  'GET /api/returns/:template/files/:form': { people: readsReturns },
  'POST /api/returns/:template/build': { people: keepsReturns },
  'POST /api/returns/:template/declarations': { people: keepsReturns },
  'POST /api/returns/:template/proposals': { people: keepsReturns },
  'POST /api/returns/:template/proposals/decision': { people: keepsReturns },
  'POST /api/returns/:template/owners': { people: keepsReturns },
  'POST /api/returns/:template/reviews': { people: keepsReturns },
  'POST /api/returns/:template/acknowledgements': { people: keepsReturns },
  'POST /api/returns/:template/sign-off': { people: keepsReturns },
  'POST /api/returns/:template/submission': { people: keepsReturns },
  'POST /api/returns/:template/amendments': { people: keepsReturns },
  'GET /api/destructions': { people: { roles: ['ig-lead', 'auditor'], place: 'in-query' } },
  'GET /api/audit/checkpoint': { people: { roles: ['auditor'], place: 'in-query' } },
  'GET /api/audit/key': { people: { roles: ['auditor'], place: 'in-query' } },
  'GET /api/audit/proof': { people: { roles: ['auditor'], place: 'in-query' } },
};

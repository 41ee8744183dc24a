import type { JWK } from 'jose';
import type { Logger } from 'pino';
import type { AccessRequest, Actor } from '../access/decide.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Issue } from '../feeds/record.ts';
import type { Receipt } from '../landing/receipt.ts';
import type { ObligationDesk } from '../obligations/desk.ts';
import type { DocumentName, RegisterDocument } from '../register/documents/produce.ts';
import type { PublicAgreement } from '../register/documents/public.ts';
import type { Refusal } from '../register/terms.ts';
import type { ReturnsDesk } from '../returns/lifecycle/desk.ts';
import type { Clock, LocalDate } from '../shared/clock.ts';
import type { CountJobs } from './metrics.ts';
import type { Period } from './period.ts';
import type { HttpSettings } from './settings.ts';
import type { SigningKey } from './tokens/signing-key.ts';

/** Everything the HTTP side calls, passed in: it constructs nothing and knows no database. */
export interface HttpServices {
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signingKey: SigningKey;
  readonly clients: ClientRegistry;
  readonly assertions: AssertionLedger;
  readonly landing: LandingService;
  readonly journeys: JourneyService;
  readonly flows: FlowDirectory;
  readonly dataUse: DataUseRegister;
  readonly readiness: Readiness;
  /** Undefined where no sign-in is configured: then no person can use the API at all. */
  readonly people?: PeopleService;
  readonly subjectAccess?: SubjectAccessService;
  /** Absent where nobody keeps objections over HTTP. */
  readonly objections?: ObjectionService;
  /** Absent where nobody keeps the register over HTTP. */
  readonly register?: RegisterDesk;
  /** Documents made of the register; absent where nobody keeps the register over HTTP. */
  readonly documents?: (asked: DocumentAsked) => Promise<RegisterDocument>;
  /** Absent where nobody keeps returns over HTTP. */
  readonly returns?: ReturnsDesk;
  /** Absent where nobody keeps obligations over HTTP. */
  readonly obligations?: ObligationDesk;
  /** Absent where no log is kept. */
  readonly auditLog?: AuditLogService;
  /** Destructions of one place, with their certificates. */
  readonly destructions?: (place: string) => Promise<readonly object[]>;
  /** How the national opt-out exchange stands: counts, codes and times. */
  readonly nationalStatus?: () => Promise<object>;
  /** For /metrics; absent where no queue is kept. */
  readonly countJobs?: CountJobs;
}

export type AuditLogService = AuditLog;

/** What a person asks to do, without who they are. */
export type PersonAsks = Omit<AccessRequest, 'person'> & { readonly action: string };

export interface PeopleService {
  /** `iss` of their tokens. */
  readonly issuer: string;
  /** @returns the subject. @throws GatewayError 401 for every fault alike. */
  verify(token: string): Promise<string>;
  /** Decided anew each time and on record. @throws AccessRefusedError with all reasons. */
  actAs(subject: string, asked: PersonAsks): Promise<Actor>;
}

export interface SubjectAccessService {
  /** Everything held about one person, by the decision of this IG lead; the body is opaque here. */
  answer(request: { readonly person: string; readonly place: string; readonly bytes: AsyncIterable<Buffer> }): Promise<{
    readonly json: Buffer;
    readonly page: string;
  }>;
}

/** Objections of one person, for the IG lead who was let in; the bytes are opaque here. */
export interface ObjectionService {
  record(actor: Actor, bytes: AsyncIterable<Buffer>): Promise<object>;
  explain(actor: Actor, bytes: AsyncIterable<Buffer>): Promise<{ readonly json: object; readonly letter: string }>;
  /** Counts of a place, small numbers protected; this year so far where no day is given. */
  report(place: string, period: Period): Promise<object>;
  /** What a project is told about people it was given: how many, then its own pseudonyms of them. */
  notices(project: string): Promise<readonly object[]>;
  readNotice(notice: ProjectNotice): Promise<readonly string[]>;
  acknowledgeNotice(notice: ProjectNotice): Promise<void>;
}

export interface ProjectNotice {
  readonly notice: string;
  readonly project: string;
  readonly actor: string;
}

export interface DocumentAsked {
  readonly name: DocumentName;
  readonly place: string;
  readonly at?: LocalDate | undefined;
  readonly agreement?: string | undefined;
}

/** Who decides what about which change; the place is the one the person was let in for. */
export interface ChangeDecision {
  readonly place: string;
  readonly person: string;
  readonly change: number;
}

/** The register for people: what runs, what stops, what it said, and its changes by two people. Answers are ready to send. */
export interface RegisterDesk {
  check(place: string, at?: LocalDate): Promise<object>;
  outlook(place: string, days: number): Promise<object>;
  asOf(place: string, date: LocalDate, flow?: string): Promise<object>;
  changes(place: string, all: boolean): Promise<object>;
  change(place: string, change: number): Promise<object>;
  propose(proposal: {
    readonly place: string;
    readonly person: string;
    readonly body: unknown;
    readonly effectiveOn: LocalDate | undefined;
  }): Promise<object>;
  approve(decision: ChangeDecision): Promise<object>;
  notify(decision: ChangeDecision & { readonly body: unknown }): Promise<object>;
  withdraw(decision: ChangeDecision): Promise<object>;
}

/** A machine that may ask for tokens: a feed supplier (flows) or an analysis project (projects). */
export interface RegisteredClient {
  readonly clientId: string;
  readonly organisation: string;
  /** Public keys only, from the register; a `jku` in an assertion is never followed. */
  readonly keys: readonly JWK[];
  readonly flows: readonly string[];
  readonly scopes: readonly string[];
  readonly projects?: readonly string[];
}

export interface ClientRegistry {
  /** Undefined when the client is unknown or no longer permitted; asked on every request, so that revocation is immediate. */
  find(clientId: string): Promise<RegisteredClient | undefined>;
}

export interface AssertionLedger {
  /** True for exactly one caller per client and jti, whatever the concurrency; writes the audit leaf of the token with it. */
  claim(use: { clientId: string; jti: string; expiresAt: Date; scopes: readonly string[] }): Promise<boolean>;
}

export interface LandingService {
  deliver(input: { flowId: string; batchId?: string; bytes: AsyncIterable<Buffer>; actor: string; contentType?: string }): Promise<Receipt>;
  find(deliveryId: string): Promise<Receipt | undefined>;
  problems(deliveryId: string): AsyncIterable<Issue>;
}

export interface JourneyRequest {
  readonly recipientPseudonym: string;
  readonly project: string;
  readonly purpose: string;
  /** Days on which the events began, both ends within. */
  readonly period: Period;
  readonly actor: string;
  /** The person who reads, where it is one: what their organisation and their other systems let them see limits it further. */
  readonly holder?: { readonly person: string };
}

export interface JourneyService {
  /** Undefined when there is nobody this project may see under that pseudonym; the two are not told apart. */
  read(request: JourneyRequest): Promise<Readonly<Record<string, unknown>> | undefined>;
}

export interface FlowStatus {
  readonly flow: string;
  readonly feed: string;
  readonly agreement: string;
  readonly setting: string;
  readonly state: 'admitted' | 'refused';
  readonly refusals: readonly Refusal[];
}

export interface FlowDirectory {
  /** Only the flows asked for, each asked of the gate today; flows the register does not know are left out. */
  status(flowIds: readonly string[]): Promise<readonly FlowStatus[]>;
}

/** What the public page says about one agreement; no more than the fair-processing notice would. */
export type DataUseAgreement = PublicAgreement;

export interface DataUseRegister {
  agreements(): Promise<readonly DataUseAgreement[]>;
}

export interface ReadinessCheck {
  readonly name: 'database' | 'migrations' | 'black-box' | 'audit-sequencer';
  readonly ready: boolean;
}

export interface Readiness {
  check(): Promise<readonly ReadinessCheck[]>;
}

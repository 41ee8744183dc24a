import type { Pool } from 'pg';
import { actAs } from '../../access/act-as.ts';
import { type Transaction, transaction } from '../../database/query.ts';
import type { Clock } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import { listTemplates, loadTemplate } from '../load.ts';
import type { Answer, Return } from '../return.ts';
import type { ReturnTemplate } from '../template.ts';
import { amendReturn } from './amend.ts';
import {
  type Acknowledging,
  acknowledgeFinding,
  type Deciding,
  recordSubmission,
  reviewSheet,
  type SigningOff,
  type Submitting,
  signOff,
} from './decide.ts';
import { type DeclaredNow, declareAnswers } from './declarations.ts';
import { makeReturnFile, type ReturnFile, type ReturnFileForm } from './files.ts';
import { type ReturnKey, readHistory, type Step } from './history.ts';
import { listNotices, type ReturnNotice, readNotice } from './notices.ts';
import { nameOwner } from './owners.ts';
import { carryForward, decideProposals, listProposals, type Proposal, type ProposalDecision, proposeAnswers } from './proposals.ts';
import { countFirst, refreshReturn, templateWithEarlier } from './refresh.ts';
import { loadStanding } from './standing.ts';
import { describeStatus, type ReturnStatus } from './status.ts';
import { listVersions, readBuild, requireVersion, type Version } from './version.ts';
import { describeDifference } from './words.ts';

export interface ReturnsDeskParts {
  readonly gateway: Pool;
  readonly clock: Clock;
  readonly configDirectory: string;
}

export interface ListedTemplate {
  readonly template: string;
  readonly title: string;
  readonly quarter: string;
  readonly period: { readonly from: string; readonly to: string };
  readonly due: string | null;
  readonly versions: readonly Version[];
}

type ByPerson = { readonly by: string };
export type Declaration = ByPerson & {
  readonly answers: Readonly<Record<string, Answer>>;
  readonly source: string;
  readonly reason?: string | undefined;
  /** Asked with the return as it stands (undefined before its first build), while nobody else can answer: throws to refuse. */
  readonly against?: (stands: Return | undefined) => void;
};

export interface HeldReturn {
  readonly document: Return;
  readonly template: ReturnTemplate;
  /** Id of the build that is kept. */
  readonly returnId: string;
}

/** Two states of returns of a place; each the newest version unless its number is given. */
export interface Comparison {
  readonly before: { readonly template: string; readonly version?: number | undefined };
  readonly after: { readonly template: string; readonly version?: number | undefined };
}

/**
 * What people do with the returns of a place, from the command line and over HTTP alike. Whoever calls has asked `actAs`
 * for the person and the place first. Every decision is one transaction with its audit entry, and answers with how the
 * return stands then.
 */
export interface ReturnsDesk {
  templates(place: string): Promise<ListedTemplate[]>;
  status(key: ReturnKey, version?: number): Promise<ReturnStatus>;
  /** The document of a version with the state it has now; the newest unless its number is given. */
  document(key: ReturnKey, version?: number): Promise<HeldReturn>;
  file(key: ReturnKey, form: ReturnFileForm, version?: number): Promise<ReturnFile>;
  build(key: ReturnKey, given: ByPerson): Promise<ReturnStatus>;
  declare(key: ReturnKey, given: Declaration): Promise<ReturnStatus & DeclaredNow>;
  propose(key: ReturnKey, given: ByPerson): Promise<Proposal[]>;
  proposals(key: ReturnKey): Promise<Proposal[]>;
  decide(key: ReturnKey, given: ProposalDecision): Promise<ReturnStatus>;
  nameOwner(key: ReturnKey, given: ByPerson & { readonly sheets: readonly string[]; readonly owner: string }): Promise<ReturnStatus>;
  review(key: ReturnKey, given: ByPerson & { readonly sheet: string }): Promise<ReturnStatus>;
  acknowledge(key: ReturnKey, given: Acknowledging): Promise<ReturnStatus>;
  signOff(key: ReturnKey, given: SigningOff): Promise<ReturnStatus>;
  submit(key: ReturnKey, given: Submitting): Promise<ReturnStatus>;
  amend(key: ReturnKey, given: ByPerson & { readonly because: string }): Promise<ReturnStatus>;
  history(key: ReturnKey): Promise<Step[]>;
  difference(place: string, compared: Comparison): Promise<string[]>;
  notices(place: string, all: boolean): Promise<ReturnNotice[]>;
  readNotice(given: ByPerson & { readonly place: string; readonly notice: number }): Promise<void>;
}

/** The desk of a place's returns over one database and one configuration. */
export function createReturnsDesk(parts: ReturnsDeskParts): ReturnsDesk {
  const { gateway, clock, configDirectory } = parts;
  const deciding = async (key: ReturnKey): Promise<Deciding> => {
    const { template, templates } = await templateWithEarlier(configDirectory, key.template);
    return { key, template, templates, clock };
  };
  const stands = async (about: Deciding, version?: number): Promise<ReturnStatus> => {
    const loaded = await loadStanding(gateway, { ...about, version });
    return describeStatus(about.key, about.template, loaded, await listProposals(gateway, about.key));
  };
  /** A decision, and then how the return stands. */
  const after = async (key: ReturnKey, work: (tx: Transaction, about: Deciding) => Promise<unknown>) => {
    const about = await deciding(key);
    await transaction(gateway, (tx) => work(tx, about));
    return stands(about);
  };
  const refresh = (tx: Transaction, key: ReturnKey, actor: string, onlyNews = false) => refreshReturn(tx, parts, key, { actor, onlyNews });

  const desk: ReturnsDesk = {
    status: async (key, version) => stands(await deciding(key), version),
    async templates(place) {
      const listed: ListedTemplate[] = [];
      for (const id of await listTemplates(configDirectory)) {
        const { title, quarter, period, due } = await loadTemplate(configDirectory, id);
        const versions = await listVersions(gateway, { place, template: id });
        listed.push({ template: id, title, quarter, period, due: due ?? null, versions });
      }
      return listed;
    },
    async document(key, wanted) {
      const { template } = await deciding(key);
      const version = await requireVersion(gateway, key, wanted);
      return { document: asItStands(await readBuild(gateway, version.returnId), version), template, returnId: version.returnId };
    },
    async file(key, form, wanted) {
      const { document, template, returnId } = await desk.document(key, wanted);
      return makeReturnFile(form, document, template, returnId);
    },
    async build(key, { by }) {
      await countFirst(parts);
      return after(key, (tx) => refresh(tx, key, by));
    },
    async declare(key, given) {
      let declared: DeclaredNow | undefined;
      const { against, ...answered } = given;
      const standsNow = await after(key, async (tx, { template }) => {
        if (against !== undefined) against(await standsUnderLock(tx, key));
        declared = await declareAnswers(tx, { ...answered, place: key.place, template, at: clock.now() });
        await refresh(tx, key, given.by, true);
      });
      return { ...standsNow, declared: declared?.declared ?? [], unchanged: declared?.unchanged ?? [] };
    },
    async propose(key, { by }) {
      const { template } = await deciding(key);
      const from = template.previous;
      if (from === undefined)
        throw new GatewayError('NO_EARLIER_RETURN', 'The template names no earlier one to carry answers forward from.');
      await transaction(gateway, async (tx) => {
        const document = await refresh(tx, key, by, true);
        const answers = carryForward(document, template, await answeredByPeople(tx, key));
        await proposeAnswers(tx, key, { answers, from, by }, clock);
      });
      return listProposals(gateway, key);
    },
    proposals: (key) => listProposals(gateway, key),
    decide: (key, given) =>
      after(key, async (tx) => {
        await decideProposals(tx, key, given, clock);
        await refresh(tx, key, given.by, true);
      }),
    nameOwner: (key, given) => after(key, (tx, { template }) => nameOwner(tx, key, { ...given, template }, clock)),
    review: (key, given) => after(key, (tx, about) => reviewSheet(tx, about, given)),
    acknowledge: (key, given) => after(key, (tx, about) => acknowledgeFinding(tx, about, given)),
    async signOff(key, given) {
      // A signature never begins a return.
      await requireVersion(gateway, key);
      // What was seen since is built in and kept first, so that a refusal leaves it to be read.
      await countFirst(parts);
      await transaction(gateway, (tx) => refresh(tx, key, given.by, true));
      return after(key, (tx, about) => signOff(tx, about, given));
    },
    submit: (key, given) => after(key, (tx, about) => recordSubmission(tx, about, given)),
    async amend(key, given) {
      await countFirst(parts);
      return after(key, (tx) => amendReturn(tx, parts, key, given));
    },
    history: (key) => readHistory(gateway, key),
    async difference(place, { before, after: later }) {
      const [old, next] = [await compared(place, before), await compared(place, later)];
      return describeDifference(old, next);
    },
    notices: (place, all) => listNotices(gateway, place, all),
    readNotice: (given) => transaction(gateway, (tx) => readNotice(tx, given, clock)),
  };
  const compared = async (place: string, { template, version }: Comparison['before']): Promise<Return> =>
    (await desk.document({ place, template }, version)).document;
  return desk;
}

/** A kept document with the state its version has now. */
const asItStands = (document: Return, { state, version, amends }: Version): Return => ({
  ...document,
  state,
  version,
  ...(amends === null ? {} : { amends }),
});

/** Lets a person in as an author of returns of the place, on record. @throws AccessRefusedError */
export async function asAuthorOf(
  parts: Pick<ReturnsDeskParts, 'gateway' | 'clock'>,
  person: string,
  place: string,
  action: string,
): Promise<void> {
  await actAs(parts.gateway, { person, roles: ['returns-author'], place, action, clock: parts.clock });
}

async function standsUnderLock(tx: Transaction, key: ReturnKey): Promise<Return | undefined> {
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const last = (await listVersions(tx, key)).at(-1);
  return last === undefined ? undefined : readBuild(tx, last.returnId);
}

async function answeredByPeople(tx: Transaction, { place, template }: ReturnKey): Promise<Set<string>> {
  const { rows } = await tx.query<{ question: string }>(
    'select distinct question from returns.declaration where place = $1 and template = $2',
    [place, template],
  );
  return new Set(rows.map(({ question }) => question));
}

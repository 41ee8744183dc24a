import type { DecisionTable } from '../objections/decision-table.ts';
import type { Register } from '../register/register.ts';
import type { Purpose } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Setting } from '../shared/settings.ts';
import { crossReferenced } from './cross-reference.ts';
import { type ReadScope, readScope } from './scope.ts';
import { type Visibility, visibleSettings } from './visibility.ts';

/** A project whose licence is in force, with what it may read today for one of its purposes. */
export interface LicensedProject {
  readonly projectId: string;
  readonly organisation: string;
  readonly scope: ReadScope;
  /** Source systems whose rows are left out, because the reader can see them there under the person's name. */
  readonly leftOut: readonly string[];
}

/**
 * What a project may read today. The licence must be in force and name the purpose; rows come only from admitted flows
 * under the project's own agreements, and only from settings its organisation may see at all.
 * @throws GatewayError PROJECT_NOT_LICENSED (403): one answer for unknown, expired and other purpose, so that nobody can
 * find out which projects there are.
 */
export function licenseProject(
  register: Register,
  rules: { readonly objections: DecisionTable; readonly visibility: Visibility },
  request: {
    readonly projectId: string;
    readonly purpose: Purpose;
    readonly at: LocalDate;
    /** The person who reads, by id in the register; a machine reads for all who hold the licence. */
    readonly holder?: string;
  },
): LicensedProject {
  const entry = register.projects.get(request.projectId);
  const organisation = entry?.place.organisations.get(entry.project.organisation);
  const { at, purpose } = request;
  if (
    entry === undefined ||
    organisation === undefined ||
    (organisation.closedOn !== undefined && organisation.closedOn <= at) ||
    !entry.project.purposes.includes(purpose) ||
    at < entry.project.validFrom ||
    at > entry.project.validTo
  ) {
    throw notLicensed();
  }
  const { project, place } = entry;
  const holder = request.holder === undefined ? undefined : place.document.people.find(({ id }) => id === request.holder);
  if (request.holder !== undefined && holder === undefined) throw notLicensed();
  // Somebody of the council sees no GP row on the licence of somebody else, either: both organisations must be allowed to.
  const holdersRoles = holder === undefined ? organisation.roles : (place.organisations.get(holder.organisation)?.roles ?? []);
  const settings: readonly Setting[] = visibleSettings(rules.visibility, organisation.roles).filter((setting) =>
    visibleSettings(rules.visibility, holdersRoles).includes(setting),
  );
  const scope = readScope(register, rules.objections, { purpose, at, placeId: place.place.id, agreements: project.agreements, settings });
  const systems = [...project.sourceSystems, ...(holder?.sourceSystems ?? [])];
  const crossed = crossReferenced(register, { flows: scope.flows, systems, purpose });
  return {
    projectId: project.id,
    organisation: project.organisation,
    scope: { ...scope, flows: scope.flows.filter(({ flowNo }) => !crossed.flowNos.has(flowNo)) },
    leftOut: crossed.systems,
  };
}

const notLicensed = () =>
  new GatewayError('PROJECT_NOT_LICENSED', 'No licence in force lets this project read for this purpose. See the register.', {
    status: 403,
  });

import type { DecisionTable } from '../objections/decision-table.ts';
import type { Register } from '../register/register.ts';
import type { Purpose } from '../register/terms.ts';
import type { LocalDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import { type ReadScope, readScope } from './scope.ts';
import { type Visibility, visibleSettings } from './visibility.ts';

/** A project whose licence is in force, with what it may read today for one of its purposes. */
export interface LicensedProject {
  readonly projectId: string;
  readonly organisation: string;
  readonly scope: ReadScope;
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
  request: { readonly projectId: string; readonly purpose: Purpose; readonly at: LocalDate },
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
    throw new GatewayError('PROJECT_NOT_LICENSED', 'No licence in force lets this project read for this purpose. See the register.', {
      status: 403,
    });
  }
  const { project, place } = entry;
  return {
    projectId: project.id,
    organisation: project.organisation,
    scope: readScope(register, rules.objections, {
      purpose,
      at,
      placeId: place.place.id,
      agreements: project.agreements,
      settings: visibleSettings(rules.visibility, organisation.roles),
    }),
  };
}

import { z } from 'zod';
import { organisationRoles } from '../register/organisation.ts';
import { type Setting, settings } from '../shared/settings.ts';
import { readRules } from './activity.ts';

const visibilityFile = z.strictObject({
  $comment: z.string().optional(),
  version: z.string(),
  source: z.string(),
  visible: z.partialRecord(z.enum(organisationRoles), z.array(z.enum(settings))),
});

/** Settings each kind of organisation may see rows of. */
export type Visibility = z.infer<typeof visibilityFile>;

/** Reads `visibility.json` of a directory (normally `config/risk`). */
export const loadVisibility = (directory: string): Promise<Visibility> => readRules(directory, 'visibility.json', visibilityFile);

/**
 * Settings an organisation with these roles may see: what every one of its roles may see, so that a second role never
 * opens what the first one closes (a council that is also a care provider still sees no GP row). No role, nothing.
 */
export function visibleSettings(visibility: Visibility, roles: readonly (keyof Visibility['visible'])[]): readonly Setting[] {
  if (roles.length === 0) return [];
  return settings.filter((setting) => roles.every((role) => visibility.visible[role]?.includes(setting) ?? false));
}

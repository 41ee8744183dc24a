import type { Queryable } from '../../database/query.ts';
import type { PlaceRegister, Register } from '../../register/register.ts';
import type { LocalDate } from '../../shared/clock.ts';
import { listTemplates, loadTemplate } from '../load.ts';
import type { ReturnTemplate } from '../template.ts';
import { isMadeOn } from './populate.ts';
import { isFrozen } from './state.ts';
import { listVersions } from './version.ts';

/** A return that somebody has to sign and send by a day. */
export interface ReturnDue {
  readonly place: string;
  readonly template: string;
  readonly title: string;
  readonly due: LocalDate;
  /** Local time of the day, where the national body says one: 12:00. */
  readonly time: string | undefined;
  /** ODS code of who returns it. */
  readonly organisation: string;
  readonly signed: boolean;
  readonly submitted: boolean;
}

/**
 * Returns with a due date that are being made: in the days for which the gateway populates them by itself, and every one that
 * somebody has begun. One that was sent once is done, also while it is amended.
 */
export async function returnsDue(db: Queryable, config: string, register: Register, at: LocalDate): Promise<ReturnDue[]> {
  const due: ReturnDue[] = [];
  for (const id of await listTemplates(config)) {
    const template = await loadTemplate(config, id);
    if (template.due === undefined) continue;
    for (const place of register.places.values()) {
      const versions = await listVersions(db, { place: place.place.id, template: id });
      const expected = template.places[place.place.id] !== undefined && isMadeOn(template, at);
      if (versions.length === 0 && !expected) continue;
      due.push({
        ...dueOf(place, template),
        signed: versions.some(({ state }) => isFrozen(state)),
        submitted: versions.some(({ state }) => state === 'submitted'),
      });
    }
  }
  return due;
}

const dueOf = (place: PlaceRegister, template: ReturnTemplate) => ({
  place: place.place.id,
  template: template.id,
  title: `${template.title}, ${template.quarter}`,
  due: template.due as LocalDate,
  time: template.submission?.time,
  organisation: returningOrganisation(place),
});

/** The council answers for its Health and Wellbeing Board; where the register holds none, a commissioner does. */
function returningOrganisation({ document: { organisations } }: PlaceRegister): string {
  const having = (role: string) => organisations.find(({ roles }) => roles.some((one) => one === role))?.ods;
  return having('local-authority') ?? having('commissioner') ?? organisations[0]?.ods ?? 'none recorded';
}

import type { Pool } from 'pg';
import { type ActRequest, actAs } from '../access/act-as.ts';
import { createRegisterReader } from '../register/reader.ts';
import type { Register } from '../register/register.ts';
import type { Clock } from '../shared/clock.ts';
import type { PeopleService, PersonAsks } from './services.ts';
import { createPersonVerifier, type SignInSettings } from './tokens/person-token.ts';

/**
 * People who sign in at their organisation: the token says only who; the register says, on every request, what they may do.
 */
export function createPeople(gateway: Pool, settings: SignInSettings, clock: Clock): PeopleService {
  const { verify } = createPersonVerifier(settings, clock);
  const readRegister = createRegisterReader(gateway, { pool: gateway, clock });
  return {
    issuer: settings.issuer,
    verify,
    async actAs(subject, asked) {
      const person = personOf(await readRegister(), subject, asked);
      const request: ActRequest = { ...asked, person, clock };
      return actAs(gateway, request);
    },
  };
}

/**
 * The id under which the place asked about knows this subject. A subject may be registered by several places; without a
 * place, or with one that does not know them, any id will do, because the decision then refuses by its own reasons.
 * @returns '' for a subject nobody registered: the id of no person.
 */
export function personOf(register: Register, subject: string, { place, project }: Pick<PersonAsks, 'place' | 'project'>): string {
  const known = [...register.people.values()].filter(({ person }) => person.subject === subject);
  const wanted = place ?? (project === undefined ? undefined : register.projects.get(project)?.place.place.id);
  return (known.find((entry) => entry.place.place.id === wanted) ?? known[0])?.person.id ?? '';
}

import type { Queryable } from '../database/query.ts';
import { writeRegisterFiles } from './files.ts';
import { loadRegister } from './load.ts';

/**
 * Writes the newest register of every place (or of one) as files that `apply` takes back unchanged.
 * @returns the files written
 */
export async function exportRegister(db: Queryable, dir: string, placeId?: string): Promise<string[]> {
  const register = await loadRegister(db);
  const written: string[] = [];
  for (const place of register.places.values()) {
    if (placeId === undefined || place.place.id === placeId) written.push(...(await writeRegisterFiles(place.document, dir)));
  }
  return written;
}

import type { Queryable } from '../database/query.ts';
import { loadRegister, registerVersion } from './load.ts';
import type { Register } from './register.ts';

/**
 * The register as it is now, read again only when its version has changed: the question "is there a newer one?" is asked
 * every time, so that a flow suspended a second ago is refused, and the whole document is parsed once.
 */
export function createRegisterReader(db: Queryable): () => Promise<Register> {
  let kept: { readonly version: number; readonly register: Promise<Register> } | undefined;
  return async () => {
    const version = await registerVersion(db);
    if (kept?.version !== version) kept = { version, register: loadRegister(db) };
    try {
      return await kept.register;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}

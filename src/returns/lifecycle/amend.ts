import type { Transaction } from '../../database/query.ts';
import { keepBuild } from '../save.ts';
import { refuseIdentifiers } from './declaration-refused.ts';
import type { ReturnKey } from './history.ts';
import { buildNow, type RefreshParts } from './refresh.ts';
import { requireNone } from './refused.ts';
import { refusalsOfAmendment } from './state.ts';
import { openVersion, requireVersion } from './version.ts';

/**
 * Begins a new version of a return that was signed, from what is declared and seen now. The one before stays as it was
 * signed; the new one is reviewed and signed like a first. @throws ReturnRefusedError NOT_FROZEN
 */
export async function amendReturn(
  tx: Transaction,
  parts: RefreshParts,
  key: ReturnKey,
  { by, because }: { readonly by: string; readonly because: string },
): Promise<void> {
  refuseIdentifiers(because);
  await tx.query('select returns.lock_return($1, $2)', [key.place, key.template]);
  const last = await requireVersion(tx, key);
  requireNone(refusalsOfAmendment(last.state));
  const { document, marks } = await buildNow(tx, parts, key);
  const saved = await keepBuild(tx, document, by, parts.clock);
  const opened = { version: last.version + 1, amends: last.version, because };
  await openVersion(tx, { document, returnId: saved.id, actor: by, marks }, opened, parts.clock);
}

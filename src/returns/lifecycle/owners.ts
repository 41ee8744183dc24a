import { recordAudit } from '../../audit/record.ts';
import type { Queryable, Transaction } from '../../database/query.ts';
import { type Clock, localDate } from '../../shared/clock.ts';
import { GatewayError } from '../../shared/errors.ts';
import type { ReturnTemplate } from '../template.ts';
import type { ReturnKey } from './history.ts';

/**
 * Who owns which sheet: the newest naming for this template, else for the one before it, and so on.
 * @param templates this template and those before it, newest first
 */
export async function currentOwners(db: Queryable, place: string, templates: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await db.query<{ sheet: string; owner: string }>(
    `select distinct on (o.sheet) o.sheet, o.owner
     from returns.sheet_owner o join unnest($2::text[]) with ordinality as t (template, n) using (template)
     where o.place = $1 order by o.sheet, t.n, o.owner_no desc`,
    [place, templates],
  );
  return new Map(rows.map(({ sheet, owner }) => [sheet, owner]));
}

/** Names who answers for sheets of a return: an author of returns in the place. @throws GatewayError SHEET_UNKNOWN, OWNER_UNKNOWN */
export async function nameOwner(
  tx: Transaction,
  key: ReturnKey,
  given: { readonly template: ReturnTemplate; readonly sheets: readonly string[]; readonly owner: string; readonly by: string },
  clock: Clock,
): Promise<void> {
  requireSheets(given.template, given.sheets);
  const { rows } = await tx.query(
    `select from register.seat where place_id = $1 and person_id = $2 and role = 'returns-author' and valid_to >= $3`,
    [key.place, given.owner, localDate(clock.now())],
  );
  if (rows.length === 0)
    throw new GatewayError('OWNER_UNKNOWN', 'The owner of a sheet holds a seat as author of returns in the place; this person does not.', {
      status: 409,
    });
  await tx.query(
    `insert into returns.sheet_owner (place, template, sheet, owner, assigned_by, assigned_at)
     select $1, $2, sheet, $4, $5, $6 from unnest($3::text[]) sheet`,
    [key.place, key.template, given.sheets, given.owner, given.by, clock.now()],
  );
  const detail = { ...key, sheets: [...given.sheets], owner: given.owner };
  await recordAudit(tx, { type: 'return.owner-named', actor: given.by, subject: `${key.place}/${key.template}`, detail }, clock);
}

/** @throws GatewayError SHEET_UNKNOWN when the template has no such sheet. */
export function requireSheets(template: ReturnTemplate, sheets: readonly string[]): void {
  const known = template.sheets.map(({ name }) => name);
  if (sheets.length > 0 && sheets.every((sheet) => known.includes(sheet))) return;
  throw new GatewayError('SHEET_UNKNOWN', `The template has no such sheet. Choose from: ${known.join(', ')}.`, { status: 404 });
}

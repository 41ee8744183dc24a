import type { Queryable } from '../database/query.ts';
import type { PlaceDocument } from './model.ts';

/** Writes the seats of a place again as a whole, with the licences that limit them (migration 000010). */
export async function storeSeats(tx: Queryable, { place, projects, seats }: PlaceDocument): Promise<void> {
  await tx.query('delete from register.seat where place_id = $1', [place.id]);
  await tx.query('delete from register.licence where place_id = $1', [place.id]);
  await tx.query(
    `insert into register.licence (project_id, place_id, seats)
     select project_id, $1, seats from unnest($2::text[], $3::integer[]) as l (project_id, seats)`,
    [place.id, projects.map((project) => project.id), projects.map((project) => project.seats)],
  );
  await tx.query(
    `insert into register.seat (seat_id, place_id, person_id, role, project_id, valid_from, valid_to)
     select seat_id, $1, person_id, role, project_id, valid_from, valid_to
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[])
         as s (seat_id, person_id, role, project_id, valid_from, valid_to)`,
    [
      place.id,
      seats.map((seat) => seat.id),
      seats.map((seat) => seat.person),
      seats.map((seat) => seat.role),
      seats.map((seat) => seat.project ?? null),
      seats.map((seat) => seat.validFrom),
      seats.map((seat) => seat.validTo),
    ],
  );
}

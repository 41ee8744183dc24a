-- What came to speak of people or flows after 000014, and goes with them (src/destruction/tables.ts).
grant select, delete on linkage.held_merge, landing.tombstone to haven_destroyer;

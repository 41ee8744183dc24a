import { createHash } from 'node:crypto';
import type { PlaceDocument } from './model.ts';

/** Places, then what stands in it, in the order people read; also the files an export writes. */
export const collections = [
  'organisations',
  'services',
  'systems',
  'frameworks',
  'agreements',
  'flows',
  'projects',
  'clients',
  'people',
  'seats',
] as const;
export type Collection = (typeof collections)[number];

const sorted = <T>(rows: readonly T[], key: (row: T) => string): T[] =>
  [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));

/** The same register in the same order, however its files are split and sorted: `apply` and `export` meet here. */
export function canonicalDocument(document: PlaceDocument): PlaceDocument {
  return {
    place: document.place,
    organisations: sorted(document.organisations, (o) => o.ods),
    services: sorted(document.services, (s) => s.id),
    systems: sorted(document.systems, (s) => s.id),
    frameworks: sorted(document.frameworks, (f) => f.id),
    agreements: sorted(document.agreements, (a) => a.id),
    flows: sorted(document.flows, (f) => f.id),
    projects: sorted(document.projects, (p) => p.id),
    clients: sorted(document.clients, (c) => c.clientId),
    people: sorted(document.people, (p) => p.id),
    seats: sorted(document.seats, (s) => s.id),
  };
}

/** Key of a row within its collection. */
export function keyOf(row: { readonly id?: string; readonly ods?: string; readonly clientId?: string }): string {
  return row.id ?? row.ods ?? row.clientId ?? '';
}

/** JSON with the members of every object in order, so that equal documents have equal bytes (jsonb does not keep order). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

/** SHA-256 of the canonical document: two applies of the same register have the same one. */
export function documentDigest(document: PlaceDocument): Buffer {
  return createHash('sha256')
    .update(canonicalJson(canonicalDocument(document)))
    .digest();
}

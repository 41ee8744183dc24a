import type { SourceRecord } from '../record.ts';
import { readInstant } from './date.ts';
import { at, isToken, type Json, listOf, member, textOf } from './json.ts';
import { canonicalKey } from './reference.ts';

/** A record with nothing in it. One literal, so that every record of a delivery has the same hidden class. */
export const emptyRecord = (row: number): SourceRecord => ({
  row,
  nhsNumber: '',
  nhsNumberStatus: '',
  supersededBy: '',
  localPatientId: '',
  refersToPatient: false,
  introducesPatient: false,
  birthDate: '',
  deathDate: '',
  sex: '',
  ethnicCategory: '',
  postcode: '',
  practice: '',
  registeredFrom: '',
  sourceId: [],
  sourceAt: '',
  deleted: false,
  kind: '',
  start: '',
  end: '',
  ready: '',
  provider: '',
  codes: [],
  costPence: undefined,
  attributes: {},
  period: '',
  withhold: '',
  dropped: undefined,
  error: undefined,
});

/**
 * Parts of the natural key: type and id; else the Bundle's fullUrl; else the first identifier. Undefined when the
 * resource has none, because it could then be neither recognised nor corrected.
 */
export function sourceIdOf(type: string, resource: Json, fullUrl: string): readonly string[] | undefined {
  const id = member(resource, 'id');
  if (isToken(id, 128)) return [type, id];
  const key = canonicalKey(fullUrl);
  if (key !== '') return [type, key];
  for (const identifier of listOf(member(resource, 'identifier'))) {
    const value = textOf(member(identifier, 'value'));
    if (value !== '' && value.length <= 255) return [type, textOf(member(identifier, 'system')), value];
  }
  return undefined;
}

/** When the source last changed it; of a message or document that does not say, when it was put together. */
export const sourceAtOf = (resource: Json, assembledAt: string): string =>
  readInstant(textOf(at(resource, ['meta', 'lastUpdated']))) || assembledAt;

/**
 * v3-Confidentiality R and V: PDS marks a sensitive patient so, and removes where they live. HTEST (v3-ActReason) marks a
 * patient who is none. The code system is not looked at: a mark that is misspelt still means no.
 */
export function withholdReason(resource: Json, restricted: string): string {
  const meta = member(resource, 'meta');
  if (meta === undefined) return '';
  let reason = '';
  for (const name of ['security', 'tag']) {
    const labels = member(meta, name);
    if (labels === undefined) continue;
    for (const label of listOf(labels)) {
      const code = member(label, 'code');
      if (name === 'security' && (code === 'R' || code === 'V')) return restricted;
      if (code === 'HTEST') reason = 'DUMMY_PATIENT';
    }
  }
  return reason;
}

import type { AuditEvent, Coding } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { auditEventOf } from '../../../src/audit/audit-event.ts';
import { exportFhir } from '../../../src/audit/export-fhir.ts';
import { leafHash } from '../../../src/audit/merkle.ts';
import { leafBytes } from '../../../src/audit/record.ts';
import { origin, readerOf } from '../../support/audit-log.ts';

const pseudonym = '8VX9PFX6SJT74EA6B6JK9ZZD6HRETNCT';
const at = new Date('2026-11-22T10:00:00.123Z');
const eventOf = (
  type: string,
  more: { subject?: string; detail?: Record<string, unknown>; opened?: Record<string, unknown> } = {},
): AuditEvent => {
  const { opened, subject, detail = {} } = more;
  const bytes = leafBytes({ type, actor: 'client-a', detail, ...(subject === undefined ? {} : { subject }) }, at);
  return auditEventOf({ index: 7, leafHash: leafHash(bytes), entry: JSON.parse(bytes.toString('utf8')), opened }, origin);
};
const codes = (codings: readonly Coding[] | undefined): readonly string[] => (codings ?? []).map(({ code = '' }) => code);

/** IHE BALP 1.1 in one table: what an entry becomes, and the roles of its client and its server. */
const table: readonly (readonly [string, string | undefined, string | undefined, string, string, string, string])[] = [
  // type, subject, profile, type of event, subtype, action, roles of client and server
  ['delivery.landed', 'd-1', 'Create', 'rest', 'create', 'C', '110153 110152'],
  ['delivery.refused', 'd-1', undefined, 'rest', 'create', 'C', '110153 110152'],
  ['delivery.duplicate', 'd-1', undefined, '110100', 'delivery.duplicate', 'E', '110152 110153'],
  ['journey.read', pseudonym, 'PatientRead', 'rest', 'read', 'R', '110152 110153'],
  ['journey.read', undefined, 'Read', 'rest', 'read', 'R', '110152 110153'],
  ['journey.not-found', undefined, undefined, 'rest', 'read', 'R', '110152 110153'],
  ['register.applied', 'place', 'Update', 'rest', 'update', 'U', '110153 110152'],
  ['obligation.done', 'o-1', 'Update', 'rest', 'update', 'U', '110153 110152'],
  ['breach.reported', 'b-1', 'Create', 'rest', 'create', 'C', '110153 110152'],
  ['breach.closed', 'b-1', 'Update', 'rest', 'update', 'U', '110153 110152'],
  ['objection.applied', undefined, 'Delete', 'rest', 'delete', 'D', '110150 custodian'],
  ['subject-access.answered', pseudonym, 'PrivacyDisclosure.Source', '110106', 'disclose', 'R', '110152 110153'],
  ['ndop.disclosed', 'r-1', undefined, '110106', 'disclose', 'R', '110152 110153'],
  ['gateway.heartbeat', undefined, undefined, '110100', 'gateway.heartbeat', 'E', '110152 110153'],
  ['toString', undefined, undefined, '110100', 'toString', 'E', '110152 110153'],
];

describe('an entry as FHIR R4 AuditEvent', () => {
  it.each(table)('%s of %s follows BALP %s: %s, %s, %s', (type, subject, profile, eventType, subtype, action, roles) => {
    const event = eventOf(type, subject === undefined ? {} : { subject });
    const failed = /refused|not-found/.test(type);
    expect(event.meta?.profile).toEqual(
      profile === undefined ? undefined : [`https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${profile}`],
    );
    expect([event.type.code, codes(event.subtype)[0], event.action, event.outcome]).toEqual([
      eventType,
      subtype,
      action,
      failed ? '4' : '0',
    ]);
    expect(event.agent.map((agent) => agent.type?.coding?.[0]?.code).join(' ')).toBe(roles);
    // Required by every BALP profile: when, who asked and who answered with their networks, where, and one data entity.
    expect(event.recorded).toBe('2026-11-22T10:00:00.123Z');
    expect(event.agent.map(({ requestor }) => requestor)).toEqual([true, false]);
    for (const { who, network } of event.agent) expect([who?.identifier?.value, network]).not.toContain(undefined);
    expect(event.source.observer).toEqual(event.agent[1]?.who);
    const entities = (event.entity ?? []).map((entity) => `${entity.type?.code} ${entity.role?.code}`);
    expect(entities).toEqual(subject === pseudonym ? ['1 1', '2 4'] : ['2 4']);
    expect(event.entity?.every(({ what }) => what?.identifier?.value !== undefined)).toBe(true);
    // BALP Delete closes its subtype and its entities to anything else.
    expect(event.subtype?.length).toBe(action === 'D' || eventType === '110100' ? 1 : 2);
    expect(event.entity?.at(-1)?.detail === undefined).toBe(action === 'D');
  });

  it('names a person by pseudonym alone, also out of a sealed payload, and not once that was erased', () => {
    const opened = eventOf('journey.read', { opened: { recipientPseudonym: pseudonym } });
    expect(opened.entity?.[0]?.what).toEqual({ type: 'Patient', identifier: { system: `urn:${origin}/pseudonym`, value: pseudonym } });
    expect(opened.meta?.profile?.[0]).toMatch(/PatientRead$/);
    expect(eventOf('journey.read').entity).toHaveLength(1);
    expect(eventOf('subject-access.answered', { opened: { landingPseudonym: pseudonym } }).entity).toHaveLength(2);
  });

  it('can be held to the log: the leaf by index and hash, its detail in canonical JSON, its purpose', () => {
    const event = eventOf('delivery.landed', { subject: 'd-1', detail: { received: 3, purpose: 'commissioning' } });
    expect(event.id).toBe('leaf-7');
    expect(event.purposeOfEvent).toEqual([{ text: 'commissioning' }]);
    const [hash, ...rest] = event.entity?.[0]?.detail ?? [];
    expect(hash?.valueString).toMatch(/^[0-9a-f]{64}$/);
    expect(rest).toEqual([
      { type: 'purpose', valueString: '"commissioning"' },
      { type: 'received', valueString: '3' },
    ]);
    expect(event.entity?.[0]?.what?.identifier).toEqual({ system: `urn:${origin}/delivery`, value: 'd-1' });
  });

  it('claims no profile for a refusal, which only the detail of an access decision says', () => {
    expect(eventOf('access.decided', { detail: { decision: 'refused' } })).toMatchObject({ outcome: '4', action: 'E' });
    expect(eventOf('access.decided', { detail: { decision: 'allowed' } }).outcome).toBe('0');
  });

  it('leaves out no entry of an export, and opens what is sealed', async () => {
    const sealed = leafBytes({ type: 'journey.read', actor: 'a', detail: {} }, at, { sha256: 'ab' });
    const plain = leafBytes({ type: 'test.happened', actor: 'a', detail: {} }, at);
    let text = '';
    for await (const lines of exportFhir(readerOf([sealed, plain, undefined]), origin, async (sha256) =>
      sha256 === 'ab' ? { recipientPseudonym: pseudonym } : undefined,
    ))
      text += lines;
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent);
    expect(events.map(({ id, entity }) => `${id} ${entity?.length}`)).toEqual(['leaf-0 2', 'leaf-1 1', 'leaf-2 1']);
  });
});

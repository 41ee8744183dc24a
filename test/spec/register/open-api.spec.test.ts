import { describe, expect, it } from 'vitest';
import { classifyEndpoint } from '../../../src/register/open-api.ts';
import { type Endpoint, endpointSchema } from '../../../src/register/organisation.ts';
import type { LocalDate } from '../../../src/shared/clock.ts';

const open: Endpoint = endpointSchema.parse({
  id: 'record',
  title: 'Record',
  standard: 'fhir-r4',
  interaction: 'request-response',
  publishedSpecification: 'https://example.org/specification',
  thirdPartyAccess: { publishedTerms: 'https://example.org/terms', withoutBespokeWork: true },
  liveFrom: '2016-07-15',
});

const rows: readonly [what: string, change: Partial<Record<keyof Endpoint, unknown>>, route: string][] = [
  ['every fact is recorded and it went live in the period', {}, 'open-api'],
  ['it went live on the last day', { liveFrom: '2016-09-30' }, 'open-api'],
  ['it went live after the period', { liveFrom: '2016-10-01' }, 'none'],
  ['it has no live date', { liveFrom: undefined }, 'none'],
  ['it closed before the period', { liveFrom: '2015-01-01', liveTo: '2016-06-30' }, 'none'],
  ['it closed on the first day', { liveFrom: '2015-01-01', liveTo: '2016-07-01' }, 'open-api'],
  ['the specification is not published', { publishedSpecification: undefined }, 'interim'],
  [
    'third parties need bespoke work',
    { thirdPartyAccess: { publishedTerms: 'https://example.org/terms', withoutBespokeWork: false } },
    'interim',
  ],
  ['the terms are not published', { thirdPartyAccess: { withoutBespokeWork: true } }, 'interim'],
  ['it sends files', { interaction: 'file' }, 'interim'],
  ['it is a MESH mailbox', { standard: 'mesh', interaction: 'message' }, 'interim'],
  ['it is a portal', { standard: 'portal', interaction: 'view' }, 'interim'],
  ['it is point-to-point HL7 v2', { standard: 'hl7v2', interaction: 'message' }, 'interim'],
  ['it is a partner API of a supplier', { standard: 'proprietary-api' }, 'interim'],
  ['it is GP Connect', { standard: 'gp-connect' }, 'open-api'],
  ['it is e-mail', { standard: 'email', interaction: 'message' }, 'none'],
  ['it is paper', { standard: 'paper', interaction: 'message' }, 'none'],
];

describe('RULE-API-1: what counts as an Open API in July to September 2016', () => {
  it.each(rows)('when %s', (_what, change, route) => {
    const endpoint = { ...open, ...change } as Endpoint;
    expect(classifyEndpoint(endpoint, '2016-07-01' as LocalDate, '2016-09-30' as LocalDate).route).toBe(route);
  });

  it('says which facts are missing', () => {
    const bare = endpointSchema.parse({ id: 'x', title: 'X', standard: 'sftp', interaction: 'file', liveFrom: '2015-01-01' });
    expect(classifyEndpoint(bare, '2016-07-01' as LocalDate, '2016-09-30' as LocalDate).missing).toEqual([
      'published specification',
      'standards-based request and response',
      'third-party access on published terms',
    ]);
  });
});

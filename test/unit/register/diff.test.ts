import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../../src/register/diff.ts';
import { canonicalDocument, collections, documentDigest } from '../../../src/register/document.ts';
import { readRegisterFiles } from '../../../src/register/files.ts';
import { packageRoot } from '../../../src/shared/package-root.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const changed = (change: (place: Breakable) => void): string[] => {
  const after = examplePlace();
  change(after);
  return diffDocuments(parsePlace(examplePlace()), parsePlace(after));
};
const step = (state: string, on: string) => ({ state, on, by: 'Board', evidence: 'Minutes' });

describe('the difference of two registers', () => {
  it.each<[string, (place: Breakable) => void]>([
    ['Flow example-place-apc: state live → suspended on 2026-11-01', (p) => p.flows[0].history.push(step('suspended', '2026-11-01'))],
    [
      'Agreement example-place-agreement: valid to 2027-03-31 → 2028-03-31',
      (p) => {
        p.agreements[0].validTo = '2028-03-31';
      },
    ],
    [
      'Agreement example-place-agreement: legal basis state in-force → withdrawn on 2026-10-01',
      (p) => p.agreements[0].legalBasis.history.push(step('withdrawn', '2026-10-01')),
    ],
    [
      'Agreement example-place-agreement: signatories[F81001] withdrawn on nothing → 2026-10-01',
      (p) => {
        p.agreements[0].signatories[1].withdrawnOn = '2026-10-01';
      },
    ],
    ['Agreement example-place-agreement: signatories − F81001', (p) => p.agreements[0].signatories.pop()],
    [
      'Agreement example-place-agreement: data in[sus-apc] items[Linking and conditions] fields + DIAG_02',
      (p) => p.agreements[0].dataIn[0].items[0].fields.push('DIAG_02'),
    ],
    ['Flow example-place-gp: removed', (p) => p.flows.pop()],
    [
      'Place example-place: accept test numbers true → false',
      (p) => {
        p.place.acceptTestNumbers = false;
      },
    ],
  ])('says: %s', (line, change) => {
    expect(changed(change)).toEqual([line]);
  });

  it('says all of a new agreement in lines that a governance lead can read', () => {
    const { agreements } = examplePlace();
    const [second] = agreements.map((agreement) => ({ ...agreement, id: 'second' }));
    const lines = changed((p) => p.agreements.push(second));
    const about = (line: string) => `Agreement second: ${line}`;
    expect(lines).toEqual(
      [
        'added (title Example agreement; form identifiable; framework charter; minimum age 0; purposes risk-stratification-commissioning; valid from 2025-04-01; valid to 2027-03-31)',
        'clauses (retention clause 9; term clause 3)',
        'conditions + 10 (due on 2027-03-31; source CAG 1-01/2025; task annual-report; text Annual report)',
        'controllers + ZICB (capacity sole; from 2025-04-01; to 2027-03-31)',
        'data in + sus-apc (accepted number status 01; link by local id false)',
        'data in[sus-apc] items + Linking and conditions (fields NHSNumber, DIAG_01; identifying false; origin national)',
        'data in + gp-patients (accepted number status empty; link by local id false)',
        'data in[gp-patients] items + Linking (fields NhsNumber; identifying false; origin national)',
        'dpia (on 2025-02-01; reference DPIA 1; review by 2027-02-01)',
        'fair processing + Leaflet (evidence Printed; on 2025-03-01)',
        'history + in-force on 2025-04-01 by Programme board (Minutes)',
        'legal basis (clause COPI Regulations 2002, reg. 5; kind section-251; reference CAG 1-01/2025; valid from 2025-04-01; valid to 2026-12-31)',
        'legal basis history + applied on 2024-11-01 by Programme board (Minutes)',
        'legal basis history + in-force on 2025-04-01 by Programme board (Minutes)',
        'processors + ZHGO (audit rights Yearly, and on suspicion; contract C1; from 2025-04-01; liabilities Unlimited for a breach; to 2027-03-31)',
        'processors + ZCSU (audit rights Yearly, and on suspicion; contract C2; from 2025-04-01; liabilities Unlimited for a breach; to 2027-03-31)',
        'retention (destruction Certified; months 60)',
        'sensitive codes (exclude true)',
        'signatories + ZTRU (signed by Chief executive; signed on 2025-03-01)',
        'signatories + F81001 (signed by Partner; signed on 2025-03-01)',
      ].map(about),
    );
  });

  it.each<[what: string, change: (place: Breakable, agreement: Breakable) => void, line: string]>([
    [
      'part that joins',
      (_p, a) => {
        a.legalBasis.consent = { wordingVersion: '2', wording: 'W', obtained: 'Letter', purposes: ['payment'], namedProcessors: ['ZCSU'] };
      },
      'legal basis consent added (named processors ZCSU; obtained Letter; purposes payment; wording W; wording version 2)',
    ],
    [
      'list that joins',
      (_p, a) => {
        a.objectionsSetAside = [{ document: 'ndop-set-aside', reference: 'Letter', seenOn: '2026-01-01', seenBy: 'ig-lead' }];
      },
      'objections set aside + ndop-set-aside (reference Letter; seen by ig-lead; seen on 2026-01-01)',
    ],
    [
      'part that leaves',
      (_p, a) => {
        delete a.dpia;
      },
      'dpia removed',
    ],
    [
      'text that was left empty',
      (_p, a) => {
        a.dataIn[0].acceptedNumberStatus = ['01', ''];
      },
      'data in[sus-apc] accepted number status + empty',
    ],
  ])('says a %s in words', (_what, change, line) => {
    expect(changed((p) => change(p, p.agreements[0]))).toEqual([`Agreement example-place-agreement: ${line}`]);
  });

  it('never says anything in the notation of a program, whatever the example place holds', async () => {
    for (const place of await readRegisterFiles(join(packageRoot(), 'config', 'register'))) {
      const bare = { ...place, ...Object.fromEntries(collections.map((collection) => [collection, []])) };
      const lines = diffDocuments(bare, place);
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => /[{}]|\["|",|":/.test(line))).toEqual([]);
    }
  });

  it('has the same words for the same row, in whatever order its members are kept', () => {
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, member]) => [name, turned(member)]),
            )
          : value;
    const bare = parsePlace({ ...examplePlace(), agreements: [], flows: [] });
    const place = parsePlace(examplePlace());
    expect(diffDocuments(bare, turned(place) as typeof place)).toEqual(diffDocuments(bare, place));
  });

  it('says nothing when nothing changed, and is short when a place is new', () => {
    expect(changed(() => undefined)).toEqual([]);
    expect(diffDocuments(undefined, parsePlace(examplePlace()))).toHaveLength(1);
  });

  it('does not depend on the order of the files', () => {
    const place = examplePlace();
    place.flows.reverse();
    place.organisations.reverse();
    const [one, other] = [parsePlace(examplePlace()), parsePlace(place)];
    expect(documentDigest(one)).toEqual(documentDigest(other));
    expect(diffDocuments(canonicalDocument(one), canonicalDocument(other))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { diffDocuments } from '../../../src/register/diff.ts';
import { canonicalDocument, documentDigest } from '../../../src/register/document.ts';
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rebase } from '../../../src/register/changes/rebase.ts';
import { diffDocuments } from '../../../src/register/diff.ts';
import { canonicalDocument, documentDigest } from '../../../src/register/document.ts';
import type { PlaceDocument } from '../../../src/register/model.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const step = (state: string, on: string) => ({ state, on, by: 'Board', evidence: 'Minutes' });

/** Changes that touch nothing of one another, by what they touch. */
const changes: Readonly<Record<string, (place: Breakable, agreement: Breakable) => unknown>> = {
  term: (_p, a) => Object.assign(a, { validTo: '2028-03-31' }),
  age: (_p, a) => Object.assign(a, { minimumAge: 18 }),
  field: (_p, a) => a.dataIn[0].items[0].fields.push('DIAG_02'),
  fieldLost: (_p, a) => a.dataIn[1].items[0].fields.splice(0, 1, 'Other'),
  withdrawal: (_p, a) => Object.assign(a.signatories[1], { withdrawnOn: '2026-11-21' }),
  signature: (_p, a) => a.signatories.push({ organisation: 'ZCSU', signedOn: '2026-11-21', signedBy: 'CE' }),
  assessment: (_p, a) => delete a.dpia,
  basis: (_p, a) => a.legalBasis.history.push(step('suspended', '2026-11-21')),
  flowStopped: (p) => p.flows[0].history.push(step('stopped', '2026-11-21')),
  flowGone: (p) => p.flows.splice(1, 1),
  flowAdded: (p) => p.flows.push({ ...examplePlace().flows[0], id: 'another-flow' }),
  organisation: (p) => p.organisations.push({ ods: 'ZNEW', name: 'New', roles: ['nhs-trust'] }),
  place: (p) => Object.assign(p.place, { note: 'Noted' }),
  endpoint: (p) => Object.assign(p.systems[0].endpoints[0], { title: 'Other' }),
};
const names = Object.keys(changes);
const documentWith = (applied: readonly string[]): PlaceDocument => {
  const place: Breakable = examplePlace();
  // In the order of the table, so that the same set is the same document.
  for (const name of names.filter((one) => applied.includes(one))) changes[name]?.(place, place.agreements[0]);
  return canonicalDocument(parsePlace(place));
};
const base = documentWith([]);
const someOf = fc.subarray(names);

describe('the difference of two registers, in words', () => {
  it('says nothing exactly when they are the same', () => {
    fc.assert(
      fc.property(someOf, someOf, (one, other) => {
        const [before, after] = [documentWith(one), documentWith(other)];
        expect(diffDocuments(before, before)).toEqual([]);
        expect(diffDocuments(before, after).length === 0).toBe(documentDigest(before).equals(documentDigest(after)));
      }),
    );
  });

  it.each<[what: string, change: (place: Breakable, agreement: Breakable) => unknown, says: string[]]>([
    [
      'a rewritten past, step by step',
      (p) => Object.assign(p.flows[0].history[0], { on: '2025-04-15' }),
      [
        'Flow example-place-apc: history − live on 2025-04-14 by Programme board (Minutes)',
        'Flow example-place-apc: history + live on 2025-04-15 by Programme board (Minutes)',
      ],
    ],
    [
      'two steps at once, both',
      (p) => p.flows[0].history.push(step('suspended', '2026-01-01'), step('live', '2026-02-01')),
      [
        'Flow example-place-apc: history + suspended on 2026-01-01 by Board (Minutes)',
        'Flow example-place-apc: history + live on 2026-02-01 by Board (Minutes)',
      ],
    ],
    [
      'a second signature of one organisation, with what it says',
      (_p, a) => a.signatories.push({ organisation: 'ZTRU', signedOn: '2026-11-21', signedBy: 'CE' }),
      ['Agreement example-place-agreement: signatories + ZTRU (2) (signed by CE; signed on 2026-11-21)'],
    ],
    [
      'a new organisation, with what it says',
      (p) => p.organisations.push({ ods: 'ZNEW', name: 'New', roles: ['nhs-trust'] }),
      ['Organisation ZNEW: added (name New; roles nhs-trust)'],
    ],
  ])('names %s', (_what, change, says) => {
    const place: Breakable = examplePlace();
    change(place, place.agreements[0]);
    expect(diffDocuments(base, canonicalDocument(parsePlace(place)))).toEqual(says);
  });
});

describe('carrying a proposal over what others changed meanwhile', () => {
  const carried = (proposed: readonly string[], current: readonly string[]) => rebase(base, documentWith(proposed), documentWith(current));

  it('gives the proposal on an unchanged register, and the register for a proposal of nothing', () => {
    fc.assert(
      fc.property(someOf, (some) => {
        expect(carried(some, [])).toEqual({ document: documentWith(some) });
        expect(carried([], some)).toEqual({ document: documentWith(some) });
        expect(carried(some, some)).toEqual({ document: documentWith(some) });
      }),
    );
  });

  it('gives both changes, in whichever order, when they touch different things', () => {
    fc.assert(
      fc.property(someOf, (mine) => {
        const theirs = names.filter((name) => !mine.includes(name));
        for (const merged of [carried(mine, theirs), carried(theirs, mine)]) {
          // Signatures stand in the order in which they came, and that order means nothing.
          const rest = 'document' in merged ? diffDocuments(documentWith(names), merged.document) : merged.conflicts;
          expect(rest.filter((line) => !line.endsWith('in another order'))).toEqual([]);
        }
      }),
    );
  });

  it.each<[what: string, mine: Parameters<typeof Object.assign>[1], theirs: object, at: string]>([
    ['one member differently', { validTo: '2028-03-31' }, { validTo: '2027-01-31' }, 'validTo'],
    ['one history differently', { history: [step('proposed', '2025-01-01')] }, { history: [] }, 'history'],
    ['what the other took away', { dpia: { reference: 'DPIA 2', on: '2025-02-01' } }, { dpia: undefined }, 'dpia'],
  ])('is a conflict, named by its path, when both changed %s', (_what, mine, theirs, at) => {
    const changed = (change: object) => {
      const place: Breakable = examplePlace();
      Object.assign(place.agreements[0], change);
      return canonicalDocument(parsePlace(place));
    };
    expect(rebase(base, changed(mine), changed(theirs))).toEqual({
      conflicts: [`agreements[example-place-agreement].${at}: changed here and in the register since it was proposed`],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { crossReferenceProblems, sharedIdProblems } from '../../../src/register/cross-references.ts';
import { placeDocumentSchema } from '../../../src/register/model.ts';
import { type Breakable, examplePlace, parsePlace } from '../../support/example-place.ts';

const step = (state: string, on: string) => ({ state, on, by: 'Board', evidence: 'Minutes' });

const broken: readonly [what: string, change: (p: Breakable) => void, says: RegExp][] = [
  [
    'a flow under an unknown agreement',
    (p) => {
      p.flows[0].agreement = 'nowhere';
    },
    /flows\[0\] "example-place-apc": agreement "nowhere" is not in the register/,
  ],
  [
    'a flow from an unknown service',
    (p) => {
      p.flows[0].from = 'nowhere';
    },
    /service "nowhere"/,
  ],
  [
    'a flow over an unknown endpoint',
    (p) => {
      p.flows[0].endpoint = 'nowhere';
    },
    /endpoint "nowhere"/,
  ],
  [
    'a flow through an unknown organisation',
    (p) => {
      p.flows[0].through = ['ZZZ'];
    },
    /organisation "ZZZ"/,
  ],
  [
    'a flow that starts in the linked data set',
    (p) => {
      p.flows[0].from = 'linked';
    },
    /starts in a care setting/,
  ],
  [
    'two flows of one id',
    (p) => {
      p.flows[1].id = p.flows[0].id;
    },
    /is there twice/,
  ],
  [
    'an Open API route without endpoint',
    (p) => {
      p.flows[1].route = 'open-api';
    },
    /names the endpoint/,
  ],
  [
    'a flow that restarts after it stopped',
    (p) => {
      p.flows[0].history.push(step('stopped', '2026-01-01'), step('live', '2026-02-01'));
    },
    /cannot go from stopped to live/,
  ],
  [
    'a history out of order',
    (p) => {
      p.flows[0].history.push(step('suspended', '2024-01-01'));
    },
    /listed after/,
  ],
  [
    'a service of an unknown organisation',
    (p) => {
      p.services[0].organisation = 'ZZZ';
    },
    /services\[0\] "acute": organisation "ZZZ"/,
  ],
  [
    'an agreement that ends before it begins',
    (p) => {
      p.agreements[0].validTo = '2024-01-01';
    },
    /ends on 2024-01-01, before it begins/,
  ],
  [
    'a basis that was never applied for and is deferred',
    (p) => {
      p.agreements[0].legalBasis.history = [step('deferred', '2025-01-01')];
    },
    /cannot begin as deferred/,
  ],
  [
    'section 251 in force without a last day',
    (p) => {
      delete p.agreements[0].legalBasis.validTo;
    },
    /always for a fixed term/,
  ],
  [
    'a sole controller beside another',
    (p) => {
      p.agreements[0].controllers.push({ organisation: 'ZTRU', capacity: 'in-common', from: '2025-04-01' });
    },
    /sole controller cannot have another/,
  ],
  [
    'a joint controller alone',
    (p) => {
      p.agreements[0].controllers[0].capacity = 'joint';
    },
    /needs another beside it/,
  ],
  [
    'an unknown signatory',
    (p) => {
      p.agreements[0].signatories[0].organisation = 'ZZZ';
    },
    /signatories\[0\]: organisation "ZZZ"/,
  ],
  [
    'a project with a purpose no agreement has',
    (p) => {
      p.projects.push(project({ purposes: ['public-health'] }));
    },
    /in none of its agreements/,
  ],
  [
    'a project on an unknown agreement',
    (p) => {
      p.projects.push(project({ agreements: ['nowhere'] }));
    },
    /agreement "nowhere"/,
  ],
  [
    'a client with an unknown flow',
    (p) => {
      p.clients.push(client({ flows: ['nowhere'] }));
    },
    /flow "nowhere"/,
  ],
];

const project = (more: object) => ({
  id: 'project',
  title: 'Project',
  organisation: 'ZICB',
  agreements: ['example-place-agreement'],
  licence: 'ordinary',
  seats: 1,
  purposes: ['risk-stratification-commissioning'],
  recipientKeyId: 'project',
  validFrom: '2025-04-01',
  validTo: '2027-03-31',
  contract: 'Licence',
  ...more,
});
const client = (more: object) => ({
  clientId: 'trust',
  organisation: 'ZTRU',
  jwks: { keys: [{ kty: 'EC', kid: 'k1', crv: 'P-384', x: 'x', y: 'y' }] },
  flows: [],
  validFrom: '2025-04-01',
  validTo: '2027-03-31',
  ...more,
});

describe('cross-references of a place', () => {
  it('finds nothing wrong with the example', () => {
    expect(crossReferenceProblems(parsePlace(examplePlace()))).toEqual([]);
  });

  it.each(broken)('reports %s', (_what, change, says) => {
    const place = examplePlace();
    change(place);
    expect(crossReferenceProblems(parsePlace(place)).join('\n')).toMatch(says);
  });

  it('reports all problems at once', () => {
    const place: Breakable = examplePlace();
    place.flows[0].agreement = 'nowhere';
    place.flows[1].from = 'nowhere';
    place.services[0].organisation = 'ZZZ';
    expect(crossReferenceProblems(parsePlace(place))).toHaveLength(3);
  });

  it('reports an id that two places use', () => {
    const [one, two] = [parsePlace(examplePlace('one')), parsePlace(examplePlace('two'))];
    expect(sharedIdProblems([one, two])).toEqual([]);
    const clash = { ...two, flows: two.flows.map((flow) => ({ ...flow, id: 'one-apc' })) };
    expect(sharedIdProblems([one, clash])).toContain('two: flow one-apc is already used by one');
  });
});

describe('the model', () => {
  it.each<[string, (p: Breakable) => void]>([
    [
      'a private key of a client',
      (p) => {
        p.clients.push(client({ jwks: { keys: [{ kty: 'EC', kid: 'k1', crv: 'P-384', x: 'x', y: 'y', d: 'secret' }] } }));
      },
    ],
    [
      'a date that does not exist',
      (p) => {
        p.agreements[0].validTo = '2027-02-30';
      },
    ],
    [
      'a member it does not know',
      (p) => {
        p.agreements[0].surprise = true;
      },
    ],
    [
      'sensitive codes let in without an approval',
      (p) => {
        p.agreements[0].sensitiveCodes = { exclude: false };
      },
    ],
    [
      'a state that is not one',
      (p) => {
        p.flows[0].history[0].state = 'running';
      },
    ],
    [
      'an ODS code in lower case',
      (p) => {
        p.organisations[0].ods = 'ztru';
      },
    ],
  ])('refuses %s', (_what, change) => {
    const place = examplePlace();
    change(place);
    expect(placeDocumentSchema.safeParse(place).success).toBe(false);
  });
});

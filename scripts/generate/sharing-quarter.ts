import { Random } from './random.ts';

/**
 * A quarter of sharing between the six settings of the matrix, with its own truth. Whoever invents a route also says what
 * it comes to: nothing here asks the gateway, its register or its rules.
 */
export interface SharingQuarter {
  readonly flows: readonly InventedFlow[];
  /** Days on which files are sent, with the flows that send. */
  readonly waves: readonly { readonly day: string; readonly flows: readonly string[] }[];
  /** What a person who watched every route would answer, by `from.to`. */
  readonly truth: ReadonlyMap<string, SharingTruth>;
}

export type SharingTruth = 'open-api' | 'interim' | 'none' | 'no data seen';
type Way = 'open' | 'file' | 'paper';

export interface InventedFlow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly way: Way;
  /** The way from the second version of the register on. */
  readonly laterWay?: Way;
  /** Last day its open endpoint is live. */
  readonly openUntil?: string;
  readonly steps: readonly { readonly state: 'live' | 'suspended' | 'stopped'; readonly on: string }[];
  /** The exchange runs, and of what it carries nothing can be used. */
  readonly blank?: true;
  /** Days on which its sender sends, whether or not the gate is open. */
  readonly sends: readonly string[];
}

/** The quarter, and the day in its middle on which the register changes. */
export const sharingPeriod = { from: '2026-10-01', to: '2026-12-31', before: '2026-09-10', change: '2026-11-15' } as const;

const [early, middle, late] = ['2026-10-10', '2026-11-05', '2026-12-10'] as const;
const long = '2025-01-01';
const alwaysLive = [{ state: 'live', on: long }] as const;

type Story = Omit<InventedFlow, 'id' | 'from' | 'to'> & { readonly truth: SharingTruth };

/** Every way a route can go through a quarter. The word at the end of each is what somebody who watched it would say. */
const stories: readonly Story[] = [
  { way: 'open', steps: alwaysLive, sends: [early, middle, late], truth: 'open-api' },
  { way: 'file', steps: alwaysLive, sends: [middle], truth: 'interim' },
  { way: 'paper', steps: alwaysLive, sends: [], truth: 'none' },
  // Suspended before the quarter; the sender goes on sending and is refused.
  { way: 'file', steps: [...alwaysLive, { state: 'suspended', on: '2026-09-15' }], sends: ['2026-09-10', early, late], truth: 'none' },
  // Suspended in the middle, after and before something arrived.
  { way: 'open', steps: [...alwaysLive, { state: 'suspended', on: '2026-11-01' }], sends: [early, late], truth: 'open-api' },
  { way: 'file', steps: [...alwaysLive, { state: 'suspended', on: '2026-10-05' }], sends: [early, late], truth: 'no data seen' },
  // Suspended over the beginning and live again.
  {
    way: 'file',
    steps: [...alwaysLive, { state: 'suspended', on: '2026-08-01' }, { state: 'live', on: '2026-11-20' }],
    sends: [early, late],
    truth: 'interim',
  },
  // The supplier went silent after the quarter before.
  { way: 'open', steps: alwaysLive, sends: ['2026-09-10'], truth: 'no data seen' },
  { way: 'file', steps: alwaysLive, sends: ['2026-09-10'], truth: 'no data seen' },
  // The machines go on by themselves, and what they send is about nobody.
  { way: 'file', blank: true, steps: alwaysLive, sends: [middle], truth: 'no data seen' },
  // The route changes in the middle: used before and after, before only, after only.
  { way: 'file', laterWay: 'open', steps: alwaysLive, sends: [early, late], truth: 'open-api' },
  { way: 'file', laterWay: 'open', steps: alwaysLive, sends: [early, middle], truth: 'interim' },
  { way: 'open', laterWay: 'file', steps: alwaysLive, sends: [late], truth: 'interim' },
  { way: 'open', laterWay: 'file', steps: alwaysLive, sends: [early], truth: 'open-api' },
  // The endpoint closed in the middle, and what was sent afterwards was turned away.
  { way: 'open', openUntil: '2026-10-31', steps: alwaysLive, sends: [late], truth: 'no data seen' },
  { way: 'open', openUntil: '2026-10-31', steps: alwaysLive, sends: [early], truth: 'open-api' },
  // Stopped for good before, and begun only afterwards.
  { way: 'open', steps: [...alwaysLive, { state: 'stopped', on: '2026-10-01' }], sends: ['2026-09-10', early], truth: 'none' },
  { way: 'open', steps: [{ state: 'live', on: '2027-01-04' }], sends: [middle], truth: 'none' },
];

const strength: Readonly<Record<SharingTruth, number>> = { none: 0, 'no data seen': 1, interim: 2, 'open-api': 3 };

/** Nobody but the person may let a social care worker see GP data, and these routes do not rest on consent: nothing arrives. */
const forbidden = 'gp.social-care';

/** @param settings names of the rows and columns; every pair gets no route, one or two, its diagonal included */
export function inventSharing(seed: number, settings: readonly string[]): SharingQuarter {
  const random = new Random(seed, 7);
  const flows: InventedFlow[] = [];
  const truth = new Map<string, SharingTruth>();
  // Every story is told at least once, somewhere else for each seed.
  const told = stories.map((story) => ({ story, at: random.next() })).sort((a, b) => a.at - b.at);
  for (const from of settings) {
    for (const to of settings) {
      const cell = `${from}.${to}`;
      truth.set(cell, 'none');
      const routes = random.pick([0, 1, 1, 1, 2]);
      for (let route = 0; route < routes; route++) {
        const { truth: said, ...story } = told.pop()?.story ?? random.pick(stories);
        const seen = cell === forbidden && said !== 'none' ? 'no data seen' : said;
        flows.push({ id: `way-${seed}-${from}-${to}-${route + 1}`, from, to, ...story });
        // What was seen on one route is not unseen because another was silent.
        if (strength[seen] > strength[truth.get(cell) ?? 'none']) truth.set(cell, seen);
      }
    }
  }
  if (told.length > 0) throw new Error('not every story was told: invent more routes');
  const days = [...new Set(flows.flatMap(({ sends }) => sends))].sort();
  const waves = days.map((day) => ({ day, flows: flows.filter(({ sends }) => sends.includes(day)).map(({ id }) => id) }));
  return { flows, waves, truth };
}

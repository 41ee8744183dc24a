import { dirname, join, normalize } from 'node:path/posix';

/**
 * Which part of src/ may import which: a stage knows the stages before it and is known by those after it. An entry is a
 * folder or one file of it. Nothing imports http, app or main; a cycle between two stages goes through one named door.
 */
export const walls: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  config: ['shared'],
  database: ['shared'],
  audit: ['shared', 'database'],
  register: ['shared', 'database', 'audit', 'jobs/add-job'],
  access: ['shared', 'database', 'audit', 'register'],
  feeds: ['shared', 'register'],
  objections: ['shared', 'database', 'audit', 'register', 'access', 'linkage', 'returns/evidence-pack/hold-counts'],
  linkage: ['shared', 'database', 'audit', 'register', 'feeds'],
  blackbox: ['shared', 'database', 'audit', 'register', 'feeds', 'objections', 'linkage', 'landing', 'config'],
  // The gate sees bytes and receipts; of the black box it knows the connection and nothing behind it.
  landing: ['shared', 'database', 'audit', 'register', 'feeds', 'objections', 'blackbox/connection', 'jobs/add-job'],
  environment: ['shared', 'database', 'audit', 'register', 'access', 'feeds', 'objections', 'linkage', 'landing'],
  risk: ['shared', 'database', 'audit', 'register', 'access', 'objections', 'linkage', 'environment'],
  returns: [
    'shared',
    'database',
    'audit',
    'register',
    'access',
    'feeds',
    'landing',
    'environment',
    'objections',
    'obligations/annual-report',
    'jobs/add-job',
  ],
  // Everything held about one person: it reads what every stage keeps, and of the two sealed zones knows the connections alone.
  'subject-access': ['shared', 'database', 'audit', 'register', 'access', 'reidentification/connection', 'blackbox/connection'],
  reidentification: ['shared', 'database', 'audit', 'register', 'access', 'objections'],
  // A stage adds a job through one door; what the job does, it finds behind the door of its stage.
  obligations: ['shared', 'database', 'audit', 'register', 'access', 'objections/counts', 'returns/disclosure', 'jobs/add-job'],
  destruction: ['shared', 'database', 'audit', 'register', 'access', 'objections', 'linkage'],
  jobs: [
    'shared',
    'database',
    'audit',
    'register',
    'access',
    'landing',
    'objections',
    'linkage',
    'environment',
    'risk',
    'returns',
    'obligations',
    'destruction',
  ],
  http: [
    'shared',
    'database',
    'audit',
    'register',
    'access',
    'subject-access',
    'feeds',
    'landing',
    'objections',
    'linkage',
    'environment',
    'risk',
    'returns',
    'obligations',
    'destruction',
    'jobs',
  ],
};

/** Files that only their own stage opens, whatever else the table allows: where keys and identifiers meet. */
const sealedFiles = /^blackbox\/(?!connection)/;

/** They construct, so they see everything: the composition root, the entry points, the commands of a stage, and the doors it lends. */
const composers = /^(app|main|[a-z-]+\/([a-z-]+\/)?(command|main|doors)(-[a-z-]+)?)\.ts$/;

/** What hands itself to a stage as a type: knowing its shape constructs nothing. */
const shapes = ['app.ts', 'config.ts'];

export interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

const importStatement =
  /^(?:import|export)\b(?:\s+(type)\b)?(?:[^;'"]*?\bfrom)?\s*['"](\.{1,2}\/[^'"]+)['"]|\bimport\(\s*['"](\.{1,2}\/[^'"]+)['"]/gm;

const partOf = (path: string): string => path.split('/')[0]?.replace(/\.ts$/, '') ?? '';

/** Why `from` may not import `to` (both below src/), or undefined when it may. */
export function refuseImport(from: string, to: string, typeOnly: boolean): string | undefined {
  const [own, other] = [partOf(from), partOf(to)];
  if (own === other) return undefined;
  if (sealedFiles.test(to) && !/^blackbox\//.test(from)) {
    const door = /^blackbox\/command/.test(to) || to === 'blackbox/main.ts';
    if (door && composers.test(from)) return undefined;
    if (!composers.test(from) || /^blackbox\/(keys|pseudonymise|keyed-hash|seal)/.test(to)) {
      return 'only src/blackbox sees an identifier beside a key; use src/blackbox/connection.ts';
    }
  }
  if (composers.test(from) || (typeOnly && shapes.includes(to))) return undefined;
  const allowed = walls[own];
  if (allowed === undefined) return `src/${own} is not in the table of walls (scripts/walls.ts)`;
  const path = to.replace(/\.ts$/, '');
  if (allowed.some((entry) => path === entry || path.startsWith(`${entry}/`))) return undefined;
  return `src/${own} may import ${allowed.join(', ') || 'nothing'}, and not ${path}`;
}

/** The imports of one file that go through a wall. @param file path from the root of the repository, below src/ */
export function findBreaches(file: string, text: string): Breach[] {
  const breaches: Breach[] = [];
  const from = file.replace(/^src\//, '');
  for (const match of text.matchAll(importStatement)) {
    const target = normalize(join(dirname(from), match[2] ?? match[3] ?? ''));
    const rule = target.startsWith('..') ? 'src/ imports nothing outside it' : refuseImport(from, target, match[1] === 'type');
    if (rule !== undefined) breaches.push({ file, line: text.slice(0, match.index).split('\n').length, rule });
  }
  return breaches;
}

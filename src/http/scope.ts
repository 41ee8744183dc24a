/**
 * SMART App Launch 2 scopes for systems: `system/<resource>.<letters of cruds>`, with `*` for every resource, and the words of
 * version 1 (`read`, `write`, `*`), which senders still ask for.
 */
export interface ScopeParts {
  readonly resource: string;
  readonly interactions: ReadonlySet<string>;
}

const wordsOfVersion1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Undefined for anything that is not a scope of this form: what cannot be read grants nothing. */
export function parseScope(text: string): ScopeParts | undefined {
  const match = /^system\/([A-Za-z]+|\*)\.([cruds]+|read|write|\*)$/.exec(text);
  if (match === null) return undefined;
  const [, resource = '', interactions = ''] = match;
  return { resource, interactions: new Set(wordsOfVersion1[interactions] ?? interactions) };
}

/** Whether one of the scopes held covers every interaction of the one needed. */
export function holdsScope(held: Iterable<string>, needed: string): boolean {
  const wanted = parseScope(needed);
  if (wanted === undefined) return false;
  const covered = new Set<string>();
  for (const text of held) {
    const scope = parseScope(text);
    if (scope === undefined || (scope.resource !== '*' && scope.resource !== wanted.resource)) continue;
    for (const interaction of scope.interactions) covered.add(interaction);
  }
  return [...wanted.interactions].every((interaction) => covered.has(interaction));
}

/** What both the token and the register allow, kept in the words of the narrower of the two. */
export function commonScopes(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first.filter((scope) => holdsScope(second, scope)), ...second.filter((scope) => holdsScope(first, scope))])];
}

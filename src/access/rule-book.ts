import { personRoles } from '../register/people.ts';
import { accessReasons } from './reasons.ts';
import { roleMeanings } from './roles.ts';

/** The rule book as people read it (docs/rules/access.md). */
export function renderAccessRuleBook(): string {
  return [
    '# Access: who may act, and why somebody may not',
    '',
    'Generated from `src/access`; do not edit. The specifications in `test/spec/access` decide with the same rules.',
    '',
    '- Only named people of the register act, each by a seat: one role, in one place, for a time, for purposes.',
    '- Every decision is a leaf `access.decided` of the audit log, allowed and refused alike; a refusal gives all reasons.',
    '- Nothing is remembered between two requests: a seat taken away, run out or untrained ends at once.',
    '- A person with two seats acts by one of them at a time. What takes two people takes two humans, whatever seats either has.',
    '- Training counts for twelve months. Unknown, missing or expired always means no.',
    '',
    '## Roles',
    '',
    '| role | a seat may | a seat may never |',
    '|---|---|---|',
    ...personRoles.map((role) => `| ${role} | ${roleMeanings[role].may} | ${roleMeanings[role].never} |`),
    '',
    '## Reasons for a refusal',
    '',
    '| reason | clause | what the person is told |',
    '|---|---|---|',
    ...Object.entries(accessReasons).map(([id, { clause, message }]) => `| ${id} | ${clause} | ${message} |`),
    '',
  ].join('\n');
}

import { afterAll, expect, it } from 'vitest';
import { World } from './support/program.ts';

const world = new World();
afterAll(() => world.remove());

it.each([
  ['a number of people that is none', ['--people', 'many'], 2],
  ['an option that does not exist', ['--nonesuch'], 2],
  ['its options', ['--help'], 0],
])('the demonstration asked for %s ends as every command does', async (_what, args, code) => {
  expect(await world.run(args, { program: 'scripts/demo.js' })).toMatchObject({ code });
});

it.each([[['9990000018']], [['deliver', '--flow', 'x', '--999-000-0018', 'y']], [['objections', 'import', 'x', '--kind', '999 000 0018']]])(
  'an NHS number in the wrong place of a command line is not said again: %j',
  async (args) => {
    const { code, stderr } = await world.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('…');
    expect(stderr.replace(/\D/g, '')).not.toContain('9990000018');
  },
);

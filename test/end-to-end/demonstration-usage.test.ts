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

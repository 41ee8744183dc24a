import { expect, test } from 'vitest';
import type { App } from '../../../src/app.ts';
import { sendObjections } from '../../../src/landing/send-objections.ts';

test('a list that cannot be read is said to be unreadable, and the black box is not asked', async () => {
  let asked = false;
  const blackBox = () => {
    asked = true;
    return Promise.reject(new Error('not to be asked'));
  };
  await expect(sendObjections({ blackBox } as unknown as App, 'no-such-folder/list.csv', {})).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('Check that it exists'),
  });
  expect(asked).toBe(false);
});

import { spawn } from 'node:child_process';
import { exitCode, GatewayError } from '../shared/errors.ts';

/**
 * Lets a process of its own write the lists of one recorded decision, and waits for it: this process has neither the private
 * key nor the vault, and sees no number. The child takes the people from the decision alone.
 * @throws GatewayError NDOP_LISTS_NOT_WRITTEN; the child has said on standard error why
 */
export async function spawnOptOutLists(options: {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly exchangeId: string;
  readonly actor: string;
}): Promise<void> {
  const child = spawn(process.execPath, [options.program, 'opt-out-list', '--exchange', options.exchangeId, '--actor', options.actor], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...options.environment },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code === 0) return;
  throw new GatewayError(
    'NDOP_LISTS_NOT_WRITTEN',
    'The lists could not be written; the decision is kept. Where the private key is in a container of its own, run "haven opt-out-list" there.',
    { status: 503, exit: code === exitCode.configuration ? exitCode.configuration : exitCode.unavailable },
  );
}

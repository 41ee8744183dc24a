import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { OpenApp } from '../app.ts';
import { recordAudit } from '../audit/record.ts';
import { transaction } from '../database/query.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { type ListedJob, listJobs, retryJob } from './list-jobs.ts';

function toJobId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('must be the number of a job');
  return Number(text);
}

/** `haven jobs list | retry`. */
export function addJobCommands(program: Command, open: OpenApp, out: Output): void {
  const jobs = program.command('jobs').description('work that the gateway does by itself');

  jobs
    .command('list')
    .description('what waits, runs, is tried again or is dead; exits 1 when a job is dead')
    .action(async () => {
      const { gateway } = await open();
      const listed = await listJobs(gateway);
      out.print(out.json ? { jobs: listed } : listed.length === 0 ? 'The queue is empty.' : listed.map(describe).join('\n'));
      if (listed.some(({ state }) => state === 'dead')) process.exitCode = exitCode.findings;
    });

  jobs
    .command('retry')
    .description('try a dead job again')
    .argument('<id>', 'number of the job', toJobId)
    .action(async (id: number) => {
      const { gateway, clock } = await open();
      const retried = await transaction(gateway, async (tx) => {
        if (!(await retryJob(tx, id))) return false;
        await recordAudit(
          tx,
          { type: 'job.retried', actor: `command-line:${userInfo().username}`, subject: String(id), detail: {} },
          clock,
        );
        return true;
      });
      if (!retried) throw new GatewayError('JOB_NOT_DEAD', 'No dead job has this number. `haven jobs list` shows what there is.');
      out.print(out.json ? { retried: id } : `Job ${id} will be tried again.`);
    });
}

const describe = ({ id, task, state, runAt, attempts, maxAttempts, lastError }: ListedJob): string =>
  `${String(id).padStart(6)}  ${state.padEnd(8)}  ${task.padEnd(24)}  ${runAt}  ${attempts}/${maxAttempts}${lastError === null ? '' : `  ${lastError}`}`;

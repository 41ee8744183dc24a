import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { actAs } from '../access/act-as.ts';
import type { OpenApp } from '../app.ts';
import { localDate } from '../shared/clock.ts';
import { GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';

/** `haven project list | issue`: licensed projects, and the pseudonyms they know people by. */
export function addProjectCommands(program: Command, open: OpenApp, out: Output): void {
  const project = program.command('project').description('licensed projects of the register');

  project
    .command('list', { isDefault: true })
    .description('projects, their licence and purposes, and until when')
    .action(async () => {
      const { projects } = await (await open()).register();
      const rows = [...projects.values()].map(({ project: { id, licence, purposes, validTo } }) => ({ id, licence, purposes, validTo }));
      out.print(
        out.json
          ? { projects: rows }
          : rows.map((row) => `${row.id}  ${row.licence}  until ${row.validTo}  ${row.purposes.join(', ')}`).join('\n'),
      );
    });

  project
    .command('issue <id>')
    .description('gives everybody in the environment the pseudonym this project knows them by; prints how many, never whom')
    .option('--as <person>', 'who asks for them, by id in the register: their seat in the project is checked and the decision is logged')
    .action(async (id: string, { as: person }: { readonly as?: string }) => {
      const app = await open();
      const asked = { roles: ['super-user'], project: id, action: 'project.issue', clock: app.clock } as const;
      out.print(await issuePseudonyms(app, id, person === undefined ? undefined : (await actAs(app.gateway, { ...asked, person })).person));
    });
}

/** Asks the black box, which alone has the keys. Two projects' pseudonyms share nothing. */
export async function issuePseudonyms(
  app: Awaited<ReturnType<OpenApp>>,
  id: string,
  actor = `command-line:${userInfo().username}`,
): Promise<{ readonly issued: number }> {
  const entry = (await app.register()).projects.get(id);
  const today = localDate(app.clock.now());
  if (!entry || entry.project.validFrom > today || entry.project.validTo < today) {
    throw new GatewayError('PROJECT_NOT_LICENSED', 'The register knows no project of this id that is licensed today.', { status: 403 });
  }
  const box = await app.blackBox();
  const request = { project: entry.project.id, epoch: 1, actor };
  return (await box.call('/recipients', request)) as { issued: number };
}

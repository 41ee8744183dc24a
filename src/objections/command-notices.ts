import type { Command } from 'commander';
import { actAs } from '../access/act-as.ts';
import { transaction } from '../database/query.ts';
import type { PersonRole } from '../register/people.ts';
import type { Output } from '../shared/output.ts';
import type { ObjectionsApp } from './command.ts';
import { protect } from './counts.ts';
import { acknowledgeNotice, listNotices, type NoticeOfProject, readNotice } from './notices.ts';

interface Choice {
  readonly project: string;
  readonly as: string;
}

/**
 * `haven objections notices [list] | read | acknowledge`: recipients of earlier releases learn whom to remove, by their own
 * pseudonyms, and say that they did. Only a holder of a seat of the project reads; only one who may change things answers.
 */
export function addNoticeCommands<App extends ObjectionsApp>(objections: Command, open: () => Promise<App>, out: Output): void {
  const notices = objections.command('notices').description('recipients to be told that people they were given have objected');

  notices
    .command('list', { isDefault: true })
    .description('notices, open ones first; counts only')
    .option('--project <project>', 'only those of one project')
    .action(async ({ project }: { project?: string }) => {
      const listed = (await listNotices((await open()).gateway, project)).map((notice) => ({ ...notice, people: protect(notice.people) }));
      out.print(out.json ? { notices: listed } : listed.map((one) => JSON.stringify(one)).join('\n') || 'There are no notices.');
    });

  const act = (name: string, description: string, roles: readonly PersonRole[], work: Work): void => {
    notices
      .command(`${name} <number>`)
      .description(description)
      .requiredOption('--project <project>', 'the project that was given the people')
      .requiredOption('--as <person>', 'who acts for it: the holder of a seat of the project, by id in the register')
      .action(async (notice: string, { project, as: person }: Choice) => {
        const { gateway, clock } = await open();
        const actor = await actAs(gateway, { person, roles, project, action: `objections.notice-${name}`, clock });
        out.print(await transaction(gateway, (tx) => work(tx, { notice, project, actor: actor.person }, clock)));
      });
  };
  type Work = (tx: Parameters<typeof readNotice>[0], asked: NoticeOfProject, clock: Parameters<typeof readNotice>[2]) => Promise<object>;
  act('read', "the project's own pseudonyms of the people it has to remove", ['ordinary', 'super-user'], async (tx, asked, clock) => ({
    notice: asked.notice,
    remove: await readNotice(tx, asked, clock),
  }));
  act('acknowledge', 'says that the people were removed; the notice forgets them', ['super-user'], async (tx, asked, clock) => {
    await acknowledgeNotice(tx, asked, clock);
    return { notice: asked.notice, acknowledged: true };
  });
}

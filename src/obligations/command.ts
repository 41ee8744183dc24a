import type { Command } from 'commander';
import type { OpenApp } from '../app.ts';
import type { Output } from '../shared/output.ts';
import { addBreachCommands, asLeadOf, deskOf } from './command-breach.ts';
import { addAnnualReportCommand } from './command-report.ts';
import { dayWithin, type Task } from './tasks.ts';

/** `haven obligations …` and `haven breach …`. */
export function addObligationCommands(program: Command, open: OpenApp, out: Output): void {
  const obligations = program.command('obligations').description('what the agreements oblige people to, with dates, evidence and owners');

  obligations
    .command('list')
    .description('brings the tasks in line with the register and prints them, the oldest first')
    .option('--place <id>', 'only of this place')
    .option('--agreement <id>', 'only of this agreement')
    .option('--due-within <days>', 'only what is late or due by then, like 90d')
    .option('--all', 'also what is accepted or closed')
    .action(async (options: { place?: string; agreement?: string; dueWithin?: string; all?: boolean }) => {
      const app = await open();
      const desk = deskOf(app);
      await desk.follow();
      const dueBy = options.dueWithin === undefined ? undefined : dayWithin(options.dueWithin, app.clock);
      const tasks = await desk.tasks({ place: options.place, agreement: options.agreement, dueBy, all: options.all });
      out.print(out.json ? { tasks } : describeTasks(tasks));
    });

  obligations
    .command('evidence')
    .description('says where the evidence for a task is kept')
    .argument('<id>', 'id of the task')
    .requiredOption('--reference <text>', 'where it is kept, never the evidence itself')
    .requiredOption('--as <person>', 'who says so, by id in the register')
    .action(async (id: string, { reference, as: person }: { reference: string; as: string }) => {
      const app = await open();
      const desk = deskOf(app);
      await asLeadOf(app, person, (await desk.task(id)).place, 'obligation.evidence');
      const task = await desk.supply({ id, reference, actor: person });
      out.print(out.json ? task : `${task.id}: the evidence waits for somebody else to accept it.`);
    });

  obligations
    .command('accept')
    .description('accepts the evidence for a task; somebody else than supplied it')
    .argument('<id>', 'id of the task')
    .requiredOption('--as <person>', 'who judges it, by id in the register')
    .option('--refuse-because <text>', 'opens the task again instead')
    .action(async (id: string, { as: person, refuseBecause }: { as: string; refuseBecause?: string }) => {
      const app = await open();
      const desk = deskOf(app);
      await asLeadOf(app, person, (await desk.task(id)).place, 'obligation.accept');
      const task = await desk.judge({ id, actor: person, ...(refuseBecause === undefined ? {} : { refuseBecause }) });
      out.print(out.json ? task : `${task.id} is ${task.state}.`);
    });

  addAnnualReportCommand(obligations, open, out);
  addBreachCommands(program, open, out);
}

function describeTasks(tasks: readonly Task[]): string {
  if (tasks.length === 0) return 'Nothing is due.';
  const late = tasks.filter(({ overdue }) => overdue).length;
  const lines = tasks.map((task) => {
    const state = task.overdue ? `late${task.escalatedTo === null ? '' : `, ${task.escalatedTo} told`}` : task.state;
    const waiting = task.state === 'evidence-supplied' && task.overdue ? ', evidence waits' : '';
    return `${task.due}  ${task.title}\n            ${task.ownerRole} of ${task.ownerOrganisation}; ${state}${waiting}; ${task.clause}\n            ${task.id}`;
  });
  return [...lines, `${tasks.length} tasks, ${late} late.`].join('\n');
}

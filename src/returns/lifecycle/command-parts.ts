import type { Command } from 'commander';
import type { App, OpenApp } from '../../app.ts';
import { asAuthorOf, createReturnsDesk, type ReturnsDesk } from './desk.ts';
import type { ReturnKey } from './history.ts';

export interface OfReturn {
  readonly template: string;
  readonly place: string;
}
export type ByPerson = OfReturn & { readonly as: string };

export const deskOf = (app: Pick<App, 'gateway' | 'clock' | 'config'>): ReturnsDesk =>
  createReturnsDesk({ gateway: app.gateway, clock: app.clock, configDirectory: app.config.configDirectory });

export const keyOf = ({ place, template }: OfReturn): ReturnKey => ({ place, template });

/** A command about one return of a place. */
export const ofReturn = (command: Command): Command =>
  command.requiredOption('--template <id>', 'return template, e.g. bcf-2016-17-q2').requiredOption('--place <id>', 'place of the register');

/** A command that a named person decides. */
export const byPerson = (command: Command): Command =>
  ofReturn(command).requiredOption('--as <person>', 'who decides it, by id in the register');

/** Lets the person in, on record, before anything is done. */
export async function deskFor(open: OpenApp, { as: person, place }: ByPerson, action: string): Promise<ReturnsDesk> {
  const app = await open();
  await asAuthorOf(app, person, place, action);
  return deskOf(app);
}

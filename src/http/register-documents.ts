import type { Queryable } from '../database/query.ts';
import { loadFeeds } from '../feeds/load.ts';
import { factsOfDay } from '../register/documents/facts-of-day.ts';
import { makeDocument } from '../register/documents/produce.ts';
import type { Register } from '../register/register.ts';
import { type Clock, localDate } from '../shared/clock.ts';
import type { HttpServices } from './services.ts';

interface DocumentSources {
  readonly db: Queryable;
  readonly read: () => Promise<Register>;
  readonly clock: Clock;
  readonly configDirectory: string;
}

/** Documents of the one place somebody was let in for. Names of data sets are read once: they change with a release. */
export function createDocuments({ db, read, clock, configDirectory }: DocumentSources): NonNullable<HttpServices['documents']> {
  let titles: Promise<ReadonlyMap<string, string>> | undefined;
  return async ({ name, place, at, agreement }) => {
    titles ??= loadFeeds(configDirectory).then((feeds) => new Map([...feeds].map(([id, { title }]) => [id, title])));
    const today = localDate(clock.now());
    return makeDocument(await factsOfDay({ db, read, today, feedTitles: await titles }, place, at ?? today), name, agreement);
  };
}

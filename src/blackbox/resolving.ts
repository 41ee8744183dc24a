import type { Persons } from './persons.ts';
import type { ScreenedBatch } from './screened-batch.ts';

export interface Resolving {
  readonly batch: ScreenedBatch;
  /** Its people are known, or that failed: there is nothing to wait for. */
  done: boolean;
  /** What went wrong, if anything: a rejection nobody waits for yet would end the process. */
  readonly failure: Promise<{ readonly error: unknown } | undefined>;
}

/** Asks at once who the people of a batch are; the answer is waited for when the batch is to be stored. */
export function resolving(persons: Persons, batch: ScreenedBatch): Resolving {
  const failure = persons.resolve(batch.wanted).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const asked: Resolving = { batch, done: false, failure };
  void failure.then(() => {
    asked.done = true;
  });
  return asked;
}

/** @throws what went wrong while its people were looked up */
export async function settled({ batch, failure }: Resolving): Promise<ScreenedBatch> {
  const failed = await failure;
  if (failed) throw failed.error;
  return batch;
}

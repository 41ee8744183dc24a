import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { systemClock } from '../shared/clock.ts';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { algorithms, verifierKey } from './signed-note.ts';
import { openAuditKey } from './signing-key.ts';
import { readKey } from './verify-files.ts';
import { addCheckpoint, readWitnessRequest } from './witness.ts';

/** Not a list option: that would take the request for a key. */
const addTo = (key: string, before: readonly string[] = []): readonly string[] => [...before, key];

interface WitnessOptions {
  readonly folder: string;
  readonly name: string;
  readonly logKey?: readonly string[];
  readonly key?: boolean;
}

/**
 * `haven audit witness`: run by somebody else, elsewhere. It needs neither a database nor an installation: a folder with its
 * own key and the newest checkpoint of each log.
 */
export function addWitnessCommand(audit: Command, out: Output): void {
  audit
    .command('witness [request]')
    .description('cosigns a checkpoint that goes on from the one cosigned last; reads what `haven audit prove --from N` prints')
    .requiredOption('--folder <folder>', 'where this witness keeps its key and the newest checkpoint of each log')
    .requiredOption('--name <name>', 'name of this witness, such as example.org/witness')
    .option('--log-key <key>', 'key of a log it looks at, as `haven audit checkpoint --key` prints it; may be repeated', addTo)
    .option('--key', 'print the public key of this witness instead')
    .action(async (request: string | undefined, options: WitnessOptions) => {
      if (!/^[^\s+]+$/.test(options.name)) {
        throw new GatewayError('WITNESS_NAME_INVALID', 'The name of a witness has no spaces and no plus sign.', { exit: exitCode.usage });
      }
      const witness = { name: options.name, key: await openAuditKey(join(options.folder, 'witness.key')) };
      if (options.key === true) {
        out.print(verifierKey(witness.name, witness.key, algorithms.cosignature));
        return;
      }
      const logs = new Map((options.logKey ?? []).map((line) => readKey(line, algorithms.ed25519)).map(({ name, key }) => [name, key]));
      const given = readWitnessRequest(request === undefined ? await text(process.stdin) : await readFile(request, 'utf8'));
      const cosigned = await addCheckpoint({ ...witness, folder: options.folder, clock: systemClock, logs }, given);
      out.print(out.json ? { checkpoint: cosigned } : cosigned.trimEnd());
    });
}

import { type Command, InvalidArgumentError } from 'commander';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { Output } from '../shared/output.ts';
import { asAuditor } from './auditor.ts';
import { type AuditKeeping, checkpoint } from './keep-audit.ts';
import { proveConsistency, proveInclusion } from './proofs.ts';
import { writeWitnessRequest } from './witness.ts';

function toIndex(text: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

const base64 = (hashes: readonly Buffer[]): readonly string[] => hashes.map((hash) => hash.toString('base64'));

/** `haven audit prove`: proofs against the newest checkpoint, which it signs. */
export function addProofCommands(audit: Command, open: () => Promise<AuditKeeping>, out: Output): void {
  audit
    .command('prove')
    .description('proves that an entry is in the log, or that an earlier log is a beginning of it')
    .option('--leaf <index>', 'inclusion of this entry', toIndex)
    .option('--from <size>', 'consistency with the log of this size; prints what `haven audit witness` takes', toIndex)
    .option('--to <size>', 'size to prove it in; default the newest checkpoint', toIndex)
    .action(async ({ leaf, from, to }: { leaf?: number; from?: number; to?: number }) => {
      if ((leaf === undefined) === (from === undefined)) {
        throw new GatewayError('PROOF_OF_WHAT', 'Give one of --leaf and --from.', { exit: exitCode.usage });
      }
      const app = await open();
      const head = await checkpoint(app);
      const size = to ?? head.size;
      await asAuditor(app.servers, async (db) => {
        if (leaf !== undefined) {
          const { leafHash, proof } = await proveInclusion(db, leaf, size);
          out.print({ leaf, size, leafHash: leafHash.toString('base64'), proof: base64(proof), checkpoint: head.text });
          return;
        }
        const older = from ?? 0;
        const { proof } = await proveConsistency(db, older, size);
        // Only the checkpoint of that size can be cosigned with it.
        if (out.json || size !== head.size) out.print({ from: older, to: size, proof: base64(proof), checkpoint: head.text });
        else out.print(writeWitnessRequest({ older, proof, checkpoint: head.text }).trimEnd());
      });
    });
}

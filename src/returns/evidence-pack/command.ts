import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { OpenApp } from '../../app.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { readReturnFile } from '../file.ts';
import { checkTogether } from './counts.ts';
import { readFolder, writeFolder } from './folder.ts';
import { makeEvidencePack, type PackedReturn } from './make.ts';
import { packNames } from './pack.ts';
import { type PackFinding, type VerifiedPack, verifyPack } from './verify.ts';

async function askedFor({ return: id, file }: { return?: string; file?: string }): Promise<PackedReturn> {
  if ((id === undefined) === (file === undefined)) {
    throw new GatewayError('EVIDENCE_OF_WHAT', 'Give one of --return and --file.', { exit: exitCode.usage });
  }
  return id === undefined ? { sha256: (await readReturnFile(file ?? '')).sha256 } : { id };
}

/** `haven return evidence | verify-evidence`. */
export function addEvidenceCommands(returns: Command, open: OpenApp, out: Output): void {
  returns
    .command('evidence')
    .description('writes the evidence pack of a kept return: every cell with what is behind it, for an auditor without access')
    .option('--return <id>', 'id of the return, as `haven return build` prints it with --json')
    .option('--file <return.json>', 'or the return itself')
    .requiredOption('--out <dir>', 'a new folder')
    .action(async ({ out: folder, ...options }: { return?: string; file?: string; out: string }) => {
      const asked = await askedFor(options);
      const pack = await makeEvidencePack(await open(), asked, `command-line:${userInfo().username}`);
      const files = await writeFolder(pack.files, folder);
      const { returnId, sha256, manifestSha256 } = pack;
      out.print(
        out.json
          ? { return: returnId, sha256, manifestSha256, files }
          : `Wrote ${files.length} files. Begin with ${join(folder, packNames.index)}. The digest of the return is ${sha256}.\nAnybody can check it with: haven return verify-evidence ${folder}`,
      );
    });

  returns
    .command('verify-evidence')
    .description('verifies evidence packs from their files alone, and holds several against differencing; exits 1 with findings')
    .argument('<folder...>', 'folders that `haven return evidence` wrote')
    .option('--public-key <key>', 'key of the log, as `haven audit checkpoint --key` prints it; without it the one in the pack')
    .action(async (folders: string[], { publicKey }: { publicKey?: string }) => {
      const packs: VerifiedPack[] = [];
      for (const folder of folders) packs.push(verifyPack(await readFolder(folder), publicKey));
      const documents = packs.flatMap(({ document }) => document ?? []);
      const together = documents.length < 2 ? [] : checkTogether(documents).filter(({ rule }) => rule === 'COUNT_RECOVERABLE');
      const results = packs.map(({ document: _, ...said }, index) => ({ folder: folders[index], ...said }));
      const failed = together.length > 0 || packs.some(({ findings }) => findings.length > 0);
      out.print(
        out.json
          ? { packs: results, together }
          : [...packs.map((pack, index) => describe(folders[index] ?? '', pack)), ...together.map(line)].join('\n'),
      );
      if (failed) process.exitCode = exitCode.findings;
    });
}

const line = ({ rule, message, file }: PackFinding): string => `${rule}${file === undefined ? '' : ` (${file})`}: ${message}`;

function describe(folder: string, { return: about, signed, size, proven, findings, notices }: VerifiedPack): string {
  const verdict =
    findings.length === 0 && about !== null
      ? `${folder} is sound: return ${about.id} (${about.sha256}), ${proven} entries proven in a log of ${size}.${signed === null ? ' Nobody has signed it.' : ` Signed by ${signed.by} as ${signed.as} at ${signed.at}.`}`
      : `${folder}: ${findings.length} findings. It does not prove what it says.`;
  return [...findings.map(line), ...notices.map((notice) => `(to know) ${line(notice)}`), verdict].join('\n');
}

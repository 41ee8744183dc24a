import { auditEventOf } from './audit-event.ts';
import type { LogReader } from './log-reader.ts';

type Open = (sha256: string) => Promise<Readonly<Record<string, unknown>> | undefined>;

const sealedHash = (entry: Readonly<Record<string, unknown>>): string | undefined => {
  const sealed = entry.sealed as { readonly sha256?: unknown } | undefined;
  return typeof sealed?.sha256 === 'string' ? sealed.sha256 : undefined;
};

/**
 * The log as NDJSON of FHIR R4 AuditEvents (IHE BALP), one line for each entry, in the order of the log.
 * @param open opens a sealed payload; what was erased stays out, and the event says what is left
 */
export async function* exportFhir(reader: LogReader, origin: string, open: Open): AsyncIterable<string> {
  for await (const batch of reader.entries()) {
    let lines = '';
    for (const { index, leaf, leafHash } of batch) {
      const entry = JSON.parse(leaf?.toString('utf8') ?? '{}') as Readonly<Record<string, unknown>>;
      const hash = sealedHash(entry);
      const opened = hash === undefined ? undefined : await open(hash);
      lines += `${JSON.stringify(auditEventOf({ index, leafHash, entry, opened }, origin))}\n`;
    }
    yield lines;
  }
}

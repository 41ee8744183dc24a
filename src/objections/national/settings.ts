import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/errors.ts';
import { faultOfFile, parseJson } from '../../shared/json-text.ts';

/** Header values of MESH are printable ASCII; control characters get a whole message refused. */
const mailboxId = z.string().regex(/^[A-Z0-9]{1,30}$/, { error: 'must be a MESH mailbox id: capital letters and digits' });

const mesh = z.strictObject({
  /** Base URL of the MESH API, for example of the integration environment. */
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).refine((url) => !url.endsWith('/'), {
    error: 'must not end in a slash',
  }),
  /** Mailbox of the national check: it differs by time and environment, so it is never a constant. */
  recipient: mailboxId,
  workflow: z.string().regex(/^[A-Z0-9_]{1,100}$/),
  /** Workflow of the replies, where it is another. */
  replyWorkflow: z
    .string()
    .regex(/^[A-Z0-9_]{1,100}$/)
    .optional(),
  /** Largest part of a message sent at once. */
  chunkBytes: z.int().min(1_000).max(100_000_000).default(20_000_000),
  timeoutSeconds: z.int().min(1).max(3_600).default(120),
});

const schema = z.strictObject({
  $comment: z.string().optional(),
  /** Our own mailbox: the first part of every file name, also of files carried by hand. */
  mailbox: mailboxId,
  /** One published source wants LF, two programs in use send CRLF: LF unless the service says otherwise. */
  lineEnding: z.enum(['LF', 'CRLF']).default('LF'),
  /** No limit is published for this check; the neighbouring trace service takes 500,000. */
  rowsPerFile: z.int().min(1).max(5_000_000).default(500_000),
  /** An answer in which more than this share of people opted out waits for a person: most likely it is cut short. */
  holdAboveShare: z.number().gt(0).max(1).default(0.25),
  /** Absent: files are carried by hand. */
  mesh: mesh.optional(),
});

export type NationalSettings = z.output<typeof schema>;
export type MeshSettings = z.output<typeof mesh>;

/** Checks the settings of the national exchange; throws ConfigurationError with every problem. */
export function readNationalSettings(value: unknown): NationalSettings {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(parsed.error.issues.map((issue) => `objections/national.json ${issue.path.join('.')}: ${issue.message}`));
}

/** Reads `national.json` of a directory (normally `config/objections`). Missing or wrong: nobody is asked. */
export async function loadNationalSettings(dir: string): Promise<NationalSettings> {
  const bytes = await readFile(join(dir, 'national.json')).catch(() => undefined);
  const read = bytes === undefined ? undefined : parseJson(bytes);
  if (read === undefined || 'fault' in read) {
    const fault = read === undefined ? 'is missing' : faultOfFile[read.fault];
    throw new ConfigurationError([`objections/national.json ${fault}; it says whose mailbox asks for national opt-outs`]);
  }
  return readNationalSettings(read.value);
}

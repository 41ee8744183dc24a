import { createHmac, randomUUID } from 'node:crypto';

export interface MailboxSecrets {
  readonly password: string;
  /** Shared key of the environment, given out with the mailbox. */
  readonly sharedKey: string;
}

/** `yyyyMMddHHmm` in UTC, as the header wants it. */
const minuteOf = (at: Date): string => at.toISOString().replace(/\D/g, '').slice(0, 12);

/**
 * `NHSMESH <mailbox>:<nonce>:<count>:<timestamp>:<hmac>`, the hmac being hexadecimal HMAC-SHA-256 with the shared key of
 * `<mailbox>:<nonce>:<count>:<password>:<timestamp>` (MESH API, authorization header). A new nonce for every request, so
 * that none is ever used twice, whatever failed.
 */
export function meshAuthorization(mailbox: string, secrets: MailboxSecrets, at: Date, nonce: string = randomUUID(), count = 0): string {
  const timestamp = minuteOf(at);
  const hmac = createHmac('sha256', secrets.sharedKey)
    .update(`${mailbox}:${nonce}:${count}:${secrets.password}:${timestamp}`)
    .digest('hex');
  return `NHSMESH ${mailbox}:${nonce}:${count}:${timestamp}:${hmac}`;
}

import type { Pool } from 'pg';
import type { Clock } from '../../shared/clock.ts';
import type { Mailbox } from './mesh/mailbox.ts';
import type { NationalSettings } from './settings.ts';
import type { ReplyOutcome } from './take-reply.ts';

/** A reply on its way to the black box; the bytes pass through here unread. */
export interface ReplyToTake {
  readonly localId: string;
  readonly messageType?: string;
  readonly responseId?: string;
  readonly acceptedBy?: string;
  readonly actor: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** What the exchange needs of the rest; composed where the process is. */
export interface ExchangeDeps {
  /** haven as haven_ndop. */
  readonly national: Pool;
  readonly clock: Clock;
  readonly settings: NationalSettings;
  readonly actor: string;
  /** Folder, entered by this user alone, where files with numbers rest between two steps. */
  readonly spool: string;
  /** The re-identifier writes the lists of a recorded decision. */
  writeLists(exchangeId: string): Promise<unknown>;
  /** The black box reads one reply. */
  takeReply(reply: ReplyToTake): Promise<ReplyOutcome>;
  /** The black box removes what an answer's objections cover. */
  applyAnswer(localId: string): Promise<unknown>;
  /** Undefined: files are carried by hand. */
  readonly mailbox?: Mailbox;
}

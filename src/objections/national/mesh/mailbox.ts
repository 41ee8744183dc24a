/** A message to be sent, as MESH takes it. */
export interface Outgoing {
  readonly to: string;
  readonly workflowId: string;
  readonly localId: string;
  readonly subject: string;
  readonly fileName: string;
  /** Length of `read`'s bytes. */
  readonly bytes: number;
  /** The bytes from `start` up to and without `end`; asked again when a part has to be sent again. */
  readonly read: (start: number, end: number) => Promise<Buffer>;
}

/** What a message says about itself. */
export interface Envelope {
  readonly messageId: string;
  /** DATA or REPORT. */
  readonly messageType: string;
  readonly workflowId?: string;
  readonly localId?: string;
  readonly subject?: string;
  /** For a REPORT: the message it is about. */
  readonly linkedMessageId?: string;
}

export interface Incoming extends Envelope {
  readonly bytes: AsyncIterable<Buffer>;
}

/** The way to one mailbox. Tests, and installations with a client of their own, bring another. */
export interface Mailbox {
  readonly mailbox: string;
  /** Says that we are here; MESH wants it once in 24 hours. */
  handshake(): Promise<void>;
  /** @returns the message id. @throws GatewayError MESH_REFUSED, MESH_RECIPIENT_UNKNOWN, MESH_UNAVAILABLE */
  send(message: Outgoing): Promise<string>;
  /** Message id of what was sent under a LocalId; undefined when nothing was, 'several' when it was sent more than once. */
  findSent(localId: string): Promise<{ readonly messageId: string } | 'several' | undefined>;
  /** Ids of messages not yet acknowledged, 500 at most at a time (MESH's own cap). */
  list(workflowId: string): Promise<readonly string[]>;
  /** Undefined when the message is gone (404, 410): somebody else took it, or it expired. */
  download(messageId: string): Promise<Incoming | undefined>;
  acknowledge(messageId: string): Promise<void>;
}

import { hash } from 'node:crypto';

/** What was read from configuration, with the SHA-256 (hex) of what it was read from: two that are equal decide alike. */
export interface Digested {
  readonly sha256: string;
}

export const sha256Of = (content: string): string => hash('sha256', content);

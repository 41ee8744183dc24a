import type { Setting } from '../shared/settings.ts';
import type { Candidate } from './candidate.ts';
import { CopyBytes } from './copy-bytes.ts';
import type { SourceKey } from './pseudonymise.ts';

/** What the record of an event says, in canonical form. */
export type EventRecord = Pick<
  Candidate,
  'start' | 'end' | 'sourceAt' | 'ready' | 'costPence' | 'kind' | 'provider' | 'period' | 'codes' | 'attributes'
>;

/** Writes the columns of an event that are not its person's, in the order of stage.ts. */
export type EventWriter = (to: CopyBytes, key: SourceKey, record: EventRecord) => void;

export interface EventsOfDelivery {
  readonly flowNo: number;
  readonly deliveryNo: number;
  readonly setting: Setting;
  /** A source that claims to write in the future would have the last word about everybody for ever: it writes today. */
  readonly today: string;
}

export function eventWriter({ flowNo, deliveryNo, setting, today }: EventsOfDelivery): EventWriter {
  const constants = new CopyBytes();
  constants.integer(flowNo);
  constants.bigint(deliveryNo);
  constants.text(setting);
  const ofDelivery = constants.subarray();
  return (to, key, { start, end, sourceAt, ready, costPence, kind, provider, period, codes, attributes }) => {
    to.uuid(key);
    to.timestamp(start);
    to.timestamp(end);
    to.timestamp(notAfter(today, sourceAt));
    to.date(ready);
    to.bigint(costPence);
    to.text(kind);
    to.text(provider);
    to.text(period);
    to.codes(codes);
    to.jsonb(attributes);
    to.written(ofDelivery);
  };
}

/** The moment a source gives, or the end of today where it lies ahead. */
export const notAfter = (today: string, sourceAt: string): string => (sourceAt.slice(0, 10) > today ? `${today} 23:59:59` : sourceAt);

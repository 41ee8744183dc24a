import type { EvidenceFlag } from './return.ts';

/** What a flag means to somebody who reads the page and not the rule book. */
const words: Readonly<Record<EvidenceFlag, string>> = {
  NO_DATA_IN_PERIOD: 'no data seen in the period',
  TOO_FEW_RECORDS: 'too few records to measure a share',
  NUMBER_STATUS_NOT_CARRIED: 'the feed does not say whether numbers are verified',
  NO_FLOW_IN_REGISTER: 'the register holds no such flow',
  NO_ENDPOINT_IN_REGISTER: 'the register holds no endpoint',
  ENDPOINT_NOT_ANSWERING: 'no endpoint answered in time',
};

export const flagWords = (flag: EvidenceFlag): string => words[flag];

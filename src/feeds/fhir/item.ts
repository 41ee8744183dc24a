import type { Issue, SourceRecord } from '../record.ts';

/** `stu3` where the profile says so (GP Connect, ITK3), `r4` where a UK Core profile does. */
export type FhirVersion = 'stu3' | 'r4' | 'unknown';

export interface FhirRecord {
  readonly record: SourceRecord;
  readonly version: FhirVersion;
}

/** One resource of a delivery: a record, a type that is not taken, or one that cannot be used and is quarantined. */
export type FhirItem = FhirRecord | { readonly row: number; readonly outOfScope: string } | { readonly issue: Issue };

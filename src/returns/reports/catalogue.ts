import type { ReportSource } from './source.ts';
import type { SourceId } from './source-ids.ts';
import {
  agreementAccess,
  agreementBreaches,
  agreementDestruction,
  agreementFlows,
  agreements,
  agreementTasks,
} from './sources/agreements.ts';
import { deliveries, nhsNumber, openApi, returnCells, sharing } from './sources/cells.ts';
import { measures } from './sources/measures.ts';
import { nationalChecks, nationalUses } from './sources/national.ts';
import { objections, removed, withheld } from './sources/opt-outs.ts';
import { releases } from './sources/releases.ts';

/** Everything a report can be made of. A new kind of figure is one entry here; a new report is a file. */
export const catalogue: Readonly<Record<SourceId, ReportSource>> = {
  'return-cells': returnCells,
  sharing,
  'open-api': openApi,
  'nhs-number': nhsNumber,
  deliveries,
  releases,
  objections,
  withheld,
  removed,
  'national-uses': nationalUses,
  'national-checks': nationalChecks,
  measures,
  agreements,
  'agreement-flows': agreementFlows,
  'agreement-tasks': agreementTasks,
  'agreement-breaches': agreementBreaches,
  'agreement-destruction': agreementDestruction,
  'agreement-access': agreementAccess,
};

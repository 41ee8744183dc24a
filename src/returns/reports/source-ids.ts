/** Every source of figures a report can be made of; what each knows is in `catalogue.ts`. */
export const sourceIds = [
  'return-cells',
  'sharing',
  'open-api',
  'nhs-number',
  'deliveries',
  'releases',
  'objections',
  'withheld',
  'removed',
  'national-uses',
  'national-checks',
  'measures',
  'agreements',
  'agreement-flows',
  'agreement-tasks',
  'agreement-breaches',
  'agreement-destruction',
  'agreement-access',
] as const;
export type SourceId = (typeof sourceIds)[number];

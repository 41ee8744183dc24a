/** The six care settings of the Better Care Fund matrix, in printed order (mission: interfaces, question ids). */
export const matrixSettings = ['gp', 'hospital', 'social-care', 'community', 'mental-health', 'specialised-palliative'] as const;

/** Every setting a feed may come from: the six of the matrix, and those the matrix does not ask about. */
export const settings = [
  ...matrixSettings,
  'nhs-111',
  'out-of-hours',
  'ambulance',
  'continuing-healthcare',
  'drug-and-alcohol',
  'other-provider',
] as const;

export type MatrixSetting = (typeof matrixSettings)[number];
export type Setting = (typeof settings)[number];

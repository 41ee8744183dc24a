/** The 37 practices of the example place; the last two did not sign, so they send nothing. */
export const practices = Array.from({ length: 37 }, (_, index) => ({
  ods: `F81${String(index + 1).padStart(3, '0')}`,
  signed: index < 35,
}));
export type Practice = (typeof practices)[number];

/** Organisations that send, as the example register names them. */
export const senders = {
  acute: 'ZMSE',
  community: 'ZEPU',
  mentalHealth: 'ZEPU',
  council: 'ZSBC',
  urgentCare: 'Z111',
  ambulance: 'ZEAS',
  board: 'ZICB',
  drugAndAlcohol: 'ZDAA',
  hospice: 'ZHOS',
} as const;

/**
 * Why a person is refused, each with the clause it rests on. The list is the rule book (docs/rules/access.md) and its ids
 * are stable; every one has a row in test/spec/access.
 */
export const accessReasons = {
  PERSON_UNKNOWN: {
    clause: 'Standard condition 2, limited access by named people',
    message: 'The register does not know this person. Only named people act.',
  },
  ORGANISATION_CLOSED: {
    clause: 'Register, organisations',
    message: "The person's organisation no longer exists; its successor registers the person again.",
  },
  TRAINING_ABSENT: {
    clause: 'Standard condition 5, training',
    message: 'No data security training of this person is recorded.',
  },
  TRAINING_EXPIRED: {
    clause: 'Standard condition 5, training (yearly, Data Security and Protection Toolkit)',
    message: 'The data security training of this person is more than twelve months old.',
  },
  CONFIDENTIALITY_NOT_SIGNED: {
    clause: 'Standard condition 4, contractual obligation of confidentiality',
    message: 'No contractual obligation of confidentiality is recorded for this person.',
  },
  OTHER_PLACE: {
    clause: 'Register, places',
    message: 'This person is registered for another place. What is done in one place is decided by people of that place.',
  },
  SEAT_ABSENT: {
    clause: 'Limited access: named people, roles and purposes (ICO anonymisation code)',
    message: 'This person holds no seat with a role that may do this.',
  },
  SEAT_NOT_YET_VALID: { clause: 'Register, seats: validFrom', message: 'The seat of this person has not begun.' },
  SEAT_EXPIRED: { clause: 'Register, seats: validTo', message: 'The seat of this person has run out.' },
  OTHER_PROJECT: { clause: 'Licence of the project', message: 'The seat of this person belongs to another project.' },
  PURPOSE_NOT_HELD: {
    clause: 'Standard condition 1, use only for the purposes approved',
    message: 'The seat of this person is not for this purpose.',
  },
  LICENCE_NOT_IN_FORCE: { clause: 'Licence of the project', message: 'The licence the seat belongs to is not in force today.' },
  REGISTRATION_ABSENT: {
    clause: 'Personal confidential data only to a registered and regulated professional',
    message: 'No professional registration of this person is recorded.',
  },
  REGISTRATION_EXPIRED: {
    clause: 'Personal confidential data only to a registered and regulated professional',
    message: 'The professional registration of this person has run out.',
  },
} as const satisfies Readonly<Record<string, { readonly clause: string; readonly message: string }>>;

export type AccessReason = keyof typeof accessReasons;

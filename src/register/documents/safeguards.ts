/** General description of the measures of the gateway itself (UK GDPR art. 30(1)(g)); docs/adr says how each is kept. */
export const securityMeasures: readonly string[] = [
  'Nothing is read before the gate has found a live flow under an agreement in force; a refusal is on record with all its reasons.',
  'Records are pseudonymised on landing inside a process of its own, with keys nobody else holds and no person in between.',
  'Fields and identifiers that the agreement does not list are dropped and reported. Free text is never kept.',
  'Dates of birth become months and postcodes become areas; sender record numbers become keyed hashes.',
  'Identities are sealed to a second database that cannot open them; one is opened only for one recorded decision.',
  'Objections are asked about on landing and on every read for a purpose, and remove what landed before.',
  'Every licence reads under pseudonyms of its own, so that two of them cannot be joined.',
  'People act by a named seat with a role, an expiry and training in date; every decision is on record.',
  'Every effect writes its leaf of one signed log, which shows any later change.',
  'What has run out is destroyed by two people, with a certificate; backups are sealed under keys that die with it.',
];

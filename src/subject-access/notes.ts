/** What an answer must say beside the data, so that what is not in it is not taken for hidden. */
export const notes: readonly string[] = [
  'Names, addresses, full dates of birth and full postcodes are not held: they were dropped or made coarser before anything was kept. Your NHS number is kept sealed, apart from everything else, and was opened only for this answer.',
  'Some records were never kept: free text, records with legally restricted or sensitive codes, records marked confidential by the sender, records that no agreement allows, and records an objection covers. They were refused on arrival and only counted, not per person, so this answer cannot list them. The organisations that treated you hold their own records and answer for them.',
  'Records are about you, but may come from care that involved others, for example a carer or a relative. Whoever hands over this answer checks first that it discloses nothing about another person (Data Protection Act 2018, Schedule 2, paragraph 16) and nothing that is likely to cause serious harm (Schedule 3).',
  'This answer covers one area of the gateway. Other areas answer for themselves.',
  'Codes are given as the senders wrote them, with the name of the coding system in front.',
  'A score or tier was calculated for planning or to find people who may need care. No decision about you was made by a machine alone.',
  'No release of records of single persons outside the controlled environment is recorded by this version; published figures are counts in which small numbers are hidden.',
  'You may ask for mistakes to be put right, object to the use of these data, and complain to the Information Commissioner (ico.org.uk).',
];

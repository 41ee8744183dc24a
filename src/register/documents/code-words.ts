import { inWords } from './words.ts';

/** A stable code as words: `NHS_NUMBER_ABSENT` becomes "NHS number absent". Objections are said as people say them. */
export function codeWords(code: string): string {
  const said: Readonly<Record<string, string>> = {
    OBJECTION_TYPE1: 'GP type 1 objection',
    OBJECTION_NDOP: 'national data opt-out',
    OBJECTION_PROGRAMME: 'objection to the programme',
    OBJECTION_LOCAL_SHARING: 'objection to local sharing',
    OBJECTION_SOCIAL_CARE_CONSENT: 'social care consent withheld or withdrawn',
    OBJECTION_RIGHT_TO_OBJECT: 'right to object',
    OBJECTION_RISK_STRATIFICATION: 'objection to risk stratification',
    OUT_OF_SCOPE: 'kind of record that is not taken',
  };
  return said[code] ?? inWords(code.toLowerCase().replaceAll('_', '-'));
}

import { inWords } from './words.ts';

/** A kind of objection as people say it. */
export function objectionWords(kind: string): string {
  const said: Readonly<Record<string, string>> = {
    'type-1': 'GP type 1 objection',
    ndop: 'national data opt-out',
    programme: 'objection to the programme',
    'local-sharing': 'objection to local sharing',
    'risk-stratification': 'objection to risk stratification',
    'lack-of-capacity': 'decided for a person who lacks capacity',
  };
  return said[kind] ?? inWords(kind);
}

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

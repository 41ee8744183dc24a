import { ownText } from '../shared/own-text.ts';

/** Versioned lists of codes that may not land unless an approval says so; default exclude (HFE Act 2008, GRA 2004, NHS (VD) Regulations). */
export interface SensitiveCodes {
  isSensitive(system: string, code: string): boolean;
}

/** A code as it is kept, or why it is not. */
export type CodedValue = { readonly code: string; readonly sensitive: boolean } | undefined;

const bound = 20_000;
const plainCode = /^[A-Za-z0-9][A-Za-z0-9._+/-]{0,39}$/;

/**
 * Turns raw codes of one system into `system:CODE`, remembering the answers: a million rows hold a few thousand codes.
 * ICD-10 loses its dot and its padding (X, dash, dagger, asterisk), as HES stores it; `R69X6` is the HES code for "not known".
 */
export function createCoder(system: string, sensitiveCodes: SensitiveCodes): (raw: string) => CodedValue {
  const known = new Map<string, CodedValue>();
  return (raw) => {
    let coded = known.get(raw);
    if (coded === undefined && !known.has(raw)) {
      const own = ownText(raw);
      const code = normalise(system, own);
      coded = plainCode.test(code) ? { code: `${system}:${code}`, sensitive: sensitiveCodes.isSensitive(system, code) } : undefined;
      if (known.size >= bound) known.clear();
      known.set(own, coded);
    }
    return coded;
  };
}

function normalise(system: string, raw: string): string {
  if (system !== 'icd10' && system !== 'opcs4') return raw.trim();
  const bare = raw.toUpperCase().replace(/[.\s†*]/g, '');
  if (system === 'opcs4' || bare === 'R69X6') return bare;
  return bare.length > 3 ? bare.slice(0, 3) + bare.slice(3).replace(/[XDA-]+$/, '') : bare;
}

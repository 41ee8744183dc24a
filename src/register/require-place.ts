import { exitCode, GatewayError } from '../shared/errors.ts';
import type { PlaceRegister, Register } from './register.ts';

/** @throws GatewayError PLACE_UNKNOWN, which names the places that there are: they are public */
export function requirePlace(register: Register, place: string): PlaceRegister {
  const found = register.places.get(place);
  if (found !== undefined) return found;
  const known = [...register.places.keys()].sort();
  throw new GatewayError(
    'PLACE_UNKNOWN',
    known.length === 0
      ? 'The register holds no place yet. Apply a register first.'
      : `The register holds no such place. Choose one of: ${known.join(', ')}.`,
    { exit: exitCode.usage, status: 404 },
  );
}

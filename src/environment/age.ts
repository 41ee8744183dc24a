/** Five-year age bands as analysts and releases see them; 90 and over together, because few people are that old. */
export const oldestBandFrom = 90;

/** `72` → `70-74`, `93` → `90+`. */
export function ageBand(age: number): string {
  if (age >= oldestBandFrom) return `${oldestBandFrom}+`;
  const from = Math.floor(age / 5) * 5;
  return `${String(from).padStart(2, '0')}-${String(from + 4).padStart(2, '0')}`;
}

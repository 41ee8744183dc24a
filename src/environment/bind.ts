export type SqlValues = Readonly<Record<string, unknown>>;

/**
 * Turns `:name` into `$1`, `$2` … in the order of first use. Statements that are put together from several pieces of SQL
 * would otherwise have to agree on numbers, and PostgreSQL refuses a number that no piece uses. Casts (`::date`) stay.
 */
export function bind(sql: string, values: SqlValues): { readonly text: string; readonly values: unknown[] } {
  const order = new Map<string, number>();
  const text = sql.replace(/(?<!:):([a-z][A-Za-z]*)/g, (_, name: string) => {
    if (!(name in values)) throw new Error(`the statement names :${name}, which has no value`);
    const number = order.get(name) ?? order.size + 1;
    order.set(name, number);
    return `$${number}`;
  });
  return { text, values: [...order.keys()].map((name) => values[name]) };
}

import { connectAdministrator } from '../../../src/database/connect.ts';

/** Bytes that PostgreSQL prints as `\x…`, also when the row around them escapes the backslash. */
const printedBytes = /\\+x((?:[0-9a-f]{2})+)/g;

export interface Dump {
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly text: string;
}

/** Every row of every table of every schema as text, the system's own statistics and catalogue included; bytes both ways. */
export async function dumpDatabase(adminUrl: string, database: string): Promise<Dump> {
  const pool = connectAdministrator(adminUrl, database);
  try {
    const { rows: tables } = await pool.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and n.nspname not in ('information_schema') and n.nspname not like 'pg\\_toast%'
        order by 1`,
    );
    const parts: string[] = [];
    const counted = [];
    for (const { name } of tables) {
      const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
      counted.push({ name, rows: rows.length });
      parts.push(`-- ${name}`, ...rows.map(({ row }) => row));
    }
    const printed = parts.join('\n');
    const decoded = [...printed.matchAll(printedBytes)].map(([, hex]) => Buffer.from(hex as string, 'hex').toString('latin1'));
    return { tables: counted, text: [printed, '-- bytes', ...decoded].join('\n') };
  } finally {
    await pool.end();
  }
}

/** Brings every changed page to disk, so that the data files hold what the tables hold. */
export async function checkpoint(adminUrl: string): Promise<void> {
  const pool = connectAdministrator(adminUrl, 'postgres');
  try {
    await pool.query('checkpoint');
  } finally {
    await pool.end();
  }
}

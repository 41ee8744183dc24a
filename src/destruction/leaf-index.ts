import { connect } from '../database/connect.ts';
import type { DatabaseServers } from '../database/servers.ts';

/** Index of a certificate's leaf in the audit log, once it has one. Read as the auditor: nobody else may read the log. */
export async function findLeafIndex(app: { readonly servers: DatabaseServers }, destructionId: string): Promise<number | undefined> {
  const auditor = connect(app.servers, 'haven_auditor', { max: 1 });
  try {
    const { rows } = await auditor.query<{ index: number }>(
      `select index from audit.readable where type = 'destruction.certified' and subject = $1`,
      [destructionId],
    );
    return rows[0]?.index;
  } finally {
    await auditor.end();
  }
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { exitCode, GatewayError } from '../shared/errors.ts';
import type { HttpSettings } from './settings.ts';

export interface Listening {
  readonly port: number;
  /** Stops accepting, lets requests finish for at most `graceMilliseconds`, then breaks off what is left. */
  close(graceMilliseconds: number): Promise<void>;
}

/**
 * Serves one application. Port 0 takes any free port.
 * @throws GatewayError PORT_UNAVAILABLE (exit 69).
 */
export async function listen(app: Express, address: { host: string; port: number }, settings: HttpSettings): Promise<Listening> {
  let closing = false;
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: settings.requestMilliseconds,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => {
      // A connection kept alive would hold the server open, so the last answer on it says that it is the last.
      if (closing) response.setHeader('connection', 'close');
      app(request, response);
    },
  );
  server.maxHeadersCount = 100;
  await start(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close(graceMilliseconds) {
      closing = true;
      return new Promise((resolve) => {
        const deadline = setTimeout(() => server.closeAllConnections(), graceMilliseconds);
        server.close(() => {
          clearTimeout(deadline);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function start(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const elsewhere = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'].includes((cause as NodeJS.ErrnoException).code ?? '');
      const message = elsewhere
        ? 'The address of HAVEN_HOST is not one of this machine. Use 127.0.0.1 for this machine alone, or 0.0.0.0 for every network.'
        : `Port ${port} cannot be used; another process has it, or this one may not.`;
      reject(new GatewayError('PORT_UNAVAILABLE', message, { status: 503, exit: exitCode.unavailable, cause }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

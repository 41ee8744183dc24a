import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { App, OpenApp } from '../app.ts';
import { createAuditKeeper } from '../audit/keep-audit.ts';
import { work } from '../jobs/work.ts';
import { startWorker } from '../jobs/worker.ts';
import type { Output } from '../shared/output.ts';
import { listen } from './listen.ts';
import { createServer } from './server.ts';
import { type BlackBoxDoors, blackBoxOfApp, servicesOfApp } from './services-of-app.ts';
import { httpSettingsSchema } from './settings.ts';
import { sweepUsedAssertions } from './tokens/used-assertions.ts';

/** Milliseconds a stopping gateway gives requests to finish; below the ten seconds containers are given. */
const grace = 8_000;
const defaultMetricsPort = 9464;

function toPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a port number');
  return port;
}

/** `haven serve`. */
export function addHttpCommands(program: Command, open: OpenApp, out: Output): void {
  program
    .command('serve')
    .description('answer over HTTP until stopped (SIGTERM or SIGINT finishes what runs and then ends)')
    .option('--port <port>', 'port of the API; default HAVEN_PORT or 8080', toPort)
    .option('--metrics-port <port>', `port of /metrics alone; 0 takes any (default ${defaultMetricsPort})`, toPort)
    .action(async (options: { port?: number; metricsPort?: number }) => {
      const app = await open();
      await serve(
        app,
        { port: options.port ?? app.config.port, metricsPort: options.metricsPort ?? defaultMetricsPort },
        blackBoxOfApp,
        out,
      );
    });
}

/** Listens on both ports, keeps the audit log in order meanwhile, and resolves when the application was closed. */
export async function serve(app: App, ports: { port: number; metricsPort: number }, blackBox: BlackBoxDoors, out: Output): Promise<void> {
  const { config } = app;
  // The default public URL names the configured port; another port on the command line moves it with it.
  const usesDefault = config.publicUrl === `http://localhost:${config.port}`;
  const settings = httpSettingsSchema.parse({
    publicBaseUrl: usesDefault ? `http://localhost:${ports.port}` : config.publicUrl,
    trustedProxies: [...config.trustedProxies],
    smallNumbers: config.smallNumbers,
  });
  // Started first, so that it is closed last: a delivery that is running when the gateway stops can still finish.
  await blackBox.ping(app).catch((err: unknown) => app.log.warn({ err }, 'the black box does not answer; deliveries will be refused'));
  const { app: api, metricsApp } = createServer(await servicesOfApp(app, settings, blackBox));
  const worker = await startWorker(app, work);
  const keeper = createAuditKeeper(app);
  const stopTimers = [
    repeat(1_000, () => keeper.tick(), app),
    repeat(600_000, () => sweepUsedAssertions(app.gateway, app.clock.now()), app),
  ];
  const letGo = async (): Promise<void> => {
    await Promise.all([worker.stop(0), ...stopTimers.map((stop) => stop())]);
    await keeper.stop().catch((err: unknown) => app.log.error({ err }, 'the last word of the audit log'));
  };
  const metrics = await listen(metricsApp, { host: config.host, port: ports.metricsPort }, settings).catch(async (error) => {
    await letGo();
    throw error;
  });
  const server = await listen(api, { host: config.host, port: ports.port }, settings).catch(async (error) => {
    await metrics.close(0);
    await letGo();
    throw error;
  });
  out.progress(`listening on http://${config.host}:${server.port}, metrics on port ${metrics.port}`);
  await new Promise<void>((resolve) => {
    app.onClose(async () => {
      // Side by side: a container that is stopped gives ten seconds for both.
      await Promise.all([server.close(grace), worker.stop(grace)]);
      await Promise.all([metrics.close(0), ...stopTimers.map((stop) => stop())]);
      // Said last: an auditor takes a heart that stops without a word for a gateway that went on in secret.
      await keeper.stop().catch((err: unknown) => app.log.error({ err }, 'the last word of the audit log'));
      resolve();
    });
  });
}

/** Runs `work` again and again, never twice at once; the function given back stops it and waits for a run that has begun. */
function repeat(milliseconds: number, work: () => Promise<unknown>, { log }: Pick<App, 'log'>): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const run = (): void => {
    running = work()
      .then(() => undefined)
      .catch((err: unknown) => log.error({ err }, 'a repeated task failed'))
      .then(() => {
        if (!stopped) timer = setTimeout(run, milliseconds);
      });
  };
  run();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}

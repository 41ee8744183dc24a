import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Receipt } from '../landing/receipt.ts';

export interface HttpMetrics {
  readonly registry: Registry;
  observeRequest(seen: { method: string; route: string; status: number; seconds: number }): void;
  observeReceipt(receipt: Receipt): void;
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

export type CountJobs = () => Promise<readonly { readonly task: string; readonly state: string; readonly count: number }[]>;

/** Metrics of one server, in a registry of its own. Labels are route patterns and fixed words, never names of people or clients. */
export function createMetrics(countJobs?: CountJobs): HttpMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry }); // event loop lag, memory, handles
  const registers = [registry];
  const requests = new Counter({
    name: 'haven_http_requests_total',
    help: 'Requests answered, by route pattern and status',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'haven_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers,
  });
  const deliveries = new Counter({
    name: 'haven_deliveries_total',
    help: 'Deliveries received over HTTP, by the state of their receipt',
    labelNames: ['state'],
    registers,
  });
  const rows = new Counter({
    name: 'haven_rows_total',
    help: 'Records received over HTTP, by what became of them; the outcomes add up to the records received',
    labelNames: ['outcome'],
    registers,
  });
  if (countJobs !== undefined) {
    new Gauge({
      name: 'haven_jobs',
      help: 'Jobs in the queue, by task and state; a dead one has used every attempt and waits for a person',
      labelNames: ['task', 'state'],
      registers,
      async collect() {
        const counted = await countJobs();
        this.reset();
        for (const { task, state, count } of counted) this.set({ task, state }, count);
      },
    });
  }
  return {
    registry,
    observeRequest({ method, route, status, seconds }) {
      requests.inc({ method, route, status });
      durations.observe({ route }, seconds);
    },
    observeReceipt(receipt) {
      deliveries.inc({ state: receipt.state });
      if (receipt.state !== 'landed') return;
      const { landed, updated, unchanged } = receipt;
      const outcomes = { landed, updated, unchanged, withheld: total(receipt.withheld), quarantined: total(receipt.quarantined) };
      for (const [outcome, count] of Object.entries(outcomes)) rows.inc({ outcome }, count);
    },
  };
}

import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { OpenApp } from '../../app.ts';
import { exitCode } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { loadThresholds } from '../load.ts';
import { type Probed, probeEndpoints } from './probe-endpoints.ts';

/** `haven return probe`. */
export function addProbeCommands(returns: Command, open: OpenApp, out: Output): void {
  returns
    .command('probe')
    .description('asks the endpoints of the register for their capability statements; exits 1 when one does not answer')
    .option('--place <id>', 'only endpoints of this place')
    .action(async ({ place }: { place?: string }) => {
      const { gateway, config, clock, register } = await open();
      const { endpointProbe } = await loadThresholds(config.configDirectory);
      const services = { gateway, clock, actor: `command-line:${userInfo().username}` };
      const probed = await probeEndpoints(services, await register(), endpointProbe, { place });
      out.print(
        out.json
          ? { probed }
          : probed.length === 0
            ? 'No endpoint in the register says where its statement is.'
            : probed.map(describe).join('\n'),
      );
      if (probed.some(({ outcome }) => outcome !== 'answered')) process.exitCode = exitCode.findings;
    });
}

const describe = ({ endpoint, outcome, reason, httpStatus, fhirVersion, milliseconds }: Probed): string =>
  `${endpoint.padEnd(32)}  ${outcome}${fhirVersion === null ? '' : ` with FHIR ${fhirVersion}`}${reason === null ? '' : ` (${reason}${httpStatus === null ? '' : `, HTTP ${httpStatus}`})${reasonWords[reason] ?? ''}`}, ${milliseconds} ms`;

/** What to look at, for the reasons of which the word is not enough. */
const reasonWords: Readonly<Record<string, string>> = {
  PROBE_NAME_UNKNOWN: ': no such name in the DNS; correct its address in the register',
  PROBE_NO_CONNECTION: ': nothing listens there, or a firewall is in between',
  PROBE_TIMED_OUT: ': no answer in time',
  PROBE_TLS_FAILED: ': its certificate cannot be trusted',
  PROBE_REDIRECTED: ': it points elsewhere; record the address that answers',
  PROBE_NOT_HTTPS: ': only https is asked',
  PROBE_ADDRESS_NOT_ALLOWED:
    ': a private address; if it is meant, list its network under endpointProbe.allowedNetworks of config/returns/thresholds.json',
  PROBE_OTHER_FHIR_VERSION: ': a capability statement of another FHIR version',
};

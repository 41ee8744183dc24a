import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { OpenApp } from '../app.ts';
import { asAuditor } from '../audit/auditor.ts';
import { sequenceAudit } from '../audit/sequence.ts';
import { localDate } from '../shared/clock.ts';
import type { Output } from '../shared/output.ts';
import { buildAnnualReport } from './annual-report.ts';
import { annualReportPage } from './annual-report-page.ts';
import { deskOf } from './command-breach.ts';

function toYear(text: string): number {
  if (!/^20\d{2}$/.test(text)) throw new InvalidArgumentError('must be a year');
  return Number(text);
}

/** `haven obligations annual-report`. */
export function addAnnualReportCommand(obligations: Command, open: OpenApp, out: Output): void {
  obligations
    .command('annual-report')
    .description('writes the annual report of an agreement (condition 10) as JSON and as a page to print')
    .requiredOption('--agreement <id>', 'agreement of the register')
    .requiredOption('--year <year>', 'calendar year', toYear)
    .requiredOption('--out <dir>', 'directory for the two files')
    .action(async ({ agreement, year, out: directory }: { agreement: string; year: number; out: string }) => {
      const app = await open();
      await deskOf(app).follow();
      await sequenceAudit(app.gateway);
      const register = await app.register();
      const asked = { agreement, year, at: localDate(app.clock.now()) };
      const report = await asAuditor(app.servers, (auditor) => buildAnnualReport({ gateway: app.gateway, auditor, register }, asked));
      await mkdir(directory, { recursive: true });
      const files = ['json', 'html'].map((kind) => join(directory, `annual-report-${agreement}-${year}.${kind}`));
      await writeFile(files[0] as string, `${JSON.stringify(report, undefined, 2)}\n`);
      await writeFile(files[1] as string, annualReportPage(report));
      out.print(out.json ? { files } : `Wrote ${files.join(' and ')}. Read it before you send it.`);
    });
}

import type { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { type LocalDate, parseLocalDate } from '../../shared/clock.ts';
import { exitCode, GatewayError } from '../../shared/errors.ts';
import type { Output } from '../../shared/output.ts';
import { findContradictions, findingRules } from '../findings.ts';
import { type Answer, type Finding, type Return, valuesOf } from '../return.ts';
import { readGivenReturn } from './examined-file.ts';

const help = `
The file is a return.json, a file of declared answers (config/returns/declared), or a filled-in workbook (.xlsx).
Each finding has the stable id of a rule; docs/rules/returns.md lists them all.

Exit codes:
  ${exitCode.done}   no contradiction; a finding of severity 'information' is none
  ${exitCode.findings}   at least one finding of severity 'error' or 'warning'
  ${exitCode.usage}   an option or a template that does not exist
  ${exitCode.inputRefused}  a file that cannot be read, or is not a return
  ${exitCode.configuration}  a configuration that cannot be used`;

interface CheckOptions {
  readonly asOf?: string;
  readonly place?: string;
  readonly previous?: readonly string[];
}

/** `haven return check` and `haven return rules`. */
export function addFindingCommands(returns: Command, out: Output): void {
  returns
    .command('check')
    .description('prints the contradictions of a return; exits 1 when there are any')
    .argument('<file>', 'return.json, declared answers or workbook')
    .option('--as-of <date>', 'the day on which it is judged; default the day it was built, or was due')
    .option('--place <id>', 'place whose return a workbook must be')
    .option('--previous <files...>', 'returns of earlier quarters to compare it with, before those it holds itself')
    .addHelpText('after', help)
    .action(async (file: string, { asOf, place, previous = [] }: CheckOptions) => {
      const config = loadConfig(process.env, process.cwd()).configDirectory;
      const given = await readGivenReturn(config, file, place);
      const earlier = await Promise.all(previous.map((path) => readGivenReturn(config, path, place)));
      const document = comparedWith(
        given.document,
        earlier.map((other) => other.document),
      );
      const findings = findContradictions(document, given.template, asOf === undefined ? given.at : requireDate(asOf));
      out.print(out.json ? { findings } : describeFindings(findings));
      if (findings.some(({ severity }) => severity !== 'information')) process.exitCode = exitCode.findings;
    });

  returns
    .command('rules')
    .description('prints every rule a return is checked against')
    .action(() => {
      const rules = findingRules.map(({ id, severity, message, remedy, source }) => ({ id, severity, message, remedy, source }));
      out.print(out.json ? { rules } : rules.map(({ id, severity, message }) => `${severity.padEnd(11)} ${id}: ${message}`).join('\n'));
    });
}

/** A return beside the values of earlier ones, which replace those it holds of the same template. */
function comparedWith(document: Return, earlier: readonly Return[]): Return {
  const given = earlier.map((other): [string, Record<string, Answer>] => [other.template, Object.fromEntries(valuesOf(other))]);
  return { ...document, previous: { ...document.previous, ...Object.fromEntries(given) } };
}

function requireDate(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (date !== undefined) return date;
  throw new GatewayError('DATE_INVALID', 'Give --as-of a date that exists, written YYYY-MM-DD.', { exit: exitCode.usage });
}

/** Findings as lines of text, one each, with the first cells they are about. */
export function describeFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no findings';
  const shown = (questions: readonly string[]) =>
    questions.length === 0
      ? ''
      : ` [${questions.slice(0, 4).join(', ')}${questions.length > 4 ? ` and ${questions.length - 4} more` : ''}]`;
  return findings
    .map(({ rule, severity, message, questions }) => `${severity.padEnd(11)} ${rule}: ${message}${shown(questions)}`)
    .join('\n');
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../../config.ts';
import type { Output } from '../../shared/output.ts';
import { readReturn } from '../file.ts';
import { loadTemplate } from '../load.ts';
import { exportReturn, isReturnFormat, type ReturnFormat, returnFormats } from './export.ts';

function requireFormat(text: string): ReturnFormat {
  if (isReturnFormat(text)) return text;
  throw new InvalidArgumentError(`must be one of: ${Object.keys(returnFormats).join(', ')}.`);
}

/** `haven return export`. Needs no database: whoever receives a return can have it in another form. */
export function addFormatCommands(returns: Command, out: Output): void {
  returns
    .command('export')
    .description('writes a return.json in another form: a workbook, a table, a FHIR MeasureReport or a board paper')
    .argument('<file>', 'return.json')
    .requiredOption('--format <format>', `one of: ${Object.keys(returnFormats).join(', ')}`, requireFormat)
    .option('--out <dir>', 'directory for the file', '.')
    .option('--canonical-base <url>', 'where the canonical addresses of the FHIR resources begin')
    .action(async (file: string, options: { format: ReturnFormat; out: string; canonicalBase?: string }) => {
      const document = await readReturn(file);
      const template = await loadTemplate(loadConfig(process.env, process.cwd()).configDirectory, document.template);
      const base = options.canonicalBase?.replace(/\/+$/, '');
      const { name, mediaType, content } = await exportReturn(document, template, options.format, base === undefined ? {} : { base });
      await mkdir(options.out, { recursive: true });
      const path = join(options.out, name);
      await writeFile(path, content);
      out.print(out.json ? { file: path, mediaType, bytes: content.length } : `Wrote ${path}`);
    });
}

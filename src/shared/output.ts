/** What a command says: results on standard output, progress on standard error, so that one can be piped without the other. */
export interface Output {
  /** True when the caller asked for machine-readable results (`--json`). */
  readonly json: boolean;
  /** A line of text, or an object as JSON: one line with `--json`, indented for people without. */
  print(result: string | object): void;
  progress(text: string): void;
}

export interface OutputStreams {
  readonly result: { write(text: string): unknown };
  readonly progress: { write(text: string): unknown };
}

/** @param json asked at each use, because commands are declared before the command line is read */
export function createOutput(json: () => boolean, streams: OutputStreams): Output {
  return {
    get json() {
      return json();
    },
    print: (result) => {
      const text = typeof result === 'string' ? result : json() ? JSON.stringify(result) : JSON.stringify(result, undefined, 2);
      streams.result.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    progress: (text) => {
      streams.progress.write(text.endsWith('\n') ? text : `${text}\n`);
    },
  };
}

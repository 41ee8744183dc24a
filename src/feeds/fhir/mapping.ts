/** Member names to follow; a name that is a URL means the extension with that URL. */
export type Path = readonly string[];

export type AttributeReading =
  /** Code of a Coding, CodeableConcept or code. */
  | { readonly as: 'code'; readonly paths: readonly Path[] }
  /** Code of a CodeableConcept, but only of one of these systems. */
  | { readonly as: 'system-code'; readonly paths: readonly Path[]; readonly systems: readonly string[] }
  | { readonly as: 'number'; readonly paths: readonly Path[] }
  | { readonly as: 'boolean'; readonly paths: readonly Path[] }
  /** Quantity value of the Observation component whose code is one of these. */
  | { readonly as: 'component'; readonly codes: readonly string[] };

export interface Attribute {
  /** What an agreement's allow-list says: the element path, without extension and choice-type detail. */
  readonly name: string;
  readonly read: AttributeReading;
}

/** How one resource type becomes one event. First usable path wins. */
export interface ResourceMapping {
  readonly kind: string;
  /** Kind by the code at `path`, where it matters. */
  readonly kindBy?: { readonly path: Path; readonly kinds: Readonly<Record<string, string>> };
  readonly subject: 'subject' | 'patient';
  readonly start: readonly Path[];
  /** meta.lastUpdated may stand for the start: the state was true then, and the type often has no date. */
  readonly startMayBeUpdate?: true;
  readonly end: readonly Path[];
  readonly codes: readonly Path[];
  readonly provider: readonly Path[];
  /** Values that mean it did not happen or is not so; the kind then ends in `suffix`, and is never counted as the fact. */
  readonly negation?: { readonly path: Path; readonly values: readonly (string | boolean)[]; readonly suffix: string }[];
  readonly attributes: readonly Attribute[];
}

export const code = (name: string, ...paths: Path[]): Attribute => ({ name, read: { as: 'code', paths } });
export const number = (name: string, ...paths: Path[]): Attribute => ({ name, read: { as: 'number', paths } });
export const boolean = (name: string, ...paths: Path[]): Attribute => ({ name, read: { as: 'boolean', paths } });
export const systemCodeOf = (name: string, systems: readonly string[], ...paths: Path[]): Attribute => ({
  name,
  read: { as: 'system-code', paths, systems },
});
export const component = (name: string, ...codes: string[]): Attribute => ({ name, read: { as: 'component', codes } });

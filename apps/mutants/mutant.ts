/**
 * A mutant: a bug that a Raft implementation once had, or nearly, as a replacement in one of today's
 * sources. Nothing in the sources knows of mutants: they are planted while a bundle is made
 * (bundle.ts), and the simulator has to find them (hunt.ts).
 */

/** `find` occurs exactly once in `file`, whose path is from the project's root. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  /** `M4`: row 4 of the historical bugs; a letter where one row is planted in several ways; `S`: ours. */
  readonly name: string;
  /** The bug in a sentence. */
  readonly title: string;
  /** Who had it, as `project#issue`; or what it is modelled on. */
  readonly source: string;
  readonly edits: readonly Edit[];
  /** Ids of docs/invariants.md: any of these is expected to find it first. */
  readonly expects: readonly string[];
}

/** How often `find` occurs in `text`. */
export function occurrences(text: string, find: string): number {
  return text.split(find).length - 1;
}

/** `text` with the bug in it. Throws ERR_MUTANT_LOST when the source was changed under it. */
export function plant(text: string, { file, find, replace }: Edit): string {
  const count = occurrences(text, find);
  if (count !== 1) {
    throw new Error(
      `ERR_MUTANT_LOST: ${JSON.stringify(find)} occurs ${count} times in ${file}, not once. ` +
        'The source has changed: plant the same bug in what is there now.',
    );
  }
  return text.split(find).join(replace);
}

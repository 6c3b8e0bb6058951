import { CHANNELS, GOLDEN_SUFFIXES } from './channels.ts';

/** What a source claims of the goldens that are there. */
export interface GoldenOwner {
  /** The path of the source's goldens without their suffixes: `asm/uart/echo`. */
  stem: string;
  /**
   * The stems of all its test cases, `asm/uart/echo.two` among them, also of those that did not run.
   * `undefined` when they are not known (its comments have an error, it is excluded): then every golden that
   * could be of one of its cases is its.
   */
  caseStems: readonly string[] | undefined;
}

/**
 * The goldens among `paths` that belong to no test case, in the order of `paths`. `owners` must be every
 * source that there is, whatever was filtered: the golden of a source that is left out looks obsolete.
 *
 * `asm/x.debug.golden` is the debug console's of `x`, or the serial port's of `x.debug`: either owner keeps it.
 */
export function obsoleteGoldens(paths: Iterable<string>, owners: Iterable<GoldenOwner>): string[] {
  const stems = new Set<string>();
  const families = new Set<string>();
  for (const { stem, caseStems } of owners) {
    if (caseStems === undefined) families.add(stem);
    else for (const each of caseStems) stems.add(each);
  }

  const obsolete: string[] = [];
  for (const path of paths) {
    if (!path.endsWith(GOLDEN_SUFFIXES.serial)) continue;
    const isOwned = CHANNELS.some((channel) => {
      const suffix = GOLDEN_SUFFIXES[channel];
      return path.endsWith(suffix) && stems.has(path.slice(0, -suffix.length));
    });
    if (!isOwned && !isOfFamily(path, families)) obsolete.push(path);
  }
  return obsolete;
}

/** Whether a source whose cases are not known has this name up to one of its dots. */
function isOfFamily(path: string, families: ReadonlySet<string>): boolean {
  const nameFrom = path.lastIndexOf('/') + 1;
  for (let dot = path.indexOf('.', nameFrom); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    if (families.has(path.slice(0, dot))) return true;
  }
  return false;
}

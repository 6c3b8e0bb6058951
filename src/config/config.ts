/**
 * The settings of a project: the default export of `guestkit.config.ts` (or `.mts`, `.js`, `.mjs`, `.cjs`), or
 * the `guestkit` key of package.json. What is left out has its default. What a source says in a
 * `; guestkit:` comment, and what the command line says, goes before what is said here.
 */
export interface GuestkitConfig {
  /**
   * Which sources are test cases: globs from the project's folder, such as `guests/**\/*.asm`. Only names
   * that end in `.asm` are sources. Names that begin with a dot and node_modules are never looked at.
   *
   * @default 'asm/**\/*.asm'
   */
  include?: string | readonly string[] | undefined;
  /**
   * What of that is none: globs for files and for folders, such as `asm/lib`. A folder that matches is left
   * out with all that is in it.
   *
   * @default nothing
   */
  exclude?: string | readonly string[] | undefined;
  /**
   * The time limit of a guest: `'500ms'`, `'5s'`, `'2m'`, or a number of milliseconds; 1 ms to 60 minutes.
   *
   * @default '5s'
   */
  timeout?: string | number | undefined;
  /**
   * The memory of a guest: `'64K'`, `'1M'`, `'2G'`; 4K to 3G, in steps of 4K.
   *
   * @default '1M'
   */
  memory?: string | undefined;
  /** How many guests run at a time: 1 to 64. Without it, guestkit chooses by the CPUs of the host. */
  jobs?: number | undefined;
  /** How the sources are assembled. */
  nasm?: NasmConfig | undefined;
  /**
   * Where the goldens of a source are, from the project's folder and without their ending (`.golden`,
   * `.regs.golden`). Of the source `asm/uart/echo.asm`, `{path}` is `asm/uart/echo`, `{dir}` is `asm/uart`
   * and `{name}` is `echo`: `goldens/{path}` collects all goldens in one folder, `{dir}/goldens/{name}` has
   * a folder of them beside the sources.
   *
   * @default '{dir}/{name}', beside the source
   */
  golden?: string | undefined;
}

/** How the sources are assembled. */
export interface NasmConfig {
  /** NASM's own options, one each: macros (`-DDEBUG=1`, `-UDEBUG`), warnings (`-w+all`) and `-O` levels. */
  flags?: readonly string[] | undefined;
  /**
   * Folders that are searched for included files after the current one and the source's own, relative to the
   * project's folder.
   */
  includePaths?: readonly string[] | undefined;
}

/**
 * The settings as guestkit works with them. Paths of sources and folders are relative to the project's folder,
 * with slashes: `asm/uart/echo.asm`. Where a limit is `undefined` nothing was said, and the default of the place
 * that uses it holds. It has functions: another thread gets what it needs of it, not the whole.
 */
export interface Config {
  /** The file it came from; `undefined` when the project has no settings. */
  readonly file: string | undefined;
  /** The globs that select sources, for messages. */
  readonly include: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly jobs: number | undefined;
  /** Include paths are ready to be used from the current folder. */
  readonly nasm: { readonly flags: readonly string[]; readonly includePaths: readonly string[] };
  /** The folders that a search for sources starts from, none within another: `['asm']`, or `['.']` for all. */
  readonly roots: readonly string[];
  /** The folder that has all goldens, where they are not beside the sources. */
  readonly goldenRoot: string | undefined;
  /**
   * Whether a search, or a watcher, that started at the roots goes into a folder: whether sources can be in it or
   * below it. It says no of folders that the roots are in.
   */
  enters(folder: string): boolean;
  /** Whether a path is that of a source. */
  matches(path: string): boolean;
  /**
   * The goldens of a source, without their ending: `asm/uart/echo` by default. Those of a source outside of
   * the project's folder, an absolute path or one that begins with `..`, are beside it in any case.
   */
  goldenStem(source: string): string;
}

/** Gives an editor the type of the settings: `export default defineConfig({ timeout: '2s' });` */
export function defineConfig(config: GuestkitConfig): GuestkitConfig {
  return config;
}

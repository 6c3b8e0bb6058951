import { relative } from 'node:path';
import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

/** What stays a package of its own: koffi for its binary, the others where a library user has them anyway. */
const KOFFI = ['koffi', '@koromix/koffi-linux-x64'];

/** Finds files of its own, which a bundle would hide from it. */
const JITI = 'jiti';

/** What `guestkit run FILE` never calls when all goes well. */
const NOT_FOR_RUN =
  /^(index|report|watch|config\/(?!present)|golden\/(?!comments|directive|files|parse-value|run-settings|settings|visible)|runner\/(?!load-guest|run-guest)|nasm\/(line-map|listing|placement|render|sections)|machine\/describe|x86\/(flags|register-dump)|cli\/(?!chunk-loader|guest-input|interrupt|launch|main|option|report-error|status|terminal|commands\/run))/;

/** Whether a module, by its path from here, goes into the file that `run` loads. */
function isCore(path: string): boolean {
  return path.startsWith('..') ? path.includes('@oxc-project') : !NOT_FOR_RUN.test(path);
}

/**
 * execa looks at process.stdin, stdout and stderr when it is loaded, only to recognise them later; making them
 * loads node:net, node:tty and file streams, a tenth of the time that building and running a guest takes. This
 * puts the same three exports in that module's place, with each stream made when it is asked for. The module
 * is private to execa, whose version is pinned; a build fails where it is not found.
 */
const STANDARD_STREAM_MODULE = /execa\/lib\/utils\/standard-stream\.js$/;
const LAZY_STANDARD_STREAMS = `
import process from 'node:process';
export const STANDARD_STREAMS_ALIASES = ['stdin', 'stdout', 'stderr'];
export const getStreamName = (fd) => STANDARD_STREAMS_ALIASES[fd] ?? 'stdio[' + fd + ']';
export const isStandardStream = (stream) =>
  STANDARD_STREAMS_ALIASES[stream?.fd] !== undefined && stream === STANDARD_STREAMS[stream.fd];
export const STANDARD_STREAMS = {
  get 0() { return process.stdin; },
  get 1() { return process.stdout; },
  get 2() { return process.stderr; },
  indexOf: (stream) => (isStandardStream(stream) ? stream.fd : -1),
};
`;

/**
 * It looks at them again for each descriptor beyond the first three, to know its direction, though a descriptor
 * is a number and no stream.
 */
const DIRECTION_MODULE = /execa\/lib\/stdio\/direction\.js$/;
const DIRECTION_OF_STREAM = 'const getStandardStreamDirection = value => {';
const NO_STREAM = "\tif (typeof value !== 'object') return { 0: 'input', 1: 'output', 2: 'output' }[value];";

function lazyStandardStreams(): Plugin {
  const found = new Set<string>();
  return {
    name: 'lazy-standard-streams',
    load: {
      filter: { id: STANDARD_STREAM_MODULE },
      handler() {
        found.add('lib/utils/standard-stream.js');
        return LAZY_STANDARD_STREAMS;
      },
    },
    transform: {
      filter: { id: DIRECTION_MODULE },
      handler(code) {
        if (code.includes(DIRECTION_OF_STREAM)) found.add('lib/stdio/direction.js');
        return code.replace(DIRECTION_OF_STREAM, `${DIRECTION_OF_STREAM}\n${NO_STREAM}`);
      },
    },
    buildEnd() {
      if (found.size < 2) this.error('execa is not as it was: see rolldown.config.ts');
    },
  };
}

const common = {
  platform: 'node',
  transform: { target: 'node20.19' },
  logLevel: 'warn',
  // human-signals makes two tables when it is loaded, and execa uses one of them.
  treeshake: { manualPureFunctions: ['getSignalsByNumber'] },
} satisfies RolldownOptions;

const options: RolldownOptions[] = defineConfig([
  {
    // The first file of the command, alone: it brings its own way of loading the others.
    ...common,
    input: 'src/cli/main.ts',
    output: { file: 'dist/main.cjs', format: 'cjs', minify: true },
  },
  {
    // The first file of a worker thread, likewise.
    ...common,
    input: 'src/cli/worker.ts',
    output: { file: 'dist/worker.cjs', format: 'cjs', minify: true },
  },
  {
    // The command. CommonJS starts 8 ms sooner than ES modules, and few files sooner than many: `launch` holds
    // what `run` needs, all else is loaded by the commands that want it.
    ...common,
    input: { launch: 'src/cli/launch.ts', lane: 'src/runner/worker.ts' },
    plugins: [lazyStandardStreams()],
    preserveEntrySignatures: 'allow-extension',
    external: [...KOFFI, JITI],
    output: {
      dir: 'dist',
      format: 'cjs',
      // The files are run as scripts, which cannot import.
      dynamicImportInCjs: false,
      minify: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      // As Node wraps a CommonJS module, so that the chunk loader compiles the files as they are.
      postBanner: '(function (exports, require, module, __filename, __dirname) {',
      postFooter: '})',
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [
          {
            name: 'core',
            test: (id) => isCore(relative(import.meta.dirname, id)),
          },
        ],
      },
    },
  },
  {
    // The library.
    ...common,
    input: { index: 'src/index.ts', vitest: 'src/vitest.ts', config: 'src/config/config.ts' },
    external: [...KOFFI, JITI, 'execa', 'chokidar', 'picomatch', 'vitest'],
    output: { dir: 'dist', format: 'esm' },
  },
]);

export default options;

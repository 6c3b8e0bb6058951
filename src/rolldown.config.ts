import { relative } from 'node:path';
import { defineConfig, type RolldownOptions } from 'rolldown';

/** What stays a package of its own: koffi for its binary, the others where a library user has them anyway. */
const KOFFI = ['koffi', '@koromix/koffi-linux-x64'];

/** What `guestkit run FILE` never calls. */
const NOT_FOR_RUN =
  /^(index|report|watch|golden\/(align|diff|hex|line|test-case|verdict)|runner\/(run-case|suite)|cli\/(program|watch-session|keys|commands\/(?!run)))/;

/** Whether a module, by its path from here, goes into the file that `run` loads. */
function isCore(path: string): boolean {
  return path.startsWith('..') ? path.includes('@oxc-project') : !NOT_FOR_RUN.test(path);
}

const common = {
  platform: 'node',
  transform: { target: 'node20.19' },
  logLevel: 'warn',
} satisfies RolldownOptions;

const options: RolldownOptions[] = defineConfig([
  {
    // The first file of the command, alone: it brings its own way of loading the others.
    ...common,
    input: 'src/cli/main.ts',
    output: { file: 'dist/main.cjs', format: 'cjs', minify: true },
  },
  {
    // The command. CommonJS starts 8 ms sooner than ES modules, and few files sooner than many: `launch` holds
    // what `run` needs, all else is loaded by the commands that want it.
    ...common,
    input: 'src/cli/launch.ts',
    external: KOFFI,
    output: {
      dir: 'dist',
      format: 'cjs',
      minify: true,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
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
    input: 'src/index.ts',
    external: [...KOFFI, 'execa', 'chokidar'],
    output: { dir: 'dist', format: 'esm' },
  },
]);

export default options;

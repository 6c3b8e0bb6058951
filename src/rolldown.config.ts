import { defineConfig, type RolldownOptions } from 'rolldown';

/** What stays a package of its own: koffi for its binary, the others where a library user has them anyway. */
const KOFFI = ['koffi', '@koromix/koffi-linux-x64'];

const common = {
  platform: 'node',
  transform: { target: 'node20.19' },
  logLevel: 'warn',
} satisfies RolldownOptions;

const options: RolldownOptions[] = defineConfig([
  {
    // The command. CommonJS starts 8 ms sooner than ES modules, and few files sooner than many: `main`
    // starts, `core` is what `run` needs, all else is loaded by the commands that want it.
    ...common,
    input: 'src/cli/main.ts',
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
            test: /src\/(?!cache-dir|cli\/(main|compile-cache|program|commands\/(?!run))|watch|index)|rolldown.runtime|oxc-project/,
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

import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  cacheDir: '../node_modules/.vitest',
  test: {
    root: import.meta.dirname,
    globalSetup: './support/build.ts',
    reporters: ['default', './support/kvm-reporter.ts'],
    // Processes and guests are started for real: on a busy machine that takes its time.
    testTimeout: 30_000,
  },
});

export default config;

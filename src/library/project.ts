import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';

/** By the folder that was the current one. */
const configs = new Map<string, Promise<Config>>();

/**
 * The settings of the project in the current folder. They are read once for each folder: a test run asks for
 * them with every guest. Settings that cannot be read are read again the next time.
 * @throws GuestkitError `config`, `file`
 */
export function projectConfig(): Promise<Config> {
  const folder = process.cwd();
  const known = configs.get(folder);
  if (known !== undefined) return known;
  const loading = loadConfig('.');
  configs.set(folder, loading);
  loading.catch(() => configs.delete(folder));
  return loading;
}

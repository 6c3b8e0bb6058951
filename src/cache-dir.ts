import { isAbsolute, join } from 'node:path';

/**
 * The folder for what can be made again: `$GUESTKIT_CACHE_DIR`, else `guestkit` in `$XDG_CACHE_HOME` (a
 * relative one is ignored, as the XDG Base Directory Specification demands), else in `~/.cache`.
 * `undefined`: no home, no cache.
 */
export function defaultCacheDir(): string | undefined {
  const { GUESTKIT_CACHE_DIR: own, XDG_CACHE_HOME: xdg, HOME: home } = process.env;
  if (own) return own;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'guestkit');
  return home ? join(home, '.cache', 'guestkit') : undefined;
}

import { resolve } from 'node:path'

/** `~` as the shell and Python expand it. `~name` is left as it is: see `usesOtherHome`. */
export function expandHome(path: string, home: string): string {
  if (path === '~') return home
  return path.startsWith('~/') ? `${home}${path.slice(1)}` : path
}

/** `~name/…` would need the user database; it is refused instead of being taken for a folder of that name. */
export const usesOtherHome = (path: string): boolean => /^~[^/]/.test(path)

/** `~` expanded, relative to `base`. */
export const pathFrom = (base: string, path: string, home: string): string =>
  resolve(base, expandHome(path, home))

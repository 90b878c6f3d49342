import { existsSync, readdirSync } from 'node:fs'

/** The time-faking library: it alone can move the wall clock of one process while it runs. */
export function faketimeLibrary(): string | undefined {
  for (const dir of ['/usr/lib', '/usr/local/lib']) {
    const places = existsSync(dir) ? ['', ...readdirSync(dir)] : []
    for (const place of places) {
      const path = `${dir}/${place}/faketime/libfaketimeMT.so.1`
      if (existsSync(path)) return path
    }
  }
  return undefined
}

/** Variables of a process whose wall clock is what `file` says at each look; its monotonic clock is left alone. */
export const faketimeEnv = (library: string, file: string): Record<string, string> => ({
  LD_PRELOAD: library,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
})

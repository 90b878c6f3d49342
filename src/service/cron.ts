import { shellQuote } from '../core/quote.ts'
import type { Recipe } from './recipe.ts'

/** For a machine with neither systemd nor launchd: a line for `crontab -e`. cron takes a bare `%` for a line end. */
export function cronLine(recipe: Recipe): string {
  const env = Object.entries(recipe.env).map(([name, value]) => shellQuote(`${name}=${value}`))
  const words = ['/usr/bin/env', ...env, ...recipe.argv.map(shellQuote)]
  return `@reboot ${words.join(' ').replaceAll('%', '\\%')}`
}

import { parseArgs } from 'node:util'

/**
 * The words behind `npm run NAME --`. `--help` prints the usage and ends with 0; what is not known is named, with the
 * usage, and ends with 2.
 * @param usage how the script is called, for people
 * @param config as `parseArgs` takes it, without `args`
 */
export function optionsOf(usage, config) {
  const options = { ...config.options, help: { type: 'boolean', short: 'h' } }
  let parsed
  try {
    parsed = parseArgs({ ...config, options })
  } catch (error) {
    refuse(usage, error.message)
  }
  if (!parsed.values.help) return parsed
  console.log(`usage: ${usage}`)
  process.exit(0)
}

export function refuse(usage, why) {
  console.error(`${why}\nusage: ${usage}`)
  process.exit(2)
}

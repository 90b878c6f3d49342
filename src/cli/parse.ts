import { parseArgs } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { Exit, UserError } from '../core/errors.ts'
import { GLOBAL_OPTIONS, type OptionSpec, VERBS, type VerbSpec, verbNamed } from './table.ts'
import { type ProgramName, takeGlobals } from './take-globals.ts'
import { ttWords } from './tt-words.ts'
import type { Invocation } from './types.ts'

export type Parsed =
  | { kind: 'usage' }
  | { kind: 'version' }
  | { kind: 'help'; verb: VerbSpec }
  | { kind: 'call'; verb: VerbSpec; call: Invocation }

/** @throws {UserError} `CLI_…`, exit 2, for anything that was not typed as the table says. */
export function parse(argv: readonly string[], program: ProgramName = 'agents'): Parsed {
  if (argv.length === 0) return { kind: 'usage' }
  const taken = takeGlobals(argv, program)
  const { config } = taken
  const words = program === 'tt' ? ttWords(taken.words) : taken.words
  const first = words[0]
  if (first === undefined) return parseVerb(verbNamed('status')!, [], config)
  if (first === '-h' || first === '--help') return { kind: 'usage' }
  if (first === '--version' || first === '-V') return { kind: 'version' }
  if (first === 'help') return help(words[1])
  // `agents --json` means `agents status --json`: options without a verb are those of status.
  if (first.startsWith('-')) return parseVerb(verbNamed('status')!, words, config)
  return parseVerb(knownVerb(first), words.slice(1), config)
}

function help(name: string | undefined): Parsed {
  return name === undefined ? { kind: 'usage' } : { kind: 'help', verb: knownVerb(name) }
}

function knownVerb(name: string): VerbSpec {
  const verb = verbNamed(name)
  if (verb !== undefined) return verb
  const names = VERBS.map((each) => each.name)
  const offer = nearest(name, names) ?? names.find((each) => name.length > 1 && each.startsWith(name))
  throw usage('CLI_UNKNOWN_COMMAND', `"${name}" is not a command.`, offer, 'agents help')
}

function parseVerb(verb: VerbSpec, words: string[], config: string | undefined): Parsed {
  const specs = [...verb.options, ...GLOBAL_OPTIONS]
  const { tokens } = parseArgs({
    args: fillBare(words, specs),
    options: Object.fromEntries(specs.map((spec) => [spec.name, parserOption(spec)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const args: string[] = []
  const options: Invocation['options'] = {}
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind === 'option') options[token.name] = optionValue(verb, specs, token)
  }
  if (options.help === true) return { kind: 'help', verb }
  checkCount(verb, args)
  return { kind: 'call', verb, call: { verb: verb.name, args, options, config } }
}

function parserOption(spec: OptionSpec) {
  return { type: spec.value === undefined ? ('boolean' as const) : ('string' as const), ...short(spec) }
}

function short(spec: OptionSpec) {
  return spec.short === undefined ? {} : { short: spec.short }
}

/** `--watch` alone, or followed by no duration, stands for `--watch=1s`; `--wait` followed by no state for `--wait=seen`. */
function fillBare(words: readonly string[], specs: readonly OptionSpec[]): string[] {
  const end = words.indexOf('--')
  return words.map((word, at) => {
    if (end !== -1 && at > end) return word
    const spec = specs.find(
      ({ name, short: letter }) => word === `--${name}` || (letter !== undefined && word === `-${letter}`),
    )
    if (spec?.whenBare === undefined || isValue(spec, words[at + 1] ?? '')) return word
    return `--${spec.name}=${spec.whenBare}`
  })
}

const isValue = (spec: OptionSpec, word: string): boolean =>
  spec.words === undefined ? /^\d/.test(word) : spec.words.includes(word)

interface OptionToken {
  name: string
  rawName: string
  value: string | undefined
  inlineValue: boolean | undefined
}

function optionValue(verb: VerbSpec, specs: readonly OptionSpec[], token: OptionToken): string | boolean {
  const spec = specs.find((each) => each.name === token.name)
  if (spec === undefined) throw unknownOption(verb, specs, token.rawName)
  if (spec.value === undefined) {
    if (token.value === undefined) return true
    throw usage(
      'CLI_OPTION_VALUE',
      `${token.rawName} takes no value.`,
      undefined,
      `agents ${verb.name} --help`,
    )
  }
  // `--grace --json` is a forgotten value, not a grace called --json; `--screen -` means standard input.
  const swallowed = token.inlineValue === false && /^-./.test(token.value ?? '')
  if (token.value === undefined || token.value === '' || swallowed)
    throw usage(
      'CLI_OPTION_VALUE',
      `${token.rawName} needs a value: ${token.rawName} ${spec.value}.`,
      undefined,
      `agents ${verb.name} --help`,
    )
  return token.value
}

function unknownOption(verb: VerbSpec, specs: readonly OptionSpec[], rawName: string): UserError {
  const names = specs.filter((spec) => spec.hidden !== true).map((spec) => spec.name)
  const offer = nearest(rawName.replace(/^-+/, ''), names)
  return usage(
    'CLI_UNKNOWN_OPTION',
    `agents ${verb.name} has no option ${rawName}.`,
    offer === undefined ? undefined : `--${offer}`,
    `agents ${verb.name} --help`,
  )
}

function checkCount(verb: VerbSpec, args: readonly string[]): void {
  if (args.length >= verb.min && args.length <= verb.max) return
  const what =
    args.length < verb.min
      ? `agents ${verb.name} needs ${sentence(verb.args)}`
      : `agents ${verb.name} does not take "${args[verb.max]}".`
  throw usage('CLI_ARGUMENTS', what, undefined, `agents ${verb.name} --help`)
}

/** `NAME...` ends a sentence as it is. */
const sentence = (args: string): string => (args.endsWith('.') ? args : `${args}.`)

function usage(code: string, what: string, offer: string | undefined, seeAlso: string): UserError {
  const fix = offer === undefined ? `See ${seeAlso}.` : `Did you mean ${offer}? See ${seeAlso}.`
  return new UserError({ code, what, fix, exit: Exit.usage })
}

import { type OptionSpec, VERBS, type VerbSpec } from '../table.ts'
import { offered } from './words.ts'

/** Works both sourced (after compinit) and as a file `_agents` in fpath. */
export function zshScript(): string {
  return `#compdef agents tt
# agents: completions for zsh.  eval "$(agents completions zsh)"
_agents_names() {
  local -a names
  names=(\${(f)"$(agents completions --names \${opt_args[--config]:+--config} \${opt_args[--config]} \${opt_args[--town]:+--town} \${opt_args[--town]} 2>/dev/null)"})
  compadd -a names
}
_agents_verbs() {
  local -a verbs
  verbs=(
${VERBS.map((verb) => `    ${quoted(`${verb.name}:${verb.summary}`)}`).join('\n')}
    'help:what a verb does'
  )
  _describe verb verbs
}
_agents() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C '--config[the config file]:file:_files' '--town[its folder]:folder:_files -/' '--help[what the verb does]' '--version[version]' \\
    '1:verb:_agents_verbs' '*::argument:->rest'
  [[ $state == rest ]] || return
  case $line[1] in
${VERBS.map((verb) => `    ${verb.name}) _arguments ${specs(verb)} ;;`).join('\n')}
    help) _arguments '1:verb:_agents_verbs' ;;
  esac
}
if [ "$funcstack[1]" = _agents ]; then _agents "$@"; else compdef _agents agents tt; fi
`
}

function specs(verb: VerbSpec): string {
  const options = offered(verb).flatMap(optionSpecs)
  return [...options, ...argumentSpec(verb)].map(quoted).join(' ')
}

function optionSpecs(option: OptionSpec): string[] {
  const text = option.summary.replace(/[[\]:]/g, '\\$&')
  const value =
    option.value === undefined
      ? ''
      : `${option.whenBare === undefined ? ':' : '::'}${option.value}:${completionOf(option)}`
  const names = [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])]
  return names.map((name) => `${name}[${text}]${value}`)
}

function completionOf(option: OptionSpec): string {
  if (option.value === 'PATH') return '_files'
  if (option.value === 'DIR') return '_files -/'
  return option.value === 'NAME' ? '_agents_names' : ' '
}

function argumentSpec(verb: VerbSpec): string[] {
  if (verb.completes === 'agents') return [verb.max === 1 ? '1:name:_agents_names' : '*:name:_agents_names']
  if (verb.completes === 'folders') return ['1:folder:_files -/']
  return verb.completes === 'nothing' ? [] : [`1:what:(${(verb.completes as readonly string[]).join(' ')})`]
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
